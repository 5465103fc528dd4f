"""Notices and the key line: where they are, and what they tell to do next."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.containers import Vertical
from textual.notifications import Notification
from textual.widget import AwaitMount, Widget
from textual.widgets._toast import Toast, ToastRack

from core.config import make_config
from core.control import Control, StopRequested
from core.decoding import Decoding
from core.errors import InputError
from core.events import Emit, Event, Noticed, PhaseChanged
from core.text.vocabulary import CharacterVocabulary
from scripted_backend import ScriptedBackend
from studio_cases import Studio, open_studio
from tui.app import StudioApp
from tui.backend import StudioBackend
from tui.desk import Desk
from tui.lessons.tour import Tour
from tui.screens.choice import ChoiceDialog
from tui.screens.help import HelpDialog
from tui.widgets.key_line import KeyLine
from workspace.paths import Workspace
from workspace.requests import Request
from workspace.runs import RunStore


def keys(studio: Studio) -> str:
    """Return the key line."""
    return studio.dashboard.query_one(KeyLine).render().plain


async def stopped(studio: Studio) -> None:
    """Train a little, then stop."""
    await studio.press("space")
    await studio.until(lambda: studio.desk.live.step > 2, "steps")
    await studio.press("S", "enter")
    await studio.until(lambda: studio.desk.live.reason == "stopped", "the stop")


async def test_after_a_stop_the_way_on_is_told(tmp_path: Path) -> None:
    """`space` asks then; the notice and the panel of the runs name Resume's key."""
    async with open_studio(tmp_path, size=(80, 24), keys={"runs.resume": "ctrl+r"}) as studio:
        assert "space Start " in keys(studio)
        await stopped(studio)
        await studio.until(lambda: "space Resume/New " in keys(studio), "the label")
        assert "stopped; resume it with ctrl+r in Runs" in studio.messages()
        await studio.press("5")
        await studio.until(lambda: "ctrl+r Resume" in keys(studio), "the key")


async def test_a_small_screen_tells_how_to_reach_the_panels(tmp_path: Path) -> None:
    """Where one panel is in view the digits are named, and zoom, which does nothing, is not."""
    async with open_studio(tmp_path, size=(80, 24)) as studio:
        for digit in "1234567890":
            await studio.press(digit)
            assert "1-0 E Panel " in keys(studio)
            assert "Zoom" not in keys(studio)
        await studio.pilot.resize_terminal(120, 40)
        await studio.until(lambda: "z Zoom" in keys(studio), "the other line")
        assert "Panel" not in keys(studio)
    async with open_studio(tmp_path, size=(80, 24), keys={"panel.loss": "f8"}) as studio:
        assert "Tab Panel " in keys(studio)


async def shown_notice(studio: Studio) -> Toast:
    """Tell something, and return the notice once it has its place."""
    studio.dashboard.tell("a notice")
    await studio.until(lambda: studio.dashboard.query(Toast), "the notice")
    toast = studio.dashboard.query_one(Toast)
    await studio.until(lambda: toast.region.area, "its place")
    assert toast.region.right == studio.app.size.width - 2
    return toast


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_notices_stand_above_the_key_line(tmp_path: Path, size: tuple[int, int]) -> None:
    """Over a panel alone they are at the bottom right, and cover neither its title nor the keys."""
    async with open_studio(tmp_path, size=size) as studio:
        toast = await shown_notice(studio)
        assert toast.region.bottom == size[1] - 1


