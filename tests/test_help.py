"""The help: what it lists is found by words, and its keys act while one writes."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from studio_cases import Studio, open_studio
from tui.screens.help import HelpDialog
from tui.widgets.lines_view import LinesView


def listed(studio: Studio) -> str:
    """Return what the help lists, as it is wrapped."""
    lines = studio.app.screen.query_one(LinesView)._wrapped
    return "\n".join(line.plain for line in lines)


async def test_commands_are_found_by_words(tmp_path: Path) -> None:
    """All words must fit, those that people use count too; Esc lists all again, then closes."""
    async with open_studio(tmp_path) as studio:
        await studio.press("question_mark", "slash")
        await studio.type("runs rollback")
        await studio.until(lambda: listed(studio).startswith("5 Runs"), "what has both words")
        assert "runs.resume" in listed(studio)
        assert "training.stop" not in listed(studio)
        await studio.type("q")
        await studio.until(lambda: listed(studio) == "nothing has these words", "the answer")
        await studio.press("escape")
        assert studio.dialogs == 1
        assert "training.stop" in listed(studio)
        await studio.press("escape")
        assert studio.dialogs == 0


async def test_what_was_found_stays_and_the_keys_scroll(tmp_path: Path) -> None:
    """Enter gives the keys back to the list; without words it lists everything."""
    async with open_studio(tmp_path, size=(80, 24)) as studio:
        await studio.press("question_mark", "end")
        view = studio.app.screen.query_one(LinesView)
        assert view.scroll_offset.y == view.max_scroll_y > 0
        await studio.press("slash")
        await studio.type("zooms")
        await studio.until(lambda: "training.stop" not in listed(studio), "fewer")
        assert view.scroll_offset.y == 0
        await studio.press("enter", "j", "down", "k")
        assert view.scroll_offset.y == 1
        assert "panel.loss" in listed(studio)
        await studio.press("escape", "q")
        assert studio.dialogs == 0


@pytest.mark.parametrize("columns", [43, 60, 100])
async def test_no_word_is_lost_where_lines_are_wrapped(tmp_path: Path, columns: int) -> None:
    """However narrow the terminal becomes, all of each line fits beside the scrollbar."""
    async with open_studio(tmp_path, size=(80, 24)) as studio:
        await studio.press("question_mark")
        dialog = studio.app.screen
        assert isinstance(dialog, HelpDialog)
        view = dialog.query_one(LinesView)
        await studio.pilot.resize_terminal(columns, 24)
        await studio.until(lambda: view.outer_size.width == columns - 4, "the layout")
        words = " ".join(line.plain for line in dialog.lines()).split()
        assert listed(studio).split() == words
        width = view.scrollable_content_region.width
        assert max(cell_len(line) for line in listed(studio).split("\n")) <= width < columns - 4


@pytest.mark.parametrize(
    ("columns", "keys"),
    [
        (60, "/ filter  ↑↓ PgUp PgDn scroll  Esc close"),
        (46, "/ filter  ↑↓ PgUp PgDn scroll  Esc close"),
        (45, "/ filter  Esc close"),
        (40, "/ filter  Esc close"),
    ],
)
async def test_a_dialog_names_the_keys_that_fit(tmp_path: Path, columns: int, keys: str) -> None:
    """Whole ones, and always the one that closes, also when the terminal is made smaller."""
    async with open_studio(tmp_path, size=(100, 18)) as studio:
        await studio.press("question_mark")
        await studio.pilot.resize_terminal(columns, 18)
        dialog = studio.app.screen

        def lowest() -> str:
            strips = [strip.text for strip in dialog._compositor.render_strips()]
            return next((text for text in reversed(strips) if "╰" in text), "")

        await studio.until(lambda: lowest().strip("╰╯─ ") == keys, "what fits")
