"""The command palette: the same table of commands, and the themes and presets by name."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from core.language import tr
from tui.ascii_text import as_ascii
from tui.commands import COMMANDS, SCOPES, Command
from tui.draft import PRESET_NAMES
from tui.keymap import Keymap


@runtime_checkable
class Commanded(Protocol):
    """Stand for the screen that the palette acts on."""

    keymap: Keymap

    async def run_command(self, command: Command) -> None:
        """Do what a command's key does, on the panel of its scope."""

    def offers(self, command: Command) -> bool:
        """Tell whether a command means anything to the run on show."""

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
            yield self._written(title), self._written(command.help), run
        for preset in PRESET_NAMES:
            title = tr("Preset: {preset}", preset=preset)
            help_text = tr("Stage the settings of this preset")
            yield title, help_text, partial(screen.choose_preset, preset)
        for theme in sorted(self.app.available_themes):
            title = tr("Theme: {theme}", theme=theme)
            yield title, tr("Take this colour theme"), partial(screen.choose_theme, theme)

    def _written(self, text: str) -> str:
        """Return arrows and other signs in a form that may be written here."""
        return as_ascii(text) if self.app.has_class("-ascii") else text
