"""The command palette speaks the screen's language, also where Textual has words of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
from textual.command import CommandList
from textual.widgets import Input, OptionList

from core.config import make_config
from studio_cases import open_studio
from tui.lessons.box import LessonBox
from tui.lessons.table import LESSONS
from tui.lessons.tour import Tour
from tui.screens.edit import EditDialog
from tui.screens.help import HelpDialog
from tui.screens.once import Palette
from tui.writing_out import write_report_of
from workspace.paths import Workspace
from workspace.runs import RunStore

ROOT = Path(__file__).resolve().parents[1]


async def test_words_that_no_command_has_are_answered(tmp_path: Path) -> None:
    """The list says so, and Enter on what it says only closes it."""
    async with open_studio(tmp_path) as studio:
        await studio.press("colon")
        await studio.type("qqqq")

        def listed() -> list[str]:
            options = studio.app.screen.query_one(CommandList).options
            return [str(option.prompt) for option in options]

        await studio.until(lambda: listed() == ["No matches found"], "the list says so")
        await studio.press("enter")
        await studio.until(lambda: studio.dialogs == 0, "the palette is closed")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("learning_rate", "Setting: learning_rate"),
        ("shakes", "Run: 1 shakes-lstm"),
        ("file", "New run"),
        ("rollback", "Params: Undo"),
        ("screenshot", "Save a picture of the screen"),
        ("export", "Export the model"),
        ("report", "Write a report"),
        ("svg", "Save a picture of the focused panel"),
        ("checkpoint path", "Copy the checkpoint's path"),
        ("lesson", "Lesson 6"),
    ],
)
async def test_what_people_look_for_is_found(tmp_path: Path, words: str, expected: str) -> None:
    """Settings and runs by name, and commands by the words that people use."""
    store = RunStore(Workspace(tmp_path))
    store.create_run("shakes-lstm", make_config())
    store.close()
    async with open_studio(tmp_path) as studio:
        await studio.press("colon")
        await studio.type(words)

        def listed() -> list[str]:
            options = studio.app.screen.query_one(CommandList).options
            return [str(option.prompt) for option in options]

        await studio.until(lambda: any(expected in title for title in listed()), expected)


async def test_a_setting_is_edited_and_a_picture_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The palette's own entries do what they say; without a run there is nothing to write."""
    monkeypatch.chdir(tmp_path)
    async with open_studio(tmp_path / "home") as studio:
        studio.dashboard.edit_setting("learning_rate")
        await studio.until(lambda: isinstance(studio.app.screen, EditDialog), "the field")
        await studio.press("escape")
        studio.dashboard.save_picture()
        await studio.until(lambda: list(tmp_path.glob("*.svg")), "the picture")
        studio.dashboard.write_out(write_report_of)
        await studio.until(lambda: "there is no run on show" in studio.messages(), "the answer")


async def test_one_panel_is_saved_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is named after panel, run and step, and shows nothing of the others."""
    monkeypatch.chdir(tmp_path)
    async with open_studio(tmp_path / "home") as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step > 2, "steps")
        await studio.press("2")
        studio.dashboard.save_panel()
        await studio.until(lambda: list(tmp_path.glob("run-1-step-*-loss.svg")), "the picture")
        await studio.until(lambda: "written: " in studio.messages(), "the place")
        (path,) = tmp_path.glob("*.svg")
        picture = path.read_text(encoding="utf-8")
        assert "2 Loss" in picture.replace("&#160;", " ")
        assert "learning_rate" not in picture
        assert "6 Generate" not in picture.replace("&#160;", " ")


async def test_lessons_are_opened_by_name(tmp_path: Path) -> None:
    """In a tour the box turns to the lesson; outside of one the command is told."""
    async with open_studio(tmp_path, tour=Tour()) as studio:
        studio.dashboard.open_lesson(4)
        assert LESSONS[3].title in str(studio.dashboard.query_one(LessonBox).border_title)
    async with open_studio(tmp_path) as studio:
        studio.dashboard.open_lesson(4)
        told = "`rnnstudio learn 4` opens this lesson"
        await studio.until(lambda: told in studio.messages(), "the command")


async def test_it_is_closed_once(tmp_path: Path) -> None:
    """A click beside it that comes with Escape closes nothing more: it took the dashboard away."""
    async with open_studio(tmp_path) as studio:
        await studio.press("question_mark")
        studio.app.action_command_palette()
        await studio.pilot.pause()
        palette = studio.app.screen
        assert isinstance(palette, Palette)
        palette.dismiss()
        palette.dismiss()
        await studio.until(lambda: studio.dialogs == 1, "the palette is closed")
        dialog = studio.app.screen
        assert isinstance(dialog, HelpDialog)
        dialog.action_dismiss_dialog()
        dialog.action_dismiss_dialog()
        await studio.until(lambda: studio.dialogs == 0, "the help is closed")


async def test_the_field_says_what_it_is_for(tmp_path: Path) -> None:
    """Its placeholder is one of our texts."""
    async with open_studio(tmp_path) as studio:
        await studio.press("colon")
        assert studio.app.screen.query_one(Input).placeholder == "Search for commands…"
        await studio.press("colon", "escape")
        assert studio.dialogs == 0


def test_its_words_are_looked_up() -> None:
    """In another language neither Textual's placeholder nor its answer is left."""
    code = (
        "from core.language import speak; speak('zh_CN'); from core.language import tr;"
        "import tui.palette, tui.app;"
        "print(tr('Search for commands…') != 'Search for commands…', tui.palette.SCOPES['runs'])"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["True", "运行"]


@pytest.mark.parametrize("columns", range(1, 9))
async def test_it_is_there_at_any_width(tmp_path: Path, columns: int) -> None:
    """A terminal may become as narrow as it likes while commands are listed."""
    async with open_studio(tmp_path) as studio:
        await studio.press(":", "s")
        palette = studio.app.screen
        await studio.until(lambda: palette.query_one(OptionList).option_count, "it lists commands")
        await studio.pilot.resize_terminal(columns, 20)
        await studio.press("a", "down")
        await studio.pilot.resize_terminal(120, 40)
        await studio.press("escape")
        await studio.until(lambda: studio.app.screen is studio.dashboard, "it is closed")
