"""What every panel has in common: a number, a frame with a title, and a history to show."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual.content import Content
from textual.geometry import Region

from tui.commands import Scope
from tui.history import History
from tui.overlays import Overlay
from tui.tasks import Task
from tui.widgets.frame import Frame

FRAME_CELLS = 6
"""What the frame's own signs and spaces take of a title's line."""


Place = Literal["left", "right", "inside"]
"""A panel that looks inside of the model takes the place of those on the right while it is used."""


class Panel(Frame, can_focus=True):
    """Frame one view of the run; a subclass fills it.

    A panel never calls the engine: it shows the history that it is given and posts the messages
    of `tui.intents` when the user wants something.
    """

    DEFAULT_CSS = """
    Panel:focus, Panel:focus-within { border: round $accent; }
    """

    number: ClassVar[int]
    """Its place in the order of the panels; for most the digit that focuses it, 0 for the tenth."""
    sign: ClassVar[str] = ""
    """The key in its title, where that is not its number."""
    heading: ClassVar[str]
    """The first words of its title."""
    scope: ClassVar[Scope]
    """Where its keys stand in the table of commands."""
    place: ClassVar[Place] = "left"
    """Which part of the roomy screen it stands in."""
    only_for: ClassVar[Task | None] = None
    """The task whose runs it shows; None for every one."""
    moves: ClassVar[bool] = False
    """Whether it looks different with every report; such panels are drawn in turn."""
    _title = _subtitle = ""
    _written = ("", "")

    def on_mount(self) -> None:
        """Put the number and the heading into the frame."""
        self.set_title("")

    def on_resize(self) -> None:
        """Cut the titles anew."""
        self._put_titles()

    def set_title(self, rest: str) -> None:
        """Write the frame's title: number, heading and what the panel has to say."""
        self._title = f"{self.sign or self.number} {self.heading} {rest}".rstrip()
        self._put_titles()

    def set_subtitle(self, text: str) -> None:
        """Write into the frame's lower edge."""
        self._subtitle = text
        self._put_titles()

    def _put_titles(self) -> None:
        """Put the titles into the frame, and draw the edges where they changed.

        Set as Textual offers it (8.2), a title would draw the whole panel anew.
        """
        written = self._fitting(self._title), self._fitting(self._subtitle)
        if written == self._written:
            return
        before, self._written = self._written, written
        self._border_title, self._border_subtitle = map(Content.from_markup, written)
        width, height = self.outer_size
        for y, old, new in zip((0, height - 1), before, written, strict=True):
            if old != new:
                self.refresh(Region(0, y, width, 1).translate(-self.content_offset))

    def _fitting(self, title: str) -> str:
        """Return a title as markup, cut where only ASCII may be drawn: Textual would write `…`."""
        room = self.outer_size.width - FRAME_CELLS
        if room > 0 and self.app.has_class("-ascii"):
            title = Content(title).truncate(room).plain
        # A title is parsed as markup; an escaped bracket is shown as it is.
        return title.replace("[", "\\[")

    def go_back(self) -> bool:
        """Leave what is innermost, such as a field; return whether there was something to leave."""
        return False

    def leave(self) -> bool:
        """Show the usual again in place of what was chosen; return whether that is something else.

        It is asked once what was opened later is closed: what is innermost, and the zoom.
        """
        return False

    def labels(self) -> dict[str, str]:
        """Return labels by command id where they say more now than the table's."""
        return {}

    def offers(self, command_id: str) -> bool:
        """Tell whether a command of this panel means anything to what it shows now."""
        return True

    def set_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Show other runs beside this one, where the panel can.

        Args:
            overlays: The runs; the one on show may be among them, and is drawn as it is there.
        """

    def show(self, history: History) -> None:
        """Show the run's present state; called a few times a second, when it changed."""
        raise NotImplementedError
