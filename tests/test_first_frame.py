"""The first frames: an outline that waits for nothing, then the panels that are seen."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual import events

from core.config import Config, make_config
from studio_cases import open_studio
from tui.app import StudioApp
from tui.panels.panel import Panel
from tui.screens.dashboard import Dashboard
from tui.screens.opening import Opening
from tui.widgets.frame import Frame
from tui.widgets.key_line import KeyLine

SEEN_FIRST = {
    "language": ["Params", "Gradients", "Runs", "Loss", "Perplexity", "Generate"],
    "classify": ["Params", "Classes", "Runs", "Loss", "Accuracy", "Classify"],
}
"""The headings of the panels by task, in the order in which they stand on the screen."""


@pytest.mark.parametrize(("task", "preset"), [("language", "tiny"), ("classify", "classifier")])
async def test_what_is_not_seen_comes_after_the_first_frame(
    task: str, preset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Panels of the other task and those that look inside are put in later, at their places.

    A key that is typed meanwhile waits, and finds the panel that it is for.
    """
    first: list[str] = []
    complete = Dashboard.complete

    async def noted(dashboard: Dashboard) -> None:
        first.extend(panel.heading for panel in dashboard.query(Panel))
        key = events.Key("0", "0")
        key.set_sender(dashboard.app)  # As a terminal's driver does; from elsewhere it ends early.
        dashboard.app.post_message(key)
        await complete(dashboard)

    monkeypatch.setattr(Dashboard, "complete", noted)
    async with open_studio(tmp_path, config=make_config(preset=preset)) as studio:
        assert first == SEEN_FIRST[task]
        inside = studio.panel(0)
        await studio.until(lambda: studio.app.focused is inside, "the key acts")
        for name, widgets in studio.dashboard.places.items():
            box = studio.dashboard.query_one(f"#{name}")
            assert [child for child in box.children if child in widgets] == widgets


async def test_a_key_waits_for_panels_that_come_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of a classifier begins from the first frame, though a text's console is not there."""
    load = StudioApp.on_ready

    async def hasty(app: StudioApp) -> None:
        await load(app)
        key = events.Key("space", " ")
        key.set_sender(app)
        app.post_message(key)

    def late(board: Dashboard, work: Callable[[], Awaitable[None]]) -> bool:
        return bool(board.set_timer(0.2, work))

    monkeypatch.setattr(StudioApp, "on_ready", hasty)
    monkeypatch.setattr(Dashboard, "call_after_refresh", late)
    async with open_studio(tmp_path, config=make_config(preset="classifier")) as studio:
        await studio.until(lambda: studio.desk.live.step, "training begins")


PROGRAM = """
import sys
sys.path.insert(0, {root!r})
import tui.app
late = ("numpy", "sqlite3", "core.text", "tui.panels", "tui.screens.dashboard")
sys.stdout.write(" ".join(name for name in late if name in sys.modules))
"""


def test_the_outline_needs_little() -> None:
    """Neither numpy nor a panel is imported before the first frame."""
    code = PROGRAM.format(root=str(Path(__file__).parents[1]))
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert loaded == ""


@pytest.mark.parametrize(
    ("size", "preset", "ascii_only"),
    [
        ((120, 40), "tiny", False),
        ((100, 28), "classifier", False),
        ((180, 50), "classifier", True),
        ((80, 24), "tiny", True),
    ],
)
async def test_nothing_of_the_outline_moves(
    size: tuple[int, int],
    preset: str,
    ascii_only: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Frames, titles and keys of the first frame are where the dashboard has them.

    A key that is typed before there is a dashboard waits for it.
    """
    outline: list[Frame] = []
    keys: list[str] = []
    load = StudioApp.on_ready

    async def noted(app: StudioApp) -> None:
        opening = app.screen
        assert isinstance(opening, Opening)
        outline.extend(frame for frame in opening.query(Frame) if frame.region.area)
        keys.append(opening.query_one(KeyLine).render().plain)
        key = events.Key("5", "5")
        key.set_sender(app)
        app.post_message(key)
        await load(app)
        board = app.dashboard
        assert board is not None
        keys.append(board.query_one(KeyLine).render().plain)
        boxes = {frame.id: frame for frame in board.query(Frame)}
        for frame in outline:
            panel = boxes[frame.id]
            assert panel.region == frame.region
            assert str(panel.border_title).startswith(str(frame.border_title))
            assert panel.styles.border == frame.styles.border
        assert {frame.id for frame in boxes.values() if frame.region.area} == {
            frame.id for frame in outline
        }

    monkeypatch.setattr(StudioApp, "on_ready", noted)
    config: Config = make_config(preset=preset)
    async with open_studio(tmp_path, size=size, config=config, ascii_only=ascii_only) as studio:
        assert keys[0] == keys[1]
        assert outline
        await studio.until(lambda: studio.app.focused is studio.panel(5), "the key acts")
