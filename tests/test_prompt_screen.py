"""A key's effect is drawn at once, and no more of the screen is drawn anew than has changed."""

import asyncio
import gc
import math
import random
import weakref
from pathlib import Path
from typing import cast

import pyte
import pytest
from rich.console import RenderableType
from textual import events
from textual._compositor import Compositor, CompositorUpdate, ReflowResult
from textual.app import App
from textual.containers import Vertical
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from core.events import Event
from event_cases import started, steps
from studio_cases import Studio, open_studio
from tui.compositor import FrugalCompositor, Shown
from tui.key_order import KeyOrder
from tui.panels.status import StatusBar
from tui.turns import Budget
from tui.widgets.settings_list import SettingsList


def sent(studio: Studio, regions: list[Region], compositor: Compositor) -> str:
    """Return the bytes that a compositor sends for some changed regions."""
    own = {"_shown", "_left"}
    kept = {name: value for name, value in vars(compositor).items() if name in own}
    vars(compositor).update(vars(studio.app.screen._compositor), **kept)
    compositor._dirty_regions = set(regions)
    update = cast("CompositorUpdate | None", compositor.render_update())
    return update.render_segments(studio.app.console) if update is not None else ""


def frugal(room: float = math.inf) -> FrugalCompositor:
    """Return a compositor for a terminal that shows anything, and has so much room at once."""
    return FrugalCompositor(Shown(lambda: room))


def seen(*bytes_: str) -> list[list[object]]:
    """Return the cells, with their colours, of a terminal that was sent some bytes."""
    terminal = pyte.Screen(120, 40)
    pyte.Stream(terminal).feed("".join(bytes_).replace("\n", ""))
    return [[terminal.buffer[y][x] for x in range(120)] for y in range(40)]


@pytest.mark.parametrize("keys", [[], ["z"], ["question_mark"], ["question_mark", "escape", "7"]])
async def test_the_terminal_shows_what_textual_would_show(tmp_path: Path, keys: list[str]) -> None:
    """Whatever has changed, its cells are those of Textual's own compositor."""
    draw = random.Random(len(keys))
    async with open_studio(tmp_path) as studio:
        studio.desk.live.fold(started())
        studio.desk.live.fold(steps(1, [3.0, 2.5, 2.0]))
        studio.dashboard.show_all()
        await studio.press(*keys)
        width, height = studio.app.size
        whole, nothing = [studio.app.size.region], seen("")[0][0]
        expected = seen(sent(studio, whole, Compositor()))
        assert seen(sent(studio, whole, frugal())) == expected
        for _ in range(10):
            regions = []
            for _ in range(draw.randint(1, 4)):
                x, y = draw.randrange(width), draw.randrange(height)
                across, down = draw.randint(1, width - x), draw.randint(1, min(9, height - y))
                regions.append(Region(x, y, across, down))
            theirs = seen(sent(studio, regions, Compositor()))
            ours = seen(sent(studio, regions, frugal()))
            for row, their_row, our_row in zip(expected, theirs, ours, strict=True):
                for cell, their, our in zip(row, their_row, our_row, strict=True):
                    assert our in (cell, nothing)
                    assert their in (our, nothing)
        assert isinstance(studio.app.screen._compositor, FrugalCompositor)


async def test_what_the_terminal_shows_is_not_sent_again(tmp_path: Path) -> None:
    """A layout writes what it has moved; a terminal that may show anything gets everything."""
    async with open_studio(tmp_path) as studio:
        whole, compositor = [studio.app.size.region], frugal()
        everything = sent(studio, whole, compositor)
        assert sent(studio, whole, compositor) == ""
        await studio.press("down")
        moved = sent(studio, whole, compositor)
        assert 0 < len(moved) < len(everything) / 4
        assert seen(everything, moved) == seen(sent(studio, whole, Compositor()))
        compositor._shown.forget()
        assert seen(sent(studio, whole, compositor)) == seen(everything, moved)


async def test_over_a_narrow_line_a_frame_comes_in_pieces(tmp_path: Path) -> None:
    """No part is longer than what there is room for, but for its last piece; nothing is lost."""
    async with open_studio(tmp_path) as studio:
        whole, compositor = [studio.app.size.region], frugal(1000)
        parts = [sent(studio, whole, compositor)]
        while compositor.has_left:
            parts.append(sent(studio, [], compositor))
        assert len(parts) > 5
        assert max(map(len, parts)) < 4000
        assert seen(*parts) == seen(sent(studio, whole, Compositor()))


