"""What of the screen is drawn anew: rows that changed, of the widgets that can be seen there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import cast

from textual._compositor import ChopsUpdate, Compositor
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.strip import Strip

Span = tuple[int, int, int]
"""A row, where it begins to change, and where it ends to."""

Pieces = Sequence[Mapping[int, Strip]]
"""The pieces of each row of the screen, by the column where they begin."""


# Textual (8.2) remembers the colours of each widget with all that was drawn of it, a thousand
# times, though the widget is gone: they do not depend on it.
setattr(StylesCache, "get_inner_outer", classmethod(vars(StylesCache)["get_inner_outer"]))  # noqa: B010


class FrugalCompositor(Compositor):
    """Ask a widget for what is wanted of it only.

    Textual's own (8.2) asks every widget that touches a rectangle around all changes for all of
    its lines, covered or not: ten times as much, at each figure that changes.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return what is to be written where something has changed; None where nothing has."""
        changed = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not changed:
            return None
        spans = list(self._regions_to_spans(changed))
        return ChopsUpdate(self._pieces(spans), spans, [cuts[1:] for cuts in self.cuts])

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
