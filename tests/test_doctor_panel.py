"""What the doctor found, on the screen: the newest first, with a fix that one key stages."""

from pathlib import Path

from core.events import Diagnosed, DiagnosisEnded, PhaseChanged
from core.settings import Value
from event_cases import started
from studio_cases import Studio, open_studio
from tui.commands import COMMANDS
from tui.history import History
from tui.panels.console import ConsolePanel
from tui.panels.doctor import DoctorPanel
from tui.widgets.key_line import KeyLine
from tui.widgets.row_list import RowList

FIX = next(command for command in COMMANDS if command.id == "doctor.fix")


def found(step: int, code: str, **fix: Value) -> Diagnosed:
    """Return a finding."""
    return Diagnosed(
        step=step, code=code, message=f"{code} is bad\x1b[2J", evidence="3 of 4", fix=fix
    )


async def seen(studio: Studio, *findings: Diagnosed) -> DoctorPanel:
    """Train, tell of findings, and open the panel."""
    await studio.press("space")
    await studio.until(lambda: studio.desk.live.step > 2, "steps")
    for finding in findings:
        studio.desk.live.fold(finding)
    await studio.press("0")
    studio.dashboard.show_all()
    await studio.pilot.pause()
    return studio.dashboard.query_one(DoctorPanel)


def detail(panel: DoctorPanel) -> str:
    """Return what is said of the selected finding."""
    return str(panel.query_one("#detail").render())


async def test_a_fix_is_staged_like_any_edit(tmp_path: Path) -> None:
    """The newest finding is selected; `a` stages its fix in Params, where `a` applies it."""
    async with open_studio(tmp_path) as studio:
        panel = await seen(
            studio,
            found(10, "dropout_too_high", dropout=0.1),
            found(20, "learning_rate_too_high", learning_rate=0.0005),
        )
        assert "learning_rate_too_high is bad" in detail(panel)
        assert "fix: learning_rate 0.0005" in detail(panel)
        assert "\x1b" not in detail(panel)
        await studio.press("down")
        assert "dropout_too_high" in detail(panel)
        await studio.press("up", "a")
        assert studio.dashboard.params.draft.staged == {"learning_rate": 0.0005}
        assert "a applies it" in studio.messages()
        await studio.press("a")
        await studio.until(
            lambda: studio.desk.live.config.get("learning_rate") == 0.0005, "the change"
        )


async def test_a_fix_of_sampling_goes_to_the_console(tmp_path: Path) -> None:
    """The next sample is drawn with it."""
    async with open_studio(tmp_path) as studio:
        await seen(studio, found(10, "sampling_too_cold", temperature=0.9))
        await studio.press("a")
        assert studio.dashboard.query_one(ConsolePanel).decoding.temperature == 0.9
        assert studio.dashboard.offers(FIX)


async def test_nothing_more_is_awaited_of_a_run_that_is_over(tmp_path: Path) -> None:
    """While it trains, something may still be found."""
    async with open_studio(tmp_path) as studio:
        panel, history = studio.dashboard.query_one(DoctorPanel), History()
        history.fold(started())
        panel.show(history)
        assert panel.query_one(RowList).empty == "nothing found so far"
        history.fold(PhaseChanged(phase="ended", step=3))
        panel.show(history)
        assert panel.query_one(RowList).empty == "the doctor sees nothing wrong"


async def test_without_a_fix_nothing_is_staged(tmp_path: Path) -> None:
    """A healthy run, and a finding that no setting mends."""
    async with open_studio(tmp_path, size=(80, 24)) as studio:
        await seen(studio)
        assert "Stage the fix" not in str(studio.dashboard.query_one(KeyLine).render())
        assert not studio.dashboard.offers(FIX)
        await studio.press("a")
        assert "there is no fix to stage" in studio.messages()
        await seen(studio, found(10, "too_little_data"))
        await studio.press("a")
        assert studio.dashboard.params.draft.staged == {}


async def test_what_is_over_is_told_apart(tmp_path: Path) -> None:
    """A finding that is over stands below, with the step at which it was, and offers no fix."""
    async with open_studio(tmp_path) as studio:
        panel, history = studio.dashboard.query_one(DoctorPanel), History()
        for event in (
            started(),
            found(10, "learning_rate_too_high", learning_rate=0.0005),
            found(20, "dropout_too_high", dropout=0.1),
            DiagnosisEnded(step=30, code="dropout_too_high"),
        ):
            history.fold(event)
        panel.show(history)
        assert "1 found" in str(panel.border_title)
        assert panel.labels()
        panel.action_row(1)
        assert "dropout_too_high" in detail(panel)
        assert panel.labels() == {}


async def test_the_explanation_stands_right_below_the_list(tmp_path: Path) -> None:
    """However high the panel is, nothing but a line is between a finding and what it means."""
    async with open_studio(tmp_path) as studio:
        codes = [f"code_{number}" for number in range(40)]
        for count in (2, 40):
            findings = [found(number + 1, code) for number, code in enumerate(codes[:count])]
            panel = await seen(studio, *findings)
            rows, about = panel.query_one(RowList), panel.query_one("#detail")
            assert rows.size.height == min(count, panel.size.height - 8)
            assert about.region.y == rows.region.bottom
            assert about.size.height >= 7
            await studio.press("S", "n")
