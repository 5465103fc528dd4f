"""The outline of the screen: which box stands where, and what the style sheet lays it out by."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from tui.screens.prompt import PromptScreen
from tui.tasks import Task

NEEDED = (40, 10)
"""Columns and rows below which nothing but a line is shown."""

ROOMY = (100, 28)
"""Columns and rows from which all panels stand side by side."""


VAST = (190, 50)
"""Columns and rows from which one panel more stands beside them, which looks inside."""


class OutlinedScreen(PromptScreen[None]):
    """Lay boxes out; a subclass says what stands in them."""

    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self.zoomed = False
        """Whether the user lets one panel fill the screen."""
        self.current = 1
        """The number of the panel that has the focus, or had it last."""
        self.inside: int | None = None
        """The number of the panel that stands in place of those on the right, if one does."""
        self.task_on_show: Task = "language"
        """The task whose panels are shown."""

    def above(self) -> Iterable[Widget]:
        """Return what stands above the boxes."""
        raise NotImplementedError

    def standing_in(self, place: str) -> Iterable[Widget]:
        """Return what stands in a box, in order.

        Args:
            place: The id of the box.
        """
        raise NotImplementedError

    def below(self) -> Iterable[Widget]:
        """Return what stands below the boxes."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Put everything in its place."""
        self.set_layout_classes(update=False)
        yield from self.above()
        with Horizontal(id="body"):
            with Vertical(id="left", classes="group"):
                yield from self.standing_in("left")
            with Vertical(id="right", classes="group"):
                with Vertical(id="charts", classes="group"):
                    yield from self.standing_in("charts")
                    with Horizontal(id="lower", classes="group"):
                        yield from self.standing_in("lower")
                yield from self.standing_in("right")
        yield from self.below()

    def is_compact(self) -> bool:
        """Tell whether there is room for one panel only."""
        return self.app.size.width < ROOMY[0] or self.app.size.height < ROOMY[1]

    def is_vast(self) -> bool:
        """Tell whether a panel that looks inside has room beside the charts and the console."""
        width, height = self.app.size
        return width >= VAST[0] and height >= VAST[1] and not self.zoomed

    def _gives_way(self) -> bool:
        """Tell whether a panel that looks inside stands in the place of charts and console."""
        alone = self.zoomed or self.is_compact()
        return self.inside is not None and (
            self.current == self.inside if alone else not self.is_vast()
        )

    def first_number(self) -> int:
        """Return the number of the panel that has the keys first."""
        return 2 if self.is_compact() else 1

    def set_layout_classes(self, *, update: bool = True) -> None:
        """Tell the style sheet what fits the terminal, and what it is to show.

        Args:
            update: Whether to style again what is there already.
        """
        width, height = self.app.size
        for name, holds in (
            ("-single", self.zoomed or self.is_compact()),
            ("-wide", width >= 170 and height >= 40),
            ("-low", height < 36),
            ("-slim", width < 116),
            ("-tiny", width < NEEDED[0] or height < NEEDED[1]),
            ("-classify", self.task_on_show == "classify"),
            ("-vast", self.is_vast()),
            ("-inside", self._gives_way()),
        ):
            self.set_class(holds, name, update=update)
