"""Keys that arrive together: each acts where the one before it has led."""

from pathlib import Path

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input

from studio_cases import Studio, open_studio
from tui.key_order import KeyOrder
from tui.panels.params import ParamsPanel
from tui.screens.edit import EditDialog
from tui.widgets.text_field import TextField


def burst(studio: Studio, *typed: str) -> None:
    """Send keys without a pause: names of keys, and texts that are typed."""
    for part in typed:
        if part in ("backspace", "enter", "escape", "left", "ctrl+a", "ctrl+k", "ctrl+u", "colon"):
            character = ":" if part == "colon" else None
            studio.app.post_message(events.Key(part, character))
            continue
        for character in part:
            studio.app.post_message(events.Key(_character_to_key(character), character))


def staged(studio: Studio) -> dict[str, object]:
    """Return the settings that were changed."""
    panel = studio.panel(1)
    assert isinstance(panel, ParamsPanel)
    return dict(panel.draft.staged)


def prompt(studio: Studio) -> TextField:
    """Return the field of the generation console."""
    return studio.dashboard.query_one("#prompt", TextField)


async def test_letters_do_not_overtake_a_backspace(tmp_path: Path) -> None:
    """What is deleted and typed in one go stands in the field in that order."""
    async with open_studio(tmp_path) as studio:
        await studio.press("enter")
        assert isinstance(studio.app.screen, EditDialog)
        burst(studio, *["backspace"] * 6, "0.02")
        field = studio.app.screen.query_one(Input)
        await studio.until(lambda: field.value == "0.02", "the new value stands in the field")
        burst(studio, "ctrl+a", "ctrl+k", "0.3", "left", "0", "ctrl+a", "1", "enter")
        await studio.until(lambda: staged(studio), "the value is taken")
        assert staged(studio) == {"learning_rate": 10.03}


async def test_a_prompt_gets_the_text_behind_the_key_that_opens_it(tmp_path: Path) -> None:
    """No letter is lost and none acts as a command."""
    async with open_studio(tmp_path) as studio:
        burst(studio, "gquick c", "left", "xz")
        await studio.until(lambda: prompt(studio).value == "quick xzc", "the prompt is written")
        burst(studio, "ctrl+u", "escape", "gagain", "enter", "1")
        await studio.until(lambda: studio.app.focused is studio.panel(1), "the settings are next")
        assert prompt(studio).value == "againc"
        assert studio.dialogs == 0


async def test_a_dialog_gets_the_text_behind_the_key_that_opens_it(tmp_path: Path) -> None:
    """Enter, a value and Enter stage it, twice over and in one go."""
    async with open_studio(tmp_path) as studio:
        burst(studio, "enter", "0.02", "enter", "enter", "0.5", "backspace", "3", "enter")
        await studio.until(lambda: staged(studio).get("learning_rate") == 0.3, "both are taken")
        await studio.until(lambda: studio.dialogs == 0, "no dialog is left")


async def test_the_palette_gets_the_text_behind_its_key(tmp_path: Path) -> None:
    """The command palette is no place where letters are lost."""
    async with open_studio(tmp_path) as studio:
        burst(studio, "colon", "quicc", "backspace", "k")
        await studio.until(lambda: isinstance(studio.app.focused, Input), "the palette is open")
        field = studio.app.focused
        assert isinstance(field, Input)
        await studio.until(lambda: field.value == "quick", "the words are there")


async def test_what_is_pasted_keeps_its_place(tmp_path: Path) -> None:
    """A paste waits for the keys before it, and the keys behind it for the paste."""
    async with open_studio(tmp_path) as studio:
        burst(studio, "gab")
        studio.app.post_message(events.Paste("-pasted-"))
        burst(studio, "c", "backspace", "d")
        await studio.until(lambda: prompt(studio).value == "ab-pasted-d", "all is there")


async def test_a_paste_of_several_lines_is_taken_whole(tmp_path: Path) -> None:
    """Line ends and tabs are drawn as signs, a column each; a name is one line."""
    async with open_studio(tmp_path) as studio:
        burst(studio, "g")
        studio.app.post_message(events.Paste("ROMEO:\r\n\tO\rhe\n"))
        await studio.until(lambda: prompt(studio).value, "the paste is there")
        field = prompt(studio)
        assert field.value == "ROMEO:\n\tO\nhe\n"
        assert field._value.plain == "ROMEO:↵⇥O↵he↵"
        assert field.cursor_screen_offset.x - field.content_region.x == 14
        assert [field._cell_offset_to_index(x) for x in (0, 6, 7, 8, 99)] == [0, 6, 7, 8, 13]
        burst(studio, "backspace", "escape", "5/")
        await studio.until(lambda: studio.app.focused.__class__ is TextField, "the filter is open")
        studio.app.post_message(events.Paste("one\rtwo"))
        filter_field = studio.app.focused
        assert isinstance(filter_field, TextField)
        await studio.until(lambda: filter_field.value, "the paste is there")
        assert filter_field.value == "one"


async def test_a_key_that_gets_lost_holds_the_next_ones_only_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the end of a key's course is never seen, the next one goes on nevertheless."""
    async with open_studio(tmp_path) as studio:
        monkeypatch.setattr(KeyOrder, "_follow", lambda *_: None)
        burst(studio, "23")
        await studio.until(lambda: studio.app.focused is studio.panel(2), "the first key acts")
        await studio.until(lambda: studio.app.focused is studio.panel(3), "the second key acts")
