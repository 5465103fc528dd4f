"""A screen on top that is answered once, also where a key and a click come together."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen

from tui.screens.prompt import PromptScreen

Answer = TypeVar("Answer")


class Once(PromptScreen[Answer], ModalScreen[Answer]):
    """Take the first answer only: a second one would close the screen below too (textual 8.2)."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close with an answer, unless it is closed already."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Palette(CommandPalette, Once[None]):
    """Find a command by its words."""