@pytest.mark.parametrize("size", [(100, 28), (120, 40), (170, 48), (200, 60)])
@pytest.mark.parametrize("tours", [False, True])
async def test_notices_lie_on_no_text(
    tmp_path: Path, size: tuple[int, int], *, tours: bool
) -> None:
    """Where charts are in view they have the upper corner of one, below its title and figures."""
    async with open_studio(tmp_path, size=size, tour=Tour() if tours else None) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step > 2, "steps")
        strips = studio.dashboard._compositor.render_strips()
        before = [strip.text for strip in strips]
        toast = await shown_notice(studio)
        left, top, width, height = toast.region
        below = [text[left : left + width] for text in before[top : top + height]]
        assert not any(char.isalnum() for char in "".join(below)), below
        assert toast.region.y == 3
        await studio.press("z")
        await studio.until(lambda: toast.region.bottom > size[1] // 2, "below, on a panel alone")


async def test_notices_do_not_cover_what_a_tiny_screen_says(tmp_path: Path) -> None:
    """Where nothing fits but the line that says so, notices are not drawn."""
    async with open_studio(tmp_path, size=(30, 6)) as studio:
        studio.dashboard.tell("a notice")
        await studio.until(lambda: studio.dashboard.query(Toast), "the notice")
        await studio.pilot.pause()
        strips = studio.dashboard._compositor.render_strips()
        assert "notice" not in "".join(strip.text for strip in strips)


async def test_the_newest_notices_are_shown_and_all_errors(tmp_path: Path) -> None:
    """However many come at once, they hide little; an error has all of its time."""
    async with open_studio(tmp_path) as studio:
        studio.dashboard.tell("trouble", error=True)
        for number in range(20):
            studio.dashboard.tell(f"notice {number}")

        def shown() -> list[str]:
            return [str(toast.render()) for toast in studio.dashboard.query(Toast)]

        newest = ["trouble", "notice 17", "notice 18", "notice 19"]
        await studio.until(lambda: shown() == newest, "the newest")


@pytest.mark.timeout(60)
async def test_a_notice_whose_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes at once, and the screen answers, also where it was in time when last looked at."""
    async with open_studio(tmp_path) as studio:
        mounted: list[Widget] = []
        mount_all = ToastRack.mount_all

        def noted(rack: ToastRack, widgets: Iterable[Widget]) -> AwaitMount:
            mounted.extend(added := list(widgets))
            return mount_all(rack, added)

        with monkeypatch.context() as earlier:
            earlier.setattr(Notification, "has_expired", False)
            earlier.setattr(ToastRack, "mount_all", noted)
            studio.app.notify("late", timeout=-1)
            await studio.until(lambda: mounted, "the notice")
        await studio.until(lambda: not studio.dashboard.query(Toast), "its end")
        await studio.press("question_mark")
        assert isinstance(studio.app.screen, HelpDialog)


class Preparing(ScriptedBackend):
    """Prepare a run until it is stopped."""

    def train(self, request: Request, emit: Emit, control: Control) -> None:
        """Read a text that has no end."""
        emit(PhaseChanged(phase="reading_text", step=0, detail="python-reference", progress=0.5))
        while not control.should_stop():
            control.wait(0.05)
        raise StopRequested


async def test_leaving_while_a_run_is_prepared(tmp_path: Path) -> None:
    """The question does not claim that a run is in training; it can still be left or kept."""
    async with open_studio(tmp_path, Preparing()) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.phase == "reading_text", "the preparation")
        await studio.press("ctrl+c")
        dialog = studio.app.screen
        assert isinstance(dialog, ChoiceDialog)
        frame = dialog.query_one(Vertical)
        assert frame.border_title == "A run is being prepared"
        await studio.press("c")
        assert studio.desk.training
        await studio.press("q", "enter")
        await studio.until(lambda: not studio.app.is_running, "the end")


async def test_ascii_holds_in_notices_and_while_a_run_is_prepared(tmp_path: Path) -> None:
    """With `--ascii` no cell holds anything else, whatever is told and at any size."""
    async with open_studio(tmp_path, Preparing(), ascii_only=True) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.phase == "reading_text", "the preparation")
        studio.dashboard.tell("a\nnotice… dropout 0.3→0.1", error=True)
        studio.dashboard.tell("another")
        await studio.until(lambda: len(studio.dashboard.query(Toast)) == 2, "the notices")
        for size in ((120, 40), (80, 24), (40, 10), (30, 6)):
            await studio.pilot.resize_terminal(*size)
            for number in "1234567890":
                await studio.press(number)
                assert_ascii(studio, f"{size} {number}")
        await studio.pilot.resize_terminal(120, 40)
        await studio.press("q")
        assert_ascii(studio, "the question")


def assert_ascii(studio: Studio, where: str) -> None:
    """Check every cell of the screen."""
    strips = studio.app.screen._compositor.render_strips()
    assert {c for strip in strips for c in strip.text if not c.isascii()} == set(), where


def test_a_prompt_of_unknown_characters_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the model never saw, or cannot write, is named where a finished run is sampled."""
    vocabulary = CharacterVocabulary()
    vocabulary.build_vocabulary(["to be"])
    header = SimpleNamespace(progress=SimpleNamespace(step=7))
    opened = SimpleNamespace(model=None, vocabulary=vocabulary, header=header, notices=["hm"])
    monkeypatch.setattr("workspace.inference.open_model", lambda *_: opened)
    monkeypatch.setattr("core.generation.streaming.stream_tokens", lambda *_, **__: iter(()))
    told: list[Event] = []
    backend = StudioBackend(Workspace(tmp_path))
    for prompt, stop in (("Zoé", "o b"), ("to", "ox")):
        list(backend.sample(1, prompt, Decoding(stop=stop), told.append, lambda: False))
    messages = [event.message for event in told if isinstance(event, Noticed)]
    assert messages == [
        "hm",
        "not in the vocabulary, read as <unk>: 'Z', 'é'",
        "no text ends before 'ox': the model's vocabulary cannot write it",
    ]


def test_an_unknown_theme_names_the_file_and_the_themes(tmp_path: Path) -> None:
    """The message says where to mend it, and with what."""
    desk = Desk(ScriptedBackend(), RunStore(Workspace(tmp_path)))
    with pytest.raises(InputError, match=r"config\.toml.*'nrod'; did you mean nord\?.* dracula, "):
        StudioApp(lambda: desk, make_config(), theme="nrod")
