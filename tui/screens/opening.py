"""The first frame: the outline of the dashboard, drawn while what fills it is being loaded.

It imports nothing but Textual and what the command line has imported already.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from core.language import tr
from tui.ascii_text import as_ascii
from tui.commands import Scope
from tui.keymap import Keymap
from tui.screens.outline import OutlinedScreen
from tui.tasks import Task
from tui.widgets.frame import Frame
from tui.widgets.key_line import KeyLine, labels_at_rest

if TYPE_CHECKING:
    from tui.lessons.tour import Tour


class Standing(NamedTuple):
    """Say which panel will stand in a place."""

    id: str
    number: int
    """That of the panel; 0 where none has this frame."""
    title: str
    task: Task | None = None
    """The only task that has it; None for both."""


STANDING = {
    "left": (
        Standing("params", 1, tr("Params")),
        Standing("gradients", 4, tr("Gradients"), "language"),
        Standing("classes", 4, tr("Classes"), "classify"),
        Standing("runs", 5, tr("Runs")),
    ),
    "charts": (Standing("loss", 2, tr("Loss")),),
    "lower": (
        Standing("perplexity", 3, tr("Perplexity"), "language"),
        Standing("accuracy", 3, tr("Accuracy"), "classify"),
        Standing("rates", 0, tr("tok/s · lr")),
    ),
    "right": (
        Standing("console", 6, tr("Generate"), "language"),
        Standing("classify", 6, tr("Classify"), "classify"),
    ),
}
"""What stands in each box at first, by the id of the box and in order."""


class Opening(OutlinedScreen):
    """Show frames, titles and keys at the places where the dashboard will have them."""

    # The boxes show nothing of their own, and take as long to draw as what stands in them.
    DEFAULT_CSS = """
    Opening #status { height: 1; padding: 0 1; background: $panel; }
    Opening #body, Opening .group { visibility: hidden; }
    Opening Frame { visibility: visible; }
    """

    def __init__(
        self, task: Task, keymap: Keymap, *, ascii_only: bool = False, tour: "Tour | None" = None
    ) -> None:
        """Make the screen.

        Args:
            task: What the first run learns.
            keymap: The keys in force.
            ascii_only: Whether to draw with ASCII alone.
            tour: The lessons to go through; none if None.
        """
        super().__init__()
        self.task_on_show = task
        self._keymap = keymap
        self._ascii_only = ascii_only
        self._tour = tour

    def above(self) -> Iterator[Widget]:
        """Yield the line that will tell the run's state."""
        yield Static(Content.styled("rnnstudio", "bold $text-accent"), id="status")

    def standing_in(self, place: str) -> Iterator[Widget]:
        """Yield the frames of a box, as the style sheet wants them."""
        single, first = self.is_compact(), self.first_number()
        for standing in STANDING[place]:
            if standing.task in (None, self.task_on_show):
                frame = Frame(id=standing.id)
                title = f"{standing.number or ''} {standing.title}".lstrip()
                frame.border_title = as_ascii(title) if self._ascii_only else title
                frame.set_class(standing.number == first, "-first")
                frame.set_class(single and standing.number == first, "-current")
                yield frame

    def below(self) -> Iterator[Widget]:
        """Yield the line of figures, still empty, the keys, and the lesson of a tour."""
        if self.is_compact():
            yield Static(id="mini")
        keys = KeyLine(self._keymap, ascii_only=self._ascii_only)
        scope: Scope = "charts" if self.is_compact() else "params"
        labels = labels_at_rest(self.task_on_show, compact=self.is_compact())
        keys.show(scope, labels, task=self.task_on_show)
        yield keys
        if self._tour is not None:
            # Imported here, since only a tour needs it and what it draws with.
            from tui.lessons.box import LessonBox
            from tui.look import Look

            signs, glyphs = Look.of(ascii_only=self._ascii_only)
            yield LessonBox(self._tour, self._keymap, signs=signs, glyphs=glyphs)

    def on_mount(self) -> None:
        """Let the boxes around a panel that stands alone be seen with it."""
        self._show_boxes()

    def on_resize(self) -> None:
        """Fit the layout to the terminal."""
        if self.is_current:
            self.set_layout_classes()
            self._show_boxes()

    def _screen_resized(self, size: Size) -> None:
        """Stay as it is under the dashboard, where nobody sees it; Textual (8.2) would not."""
        if self.is_current:
            super()._screen_resized(size)

    def _show_boxes(self) -> None:
        for group in self.query(".group"):
            group.set_class(self.is_compact() and bool(group.query(".-current")), "-current")
