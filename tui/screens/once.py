"""A screen on top that is answered once, also where a key and a click come together."""

from contextlib import suppress
from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.command import CommandInput, CommandPalette
from textual.css.query import NoMatches
from textual.screen import ModalScreen

from tui.screens.prompt import PromptScreen

Answer = TypeVar("Answer")

LONGEST_QUERY = 200
"""Characters that the palette takes."""


class Once(PromptScreen[Answer], ModalScreen[Answer]):
    """Take the first answer only: a second one would close the screen below too (textual 8.2)."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close with an answer, unless it is closed already."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Palette(CommandPalette, Once[None]):
    """Find a command by its words."""

    def on_mount(self) -> None:
        """Take no more words than a command has: to draw thousands at each key is slow."""
        self.query_one(CommandInput).max_length = LONGEST_QUERY

    # The search may end when the palette is gone already, for instance with the program.

    def _watch__list_visible(self) -> None:
        with suppress(NoMatches):
            super()._watch__list_visible()

    async def _watch__show_busy(self) -> None:
        with suppress(NoMatches):
            await super()._watch__show_busy()

    def _action_command_list(self, action: str) -> None:
        # Lines are measured when they are drawn; until then there is no page to move by, for
        # which Textual (8.2) looks all the same.
        with suppress(KeyError):
            super()._action_command_list(action)
