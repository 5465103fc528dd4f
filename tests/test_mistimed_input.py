"""Keys and clicks that meet what has just changed, as in a storm of them: nothing breaks."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.style import Style
from textual import events
from textual.command import CommandList
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Input

from studio_cases import open_studio
from tui.key_order import KeyOrder
from tui.panels.status import StatusBar
from tui.screens.once import LONGEST_QUERY, Palette
from tui.screens.panels import PanelScreen
from tui.widgets.text_field import LONGEST


async def test_a_panel_that_goes_with_its_task_gets_no_focus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task may become another between a key or a click on a panel and what it does."""
    async with open_studio(tmp_path) as studio:
        dashboard, absent = studio.dashboard, studio.panel(9)
        monkeypatch.setattr(PanelScreen, "rearrange", lambda self: self.show_task("classify"))
        monkeypatch.setattr(dashboard, "on_resize", lambda _: None)
        dashboard.focus_panel(absent.number)
        assert dashboard.current == 2
        assert studio.app.focused is dashboard.panel(2)
        absent.post_message(events.DescendantFocus(absent))
        dashboard.on_descendant_focus(events.DescendantFocus(absent))
        await studio.pilot.pause()
        assert dashboard.current == 2


async def test_a_click_on_what_is_gone_meets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the next layout it is still drawn."""
    async with open_studio(tmp_path) as studio:
        bar = studio.dashboard.query_one(StatusBar)
        assert studio.dashboard.get_widget_and_offset_at(1, 0)[0] is bar
        with monkeypatch.context() as gone:
            gone.setattr(bar, "_parent", None)
            assert studio.dashboard.get_widget_and_offset_at(1, 0) == (None, None)


async def test_a_field_takes_what_it_has_room_for(tmp_path: Path) -> None:
    """A huge paste is cut: to draw it anew at each key would hold up all keys behind it."""
    async with open_studio(tmp_path) as studio:
        await studio.press("g")
        field = studio.dashboard.query_one("#prompt", Input)
        field.value = "kept"
        field.cursor_position = 2
        studio.app.post_message(events.Paste("a" * 10_000))
        await studio.until(lambda: len(field.value) > 4, "the text is pasted")
        assert field.value == "ke" + "a" * (LONGEST - 4) + "pt"
        notices = [notice.message for notice in studio.app._notifications]
        assert notices == [
            "a field takes 2,048 characters: the last 7,956 of the paste are left out"
        ]
        await studio.press("b", "backspace")
        assert len(field.value) == LONGEST - 1
        await studio.press("escape", "colon")
        await studio.until(lambda: isinstance(studio.app.focused, Input), "the palette is open")
        await studio.type("q" * (LONGEST_QUERY + 5))
        query = studio.app.focused
        assert isinstance(query, Input)
        assert len(query.value) == LONGEST_QUERY


async def test_the_palette_survives_keys_before_it_is_drawn_and_a_search_that_ends_late(
    tmp_path: Path,
) -> None:
    """A page in a list without a line is no page; what is found when it is closed is not shown.

    Nor does a click find anything where the terminal was before it became smaller.
    """
    async with open_studio(tmp_path) as studio:
        await studio.press("colon")
        palette = studio.app.screen
        assert isinstance(palette, Palette)
        await studio.until(lambda: palette.query_one(CommandList).option_count, "it lists commands")
        commands = palette.query_one(CommandList)
        palette._action_command_list("page_down")
        assert commands.highlighted
        commands._index_to_line.clear()
        palette._action_command_list("page_down")
        gone = Style(meta={"option": 10_000})
        commands.post_message(
            events.Click(commands, 1, 1, 0, 0, 1, False, False, False, style=gone)
        )
        palette.post_message(
            events.Click(palette, 10, 10_000, 0, 0, 1, False, False, False, 10, 10_000)
        )
        await studio.pilot.pause()
        palette.dismiss()
        await studio.until(lambda: not palette.is_attached, "the palette is closed")
        palette._watch__list_visible()
        await palette._watch__show_busy()


async def test_keys_that_wait_do_not_wait_for_a_drawing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys faster than the screen are drawn five times a second, and then at the last of them."""
    drawn: list[float] = []
    async with open_studio(tmp_path) as studio:
        order, dashboard = studio.app.key_order, studio.dashboard
        monkeypatch.setattr(Screen, "_on_timer_update", lambda _: drawn.append(0))
        monkeypatch.setattr(KeyOrder, "in_flight", True)
        clock = SimpleNamespace(monotonic=lambda: 1e6 + len(ticks) / 60)
        monkeypatch.setattr("tui.screens.prompt.time", clock)
        ticks: list[int] = []
        order._waiting.append(events.Key("j", "j"))
        drawn.clear()
        for tick in range(60):
            ticks.append(tick)
            dashboard._on_timer_update()
        assert len(drawn) == pytest.approx(5, abs=1)
        order._waiting.clear()
        drawn.clear()
        dashboard._on_timer_update()
        assert drawn


async def test_sizes_that_come_while_keys_wait_are_taken_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would be a layout and a drawing of the whole screen; the last one counts."""
    async with open_studio(tmp_path) as studio:
        seen: list[int] = []
        monkeypatch.setattr(KeyOrder, "is_crowded", property(lambda _: True))
        monkeypatch.setattr(
            PanelScreen, "on_resize", lambda _, event: seen.append(event.size.width)
        )
        for width in range(100, 140):
            studio.app.post_message(events.Resize(Size(width, 40), Size(width, 40)))
            await studio.pilot.pause(0.015)
        await studio.until(lambda: seen and seen[-1] == 139, "the last size is taken")
        assert len(seen) < 20  # of 80: each screen is told twice
        assert studio.dashboard.size == (139, 40)
