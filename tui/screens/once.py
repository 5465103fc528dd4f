"""A screen on top that is answered once, also where a key and a click come together."""

from contextlib import suppress
from typing import Literal, TypeVar

from textual import command, events
from textual.await_complete import AwaitComplete
from textual.command import CommandInput, CommandList, CommandPalette
from textual.css.query import NoMatches
from textual.errors import NoWidget
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


class Commands(CommandList):
    """Meet keys and clicks for lines that are not there yet, or are others already.

    Textual (8.2) looks for them all the same.
    """

    async def _on_click(self, event: events.Click) -> None:
        event.prevent_default()  # Textual would call the one below once more
        with suppress(IndexError):
            await super()._on_click(event)

    def _move_page(self, direction: Literal[-1, 1]) -> None:
        with suppress(KeyError):
            super()._move_page(direction)


# The palette offers no other way to have a list of another kind.
setattr(command, "CommandList", Commands)  # noqa: B010  said to be a type


class Palette(CommandPalette, Once[None]):
    """Find a command by its words."""

    def on_mount(self) -> None:
        """Take no more words than a command has: to draw thousands at each key is slow."""
        self.query_one(CommandInput).max_length = LONGEST_QUERY

    def _on_click(self, event: events.Click) -> None:  # type: ignore[override]  # as Textual itself
        """Meet a click where the terminal was before it became smaller."""
        event.prevent_default()  # Textual would call the one below once more
        with suppress(NoWidget):
            super()._on_click(event)

    # The search may end when the palette is gone already, for instance with the program.

    def _watch__list_visible(self) -> None:
        with suppress(NoMatches):
            super()._watch__list_visible()

    async def _watch__show_busy(self) -> None:
        with suppress(NoMatches):
            await super()._watch__show_busy()
