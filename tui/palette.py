"""The command palette: the same table of commands; lessons, settings, runs, looks by name."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from core.config import SETTINGS
from core.language import tr
from tui.ascii_text import as_ascii
from tui.command_words import WORDS
from tui.commands import COMMANDS, SCOPES, Command
from tui.draft import PRESET_NAMES
from tui.keymap import Keymap
from tui.lessons.table import LESSONS
from tui.safe_text import displayable
from tui.writing_out import WriteOut, export_model_of, write_report_of
from workspace.records import Run


@runtime_checkable
class Commanded(Protocol):
    """Stand for the screen that the palette acts on."""

    keymap: Keymap

    async def run_command(self, command: Command) -> None:
        """Do what a command's key does, on the panel of its scope."""

    def offers(self, command: Command) -> bool:
        """Tell whether a command means anything to the run on show."""

    def write_out(self, write: WriteOut) -> None:
        """Write something about the run on show beside the screen, and tell where it is."""

    def save_picture(self) -> None:
        """Write what the screen shows, its charts among it, as SVG."""

    def save_panel(self) -> None:
        """Write what the focused panel shows as SVG."""

    def copy_checkpoint(self) -> None:
        """Copy the path of the checkpoint that the run on show is resumed from."""

    def open_lesson(self, number: int) -> None:
        """Turn to a lesson, or say how to open it where there is no tour."""

    def edit_setting(self, name: str) -> None:
        """Go to a setting in Params and edit it."""

    def open_run(self, run: int) -> None:
        """Show a run in the panels."""

    def known_runs(self) -> Sequence[Run]:
        """Return the runs in the workspace."""

    def choose_preset(self, preset: str) -> None:
        """Stage a preset's settings."""

    def choose_theme(self, theme: str) -> None:
        """Take a colour theme."""


class StudioCommands(Provider):
    """Find commands by the words of their labels and help."""

    async def discover(self) -> Hits:
        """List everything while nothing is typed."""
        for title, help_text, run in self._entries():
            yield DiscoveryHit(title, run, help=help_text)

    async def search(self, query: str) -> Hits:
        """List what matches, the best first; say so where nothing does."""
        matcher = self.matcher(query)
        found = False
        for title, help_text, run in self._entries():
            score = max(matcher.match(title), 0.6 * matcher.match(help_text))
            if score > 0:
                found = True
                yield Hit(score, matcher.highlight(title), run, help=help_text)
        if not found:
            # Textual would say it in English.
            yield Hit(1.0, tr("No matches found"), lambda: None)

    def _entries(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        screen = self.screen
        if not isinstance(screen, Commanded):
            return
        for command in COMMANDS:
            if command.id == "app.commands" or not screen.offers(command):
                continue
            where = SCOPES[command.scope]
            keys = screen.keymap.shown(command.id).replace("[", r"\[")
            label = tr("{where}: {label}", where=where, label=command.label)
            title = f"{label if where else command.label}  ({keys})"
            run = partial(screen.run_command, command)
            words = f" ({WORDS[command.id]})" if command.id in WORDS else ""
            yield self._written(title), self._written(command.help + words), run
        yield from self._made_entries(screen)
        for preset in PRESET_NAMES:
            title = tr("Preset: {preset}", preset=preset)
            help_text = tr("Stage the settings of this preset")
            yield title, help_text, partial(screen.choose_preset, preset)
        for theme in sorted(self.app.available_themes):
            title = tr("Theme: {theme}", theme=theme)
            yield title, tr("Switch to this theme"), partial(screen.choose_theme, theme)

    def _made_entries(self, screen: Commanded) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """Yield what has no key: files that can be written, lessons, settings, runs."""
        told = tr("Write an HTML report of the run on show into the current folder")
        yield tr("Write a report"), told, partial(screen.write_out, write_report_of)
        told = tr("Export the best model of the run on show, and its vocabulary, for PyTorch")
        yield tr("Export the model"), told, partial(screen.write_out, export_model_of)
        told = tr("Write a screenshot, charts and all, as SVG into the current folder")
        yield tr("Save a picture of the screen"), told, screen.save_picture
        told = tr(
            "Write the focused panel alone, such as one chart, as SVG into the current folder"
        )
        yield tr("Save a picture of the focused panel"), told, screen.save_panel
        told = tr("Copy the path of the newest good checkpoint of the run on show")
        yield tr("Copy the checkpoint's path"), told, screen.copy_checkpoint
        for number, lesson in enumerate(LESSONS, start=1):
            title = tr("Lesson {number}: {title}", number=number, title=lesson.title)
            yield title, self._written(lesson.text), partial(screen.open_lesson, number)
        for name, setting in SETTINGS.items():
            edit = partial(screen.edit_setting, name)
            yield tr("Setting: {name}", name=name), self._written(setting.about.help), edit
        for run in screen.known_runs():
            title = tr("Run: {run} {name}", run=run.run, name=displayable(run.name))
            told = tr("Show this run's curves, settings and samples")
            title = title.replace("[", r"\[")
            yield self._written(title), told, partial(screen.open_run, run.run)

    def _written(self, text: str) -> str:
        """Return arrows and other signs in a form that may be written here."""
        return as_ascii(text) if self.app.has_class("-ascii") else text