async def test_only_what_changed_is_asked_for_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of figures that changed is drawn alone: not what lies under it, nor all around it."""
    asked: list[tuple[str, Region]] = []
    async with open_studio(tmp_path) as studio:
        render_lines = Widget.render_lines

        def noted(widget: Widget, crop: Region) -> list[Strip]:
            asked.append((type(widget).__name__, crop))
            return render_lines(widget, crop)

        monkeypatch.setattr(Widget, "render_lines", noted)
        rows = studio.dashboard.query_one(SettingsList)
        x, y, width, _ = rows.region
        changed = [Region(100, 0, 20, 1), Region(x, y + 2, 5, 1), Region(x, y + 4, 5, 1)]
        sent(studio, changed, frugal())
        bar = ("StatusBar", Region(0, 0, 120, 1))
        assert sorted(asked) == [("SettingsList", Region(0, 2, width, 3)), bar]


async def test_nothing_is_kept_of_a_dialog_that_is_gone(tmp_path: Path) -> None:
    """What was drawn of its widgets goes with them."""
    async with open_studio(tmp_path) as studio:
        await studio.press("question_mark")
        kept = [weakref.ref(w._styles_cache) for w in studio.app.screen.walk_children(Widget)]
        await studio.press("escape")
        await studio.app.workers.wait_for_complete()
        gc.collect()
        assert len(kept) > 3
        assert not [cache for reference in kept if (cache := reference()) is not None]


async def test_a_dialog_that_opens_lays_out_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies below has kept its size; another size is followed by all."""
    async with open_studio(tmp_path) as studio:
        laid_out: list[str] = []
        reflow = Compositor.reflow

        def noted(self: Compositor, parent: Widget, size: Size) -> ReflowResult:
            laid_out.append(type(parent).__name__)
            return reflow(self, parent, size)

        monkeypatch.setattr(Compositor, "reflow", noted)
        await studio.press("question_mark")
        assert "HelpDialog" in laid_out and "Dashboard" not in laid_out
        laid_out.clear()
        await studio.pilot.resize_terminal(100, 30)
        await studio.until(lambda: {"HelpDialog", "Dashboard"} <= set(laid_out), "both layouts")


async def test_a_new_layout_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has changed besides is drawn with it, not once more behind it."""
    async with open_studio(tmp_path) as studio:
        await studio.press("question_mark")
        await studio.pilot.pause()
        dialog, drawn = studio.app.screen, list[Screen[None]]()
        display = App._display

        def noted(app: App[None], screen: Screen[None], update: RenderableType | None) -> None:
            drawn.append(screen)
            display(app, screen, update)

        monkeypatch.setattr(App, "_display", noted)
        dialog.query_one(Vertical).styles.height = "80%"
        dialog.refresh()
        dialog._layout_required = True
        dialog._on_timer_update()
        assert drawn == [dialog]


async def test_a_key_is_answered_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a key changed is drawn when it has acted, also when the next frame is not due yet."""
    async with open_studio(tmp_path) as studio:
        drawn: list[str] = []
        compositor_refresh = Screen._compositor_refresh

        def noted(screen: Screen[None]) -> None:
            drawn.extend(type(widget).__name__ for widget in screen._dirty_widgets)
            compositor_refresh(screen)

        monkeypatch.setattr(Screen, "_compositor_refresh", noted)
        monkeypatch.setattr(studio.dashboard._update_timer, "resume", lambda: None)
        studio.app.post_message(events.Key("j", "j"))
        for _ in range(100):
            await asyncio.sleep(0)
        assert "SettingsList" in drawn
        assert not studio.dashboard.is_answering()


async def test_news_waits_for_a_key_that_is_being_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No panel is drawn between a key and its effect; it is drawn once that is on screen."""
    drawn: list[str] = []
    async with open_studio(tmp_path) as studio:
        dashboard, events_ = studio.dashboard, list[Event]()
        monkeypatch.setattr(dashboard.desk, "pump", lambda: events_)
        monkeypatch.setattr(Budget, "allows", lambda _: True)
        studio.desk.live.fold(started())
        dashboard.show_all()
        monkeypatch.setattr(dashboard.query_one(StatusBar), "show", lambda _: drawn.append("bar"))
        events_.append(steps(1, [2.0]))
        studio.desk.live.fold(events_[0])
        with monkeypatch.context() as key:
            key.setattr(KeyOrder, "in_flight", True)
            dashboard._pump()
            assert not drawn
        dashboard._pump()
        assert drawn == ["bar"]
