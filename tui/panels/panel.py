"""What every panel has in common: a number, a frame with a title, and a history to show."""

from typing import ClassVar

from textual.containers import Vertical

from tui.history import History


class Panel(Vertical, can_focus=True):
    """Frame one view of the run; a subclass fills it.

    A panel never calls the engine: it shows the history that it is given and posts the messages
    of `tui.intents` when the user wants something.
    """

    DEFAULT_CSS = """
    Panel {
        border: round $primary 50%;
        border-title-color: $text;
        padding: 0;
        &:focus, &:focus-within { border: round $accent; }
    }
    """

    number: ClassVar[int]
    """The digit that focuses it."""
    heading: ClassVar[str]
    """The first words of its title."""
    _title = _subtitle = ""

    def on_mount(self) -> None:
        """Put the number and the heading into the frame."""
        self.set_title("")

    def set_title(self, rest: str) -> None:
        """Write the frame's title: number, heading and what the panel has to say."""
        # A title is parsed as markup; an escaped bracket is shown as it is.
        title = f"{self.number} {self.heading} {rest}".rstrip().replace("[", "\\[")
        if title != self._title:
            self._title = title
            self.border_title = title  # which draws the whole panel anew

    def set_subtitle(self, text: str) -> None:
        """Write into the frame's lower edge."""
        subtitle = text.replace("[", "\\[")
        if subtitle != self._subtitle:
            self._subtitle = subtitle
            self.border_subtitle = subtitle

    def show(self, history: History) -> None:
        """Show the run's present state; called at most five times a second, when it changed."""
        raise NotImplementedError
