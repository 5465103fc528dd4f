"""Parts of the screen are drawn in turn, and only what changed goes to the terminal."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from core.events import Event
from event_cases import started, steps
from studio_cases import open_studio
from tui.history import History
from tui.panels.curves import LossPanel, PerplexityPanel
from tui.panels.gradients import GradientsPanel
from tui.panels.params import ParamsPanel
from tui.panels.rates import RatesBox
from tui.panels.status import StatusBar
from tui.turns import SHARE, Budget, Part, Turns
from tui.widgets.canvas import Canvas, Grid
from tui.widgets.settings_list import SettingsList


@pytest.fixture
def _unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let parts be drawn as soon as it is their turn, whatever that costs."""
    monkeypatch.setattr(Budget, "allows", lambda _: True)


@pytest.mark.parametrize(
    ("cost_s", "other_s", "drawn"),
    [
        (0.001, 0, 1000),
        (0.002, 0, 100 * SHARE / 0.002),
        (0.004, 0, 100 * SHARE / 0.004),
        (0.1, 0, 200),
        (0, 1, 200),
    ],
)
def test_drawing_takes_its_share_of_a_processor(
    monkeypatch: pytest.MonkeyPatch, cost_s: float, other_s: float, drawn: float
) -> None:
    """What costs too much is drawn less often, but goes on: at every fifth tick of 0.1 s.

    That holds too where the thread is busy with something else all of the time.
    """
    now = used = 0.0
    clock = SimpleNamespace(monotonic=lambda: now, thread_time=lambda: used)
    monkeypatch.setattr("tui.turns.time", clock)
    history, turns, times = History(), Turns(), 0

    def draw(_: History) -> None:
        nonlocal used, times
        used += cost_s
        times += 1

    for _ in range(1000):
        now, used = now + 0.1, used + other_s
        history.version += 1
        turns.draw_next([draw], history)
    assert times == pytest.approx(drawn, rel=0.1)


@pytest.mark.usefixtures("_unpaced")
def test_each_part_has_its_turn() -> None:
    """One part is drawn at a time, the one that has waited longest, and none without news."""
    history, drawn = History(), []
    parts: list[Part] = [partial(lambda name, _: drawn.append(name), name) for name in "abc"]
    turns = Turns()
    turns.draw_all(parts, history)
    assert "".join(drawn) == "abc"
    for _ in range(3):
        turns.draw_next(parts, history)
    assert "".join(drawn) == "abc"
    for _ in range(7):
        history.version += 1
        turns.draw_next(parts, history)
    assert "".join(drawn) == "abcabcabca"
    for _ in range(4):
        turns.draw_next(parts, history)
    assert "".join(drawn[10:]) == "bc"


class Letters(Canvas):
    """Show a letter a line."""

    STYLES = ("letters--plain",)
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    shown = "abcde"

    def draw(self, grid: Grid) -> None:
        """Write them."""
        for row, letter in enumerate(self.shown):
            grid.write(row, 0, letter, 0)


async def test_only_lines_that_changed_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that is drawn anew repaints the lines that look different, and no others."""
    repainted: list[int] = []

    class Showing(App[None]):
        def compose(self) -> ComposeResult:
            yield Letters()

    async with Showing().run_test(size=(10, 5)) as pilot:
        letters = pilot.app.query_one(Letters)
        refresh = letters.refresh

        def noted(*regions: Region) -> Letters:
            repainted.extend(region.y for region in regions)
            return refresh(*regions)

        monkeypatch.setattr(letters, "refresh", noted)
        letters.shown = "abXdY"
        letters.redraw()
        await pilot.pause(0.05)
        assert repainted == [2, 4]
        letters.redraw()
        await pilot.pause(0.05)
        assert repainted == [2, 4]
        assert [letters.render_line(y).text.strip() for y in range(5)] == list("abXdY")


@pytest.mark.usefixtures("_unpaced")
async def test_a_report_is_drawn_by_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a tick the charts are drawn, at the next all else, and at no tick both."""
    drawn: list[str] = []
    async with open_studio(tmp_path) as studio:
        dashboard = studio.dashboard
        monkeypatch.setattr(dashboard.desk, "pump", list)
        studio.desk.live.fold(started())
        dashboard.show_all()
        for kind in (StatusBar, LossPanel, PerplexityPanel, GradientsPanel, ParamsPanel, RatesBox):
            part = dashboard.query_one(kind)
            shows = partial(lambda kind, _: drawn.append(kind.__name__), kind)
            monkeypatch.setattr(part, "show", shows)
        charts = ["LossPanel", "PerplexityPanel"]
        for tick in range(1, 13):
            drawn.clear()
            events: list[Event] = [steps(tick, [2.0])]
            studio.desk.live.fold(events[0])
            monkeypatch.setattr(dashboard.desk, "pump", partial(list, events))
            dashboard._pump()
            if tick % 2:
                assert sorted(drawn) == ["GradientsPanel", "ParamsPanel", "RatesBox", "StatusBar"]
            else:
                assert drawn == charts


async def test_a_dialog_is_not_drawn_anew_with_each_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below a dialog the dashboard stands still for a second, and is up to date after that."""
    drawn: list[str] = []
    async with open_studio(tmp_path) as studio:
        dashboard, now = studio.dashboard, [1000.0]
        clock = SimpleNamespace(monotonic=lambda: now[0])
        monkeypatch.setattr("tui.screens.dashboard.time", clock)
        monkeypatch.setattr(dashboard.desk, "pump", list)
        studio.desk.live.fold(started())
        dashboard.show_all()
        await studio.press("question_mark")
        panel = dashboard.query_one(LossPanel)
        monkeypatch.setattr(panel, "show", lambda _: drawn.append("loss"))
        for tick in range(1, 31):
            now[0] += 0.1
            studio.desk.live.fold(steps(tick, [2.0]))
            dashboard._pump()
        assert len(drawn) == 3


async def test_a_moved_cursor_draws_two_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going to the next setting draws its row and the one before; the others look the same."""
    async with open_studio(tmp_path) as studio:
        rows = studio.dashboard.query_one(SettingsList)
        made: list[str] = []
        to_strips = Visual.to_strips

        def noted(widget: Widget, visual: Visual, *rest: Any, **more: Any) -> list[Strip]:
            if widget is rows:
                made.append(str(visual))
            return to_strips(widget, visual, *rest, **more)

        monkeypatch.setattr(Visual, "to_strips", noted)
        await studio.press("j")
        assert len(made) == 2
        await studio.press("k")
        assert len(made) == 4
        shown = [rows.render_line(y).text for y in range(rows.size.height)]
        assert shown == str(rows.render()).split("\n")
