"""A field with a few values, walked through with the left and right arrow keys."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.safe_text import displayable


class Cycle(Widget, can_focus=True):
    """Hold one of several texts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space", "turn(1)", show=False),
        Binding("left,h", "turn(-1)", show=False),
    ]
    DEFAULT_CSS = """
    Cycle { height: 1; padding: 0 1; background: $panel; }
    Cycle:focus { background: $primary 40%; }
    """

    class Turned(Message):
        """Say that another value was taken."""

    def __init__(self, values: Sequence[str], value: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._values: tuple[str, ...] = ()
        self.set_values(values, value)

    def set_values(self, values: Sequence[str], value: str) -> None:
        """Hold one of other texts.

        Args:
            values: What there is to choose from.
            value: The one to begin with; added if it is not among them.
        """
        self._values = tuple(dict.fromkeys((*values, value)))
        self._at = self._values.index(value)
        self.refresh()

    @property
    def value(self) -> str:
        """The value taken at present."""
        return self._values[self._at]

    def render(self) -> Content:
        """Draw the value between two marks that say it can be turned."""
        return Content(f"< {displayable(self.value)} >").truncate(self.size.width)

    def action_turn(self, direction: int) -> None:
        """Take the next value or the one before."""
        self._at = (self._at + direction) % len(self._values)
        self.refresh()
        self.post_message(self.Turned())

    def on_click(self, event: events.Click) -> None:
        """Take the next value."""
        event.stop()
        self.action_turn(1)
