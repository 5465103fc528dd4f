"""The pieces of the screen that are drawn anew: those that differ from what the terminal shows."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import cast

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import Control
from textual._compositor import Compositor, CompositorUpdate
from textual._context import visible_screen_stack
from textual._styles_cache import StylesCache
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip

Span = tuple[int, int, int]
"""A row, where it begins to change, and where it ends to."""

Pieces = Sequence[Mapping[int, Strip]]
"""The pieces of each row of the screen, by the column where they begin."""


Piece = tuple[int, int, Strip]
"""A row, the column where the piece begins, and its contents."""


# Textual (8.2) remembers the colours of each widget with all that was drawn of it, a thousand
# times, though the widget is gone: they do not depend on it.
setattr(StylesCache, "get_inner_outer", classmethod(vars(StylesCache)["get_inner_outer"]))  # noqa: B010


class Shown:
    """The pieces that the terminal shows, whichever screen has drawn them.

    Args:
        room: Tells how many characters may be written at once.
    """

    def __init__(self, room: Callable[[], float] = lambda: math.inf) -> None:
        self.room = room
        self._rows: defaultdict[int, dict[int, Strip]] = defaultdict(dict)
        self._size: Size | None = None

    def forget(self) -> None:
        """Take the terminal for one that shows anything."""
        self._rows.clear()

    def resize(self, size: Size) -> None:
        """Take in the size; a terminal of another one shows anything."""
        if size != self._size:
            self.forget()
            self._size = size

    def takes(self, y: int, x: int, strip: Strip) -> bool:
        """Take in a piece that is wanted at a place; tell whether it has to be written."""
        row = self._rows[y]
        if row.get(x) == strip:
            return False
        end = x + strip.cell_length
        for first in [at for at, old in row.items() if at < end and at + old.cell_length > x]:
            del row[first]
        row[x] = strip
        return True


class PiecesUpdate(CompositorUpdate):
    """Pieces of rows to be written, but for those that the terminal shows.

    Textual's own (8.2) writes the whole screen after each layout: 18 kB at 120x40.

    Args:
        pieces: What is wanted, the most urgent first.
        shown: What the terminal shows.
        left: Takes in the places of what there was no room for.
    """

    def __init__(self, pieces: Sequence[Piece], shown: Shown, left: list[Span]) -> None:
        self._pieces, self._shown, self._left = pieces, shown, left

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield all pieces, for whoever draws with Rich."""
        for y, x, strip in self._pieces:
            yield Control.move_to(x, y).segment
            yield from strip

    def render_segments(self, console: Console) -> str:
        """Return what is to be written to the terminal, and take it for shown."""
        written: list[str] = []
        room = self._shown.room()
        for y, x, strip in self._pieces:
            if room <= 0:
                self._left.append((y, x, x + strip.cell_length))
            elif self._shown.takes(y, x, strip):
                written.append(Control.move_to(x, y).segment.text + strip.render(console))
                room -= len(written[-1])
        return "".join(written)


class FrugalCompositor(Compositor):
    """Ask a widget for what is wanted of it only, and write what has changed only.

    Textual's own (8.2) asks every widget that touches a rectangle around all changes for all of
    its lines, covered or not: ten times as much, at each figure that changes.

    Args:
        shown: What the terminal shows; shared by all screens of one terminal.
    """

    def __init__(self, shown: Shown) -> None:
        super().__init__()
        self._shown = shown
        self._left: list[Span] = []

    @property
    def has_left(self) -> bool:
        """Whether something is still to be written that there was no room for."""
        return bool(self._left)

    def render_update(
        self,
        full: bool = False,
        screen_stack: list[Screen[object]] | None = None,
        simplify: bool = False,
    ) -> RenderableType | None:
        """Return what is to be written; None where nothing has changed."""
        whole = self.size.region
        if simplify or not (full or whole in self._dirty_regions):
            return super().render_update(full, screen_stack, simplify)
        visible_screen_stack.set([] if screen_stack is None else screen_stack)
        self._dirty_regions.clear()
        self._shown.resize(self.size)
        rows = self._pieces((y, 0, whole.width) for y in whole.line_range)
        pieces = [(y, x, strip) for y, row in enumerate(rows) for x, strip in row.items()]
        self._left.clear()
        return PiecesUpdate(pieces, self._shown, self._left)

    def render_partial_update(self) -> PiecesUpdate | None:  # type: ignore[override]
        """Return what is to be written where something has changed; None where nothing has."""
        spans = [*self._regions_to_spans(self._dirty_regions), *self._left]
        self._dirty_regions.clear()
        self._left.clear()
        if not spans:
            return None
        return PiecesUpdate(list(self._within(spans)), self._shown, self._left)

    def _within(self, spans: Sequence[Span]) -> Iterator[Piece]:
        """Yield the pieces that touch some spans, cut off where a span ends."""
        rows = self._pieces(spans)
        for y, start, end in spans:
            for x, last in pairwise(self.cuts[y]):
                strip = rows[y].get(x)
                if strip is not None and x < end and last > start:
                    yield y, x, strip if last <= end else strip.crop(0, end - x)

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Pieces:
        """Return the pieces of some rows, as far as they touch a rectangle."""
        start, end = crop.column_span
        return self._pieces((y, start, end) for y in crop.line_range if is_rendered_line(y))

    def _pieces(self, spans: Iterable[Span]) -> Pieces:
        wanted: dict[int, set[int]] = {}
        for y, start, end in spans:
            touched = {
                first for first, last in pairwise(self.cuts[y]) if first < end and last > start
            }
            wanted[y] = wanted.get(y, set()) | touched
        found: list[dict[int, Strip | None]] = [dict.fromkeys(cuts[:-1]) for cuts in self.cuts]
        for widget, (region, clip) in self.visible_widgets.items():  # the front comes first
            area = region.intersection(clip)
            left, right = area.column_span
            rows = [
                y
                for y in area.line_range
                if y in wanted and any(left <= cut < right for cut in wanted[y])
            ]
            if not rows:
                continue
            top, height = rows[0], rows[-1] + 1 - rows[0]
            lines = widget.render_lines(
                Region(area.x - region.x, top - region.y, area.width, height)
            )
            for y in rows:
                cuts = [cut for cut in self.cuts[y] if left <= cut <= right]
                pieces = lines[y - top].divide([cut - left for cut in cuts[1:]])
                for cut, piece in zip(cuts, pieces, strict=False):
                    if cut in wanted[y]:
                        wanted[y].remove(cut)
                        found[y][cut] = piece
        return cast("Pieces", found)
