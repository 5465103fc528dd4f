"""The command palette: the same table of commands, and the themes and presets by name."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.commands import COMMANDS, Command
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
        """List what matches, the best first."""
        matcher = self.matcher(query)
        for title, help_text, run in self._entries():
            score = max(matcher.match(title), 0.6 * matcher.match(help_text))
            if score > 0:
                yield Hit(score, matcher.highlight(title), run, help=help_text)

    def _entries(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        screen = self.screen
        if not isinstance(screen, Commanded):
            return
        for command in COMMANDS:
            if command.id == "app.commands" or not screen.offers(command):
                continue
            where = "" if command.scope == "everywhere" else f"{command.scope.capitalize()}: "
            keys = screen.keymap.shown(command.id).replace("[", r"\[")
            title = f"{where}{command.label}  ({keys})"
            yield title, command.help, partial(screen.run_command, command)
        for preset in PRESET_NAMES:
            help_text = "Stage the settings of this preset"
            yield f"Preset: {preset}", help_text, partial(screen.choose_preset, preset)
        for theme in sorted(self.app.available_themes):
            yield f"Theme: {theme}", "Take this colour theme", partial(screen.choose_theme, theme)
