"""What of the screen is drawn anew: rows that changed, of the widgets that can be seen there."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import cast

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class FrugalCompositor(Compositor):
    """Ask a widget for what is wanted of it only.

    Textual's own (8.2) asks every widget that touches a rectangle around all changes for all of
    its lines, covered or not: ten times as much, at each figure that changes.
    """

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """Return the pieces of each row of the screen, by the column where they begin.

        Args:
            crop: What holds all that is wanted.
            is_rendered_line: Whether a row is wanted.
        """
        left, right = crop.column_span
        wanted = {
            y: {start for start, end in pairwise(self.cuts[y]) if start < right and end > left}
            for y in crop.line_range
            if is_rendered_line(y)
        }
        found: list[dict[int, Strip | None]] = [dict.fromkeys(cuts[:-1]) for cuts in self.cuts]
        for widget, (region, clip) in self.visible_widgets.items():  # the front comes first
            area = region.intersection(clip)
            first, last = area.column_span
            rows = [
                y
                for y in area.line_range
                if y in wanted and any(first <= start < last for start in wanted[y])
            ]
            if not rows:
                continue
            top, height = rows[0], rows[-1] + 1 - rows[0]
            lines = widget.render_lines(
                Region(area.x - region.x, top - region.y, area.width, height)
            )
            for y in rows:
                cuts = [cut for cut in self.cuts[y] if first <= cut <= last]
                pieces = lines[y - top].divide([cut - first for cut in cuts[1:]])
                for start, piece in zip(cuts, pieces, strict=False):
                    if start in wanted[y]:
                        wanted[y].remove(start)
                        found[y][start] = piece
        return cast("Sequence[Mapping[int, Strip]]", found)
