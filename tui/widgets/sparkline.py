"""A small graph without axes: a line of blocks for a text, or a filled area of dots."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from rich.cells import cell_len

from tui.widgets.axes import short_number
from tui.widgets.canvas import Canvas, Grid
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.raster import LARGEST, Floats

_RAMP = "▁▂▃▄▅▆▇"
"""Never a full cell, so that graphs in neighbouring lines do not touch."""


def buckets(values: Sequence[float] | Floats, count: int) -> Floats:
    """Reduce values to at most `count` means, the newest last; NaN where a bucket knows none."""
    known = np.asarray(values, dtype=np.float64)
    known = np.where(np.abs(known) < LARGEST, known, np.nan)
    if len(known) <= count:
        return known
    edges = np.linspace(0, len(known), count + 1).astype(np.intp)
    present = np.isfinite(known)
    totals = np.add.reduceat(np.where(present, known, 0.0), edges[:-1])
    counts = np.add.reduceat(present.astype(np.float64), edges[:-1])
    means: Floats = np.divide(totals, counts, out=np.full(count, np.nan), where=counts > 0)
    return means


def spark_text(values: Sequence[float] | Floats, width: int) -> str:
    """Write values as blocks of seven heights, from the smallest to the largest of them.

    Args:
        values: The oldest first; NaN and infinities leave a blank.
        width: Most cells to take.
    """
    means = buckets(values, max(width, 1))
    known = means[np.isfinite(means)]
    if not len(known):
        return ""
    low, span = float(known.min()), float(np.ptp(known))
    # A flat line lies in the middle rather than on the ground, where it would read as zero.
    heights = (means - low) / span if span else np.full(len(means), 0.5)
    top = len(_RAMP) - 1
    return "".join(
        _RAMP[round(height * top)] if np.isfinite(mean) else " "
        for mean, height in zip(means.tolist(), heights.tolist(), strict=True)
    )


class Sparkline(Canvas):
    """Draw a heading with the newest value and, below it, the course as a filled area."""

    STYLES: ClassVar[tuple[str, ...]] = (
        "spark--blank",
        "spark--label",
        "spark--value",
        "spark--low",
        "spark--middle",
        "spark--high",
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    DEFAULT_CSS = """
    Sparkline {
        width: 1fr;
        height: 1fr;
        & > .spark--label { color: $text-muted; }
        & > .spark--value { color: $foreground; text-style: bold; }
        & > .spark--low { color: $primary 35%; }
        & > .spark--middle { color: $primary 60%; }
        & > .spark--high { color: $primary; }
    }
    """

    def __init__(
        self,
        label: str,
        *,
        from_zero: bool = True,
        glyphs: Glyphs = BRAILLE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make an empty graph.

        Args:
            label: What is drawn, displayable.
            from_zero: Whether the ground stands for 0 rather than for the smallest value.
            glyphs: What to draw with.
            id: Textual's id of the widget.
            classes: Textual's classes of the widget.
        """
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self._label = label
        self._from_zero = from_zero
        self._values: Floats = np.empty(0)
        self._value_text = ""

    def show_values(self, values: Sequence[float] | Floats, value_text: str = "") -> None:
        """Show other values, the oldest first.

        Args:
            values: What to draw; NaN and infinities leave a gap.
            value_text: How the newest one reads; written from the last value if left out.
        """
        self._values = np.array(values, dtype=np.float64)
        newest = self._values[-1] if len(self._values) else np.nan
        self._value_text = value_text or short_number(float(newest))
        self.redraw()

    def draw(self, grid: Grid) -> None:
        """Paint the heading, if there is a row to spare, and the area."""
        heading = 1 if grid.height > 1 else 0
        if heading:
            grid.write(0, 0, self._label, self.STYLES.index("spark--label"))
            column = max(grid.width - len(self._value_text), cell_len(self._label) + 1)
            grid.write(0, column, self._value_text, self.STYLES.index("spark--value"))
        rows = grid.height - heading
        heights = self._heights(grid.width * self.glyphs.dot_columns, rows * self.glyphs.dot_rows)
        if not len(heights):
            return
        row = np.arange(rows * self.glyphs.dot_rows)[::-1, None]
        dots = row < heights
        grid.codes[heading:] = self.glyphs.cells(dots)
        first = self.STYLES.index("spark--low")
        for index in range(rows):
            level = (rows - 1 - index) * 3 // max(rows, 1)
            grid.styles[heading + index] = first + min(level, 2)

    def _heights(self, columns: int, rows: int) -> Floats:
        """Return how many dots each column has, flush right."""
        means = buckets(self._values, columns)
        known = means[np.isfinite(means)]
        if not len(known):
            return np.empty(0)
        low = min(0.0, float(known.min())) if self._from_zero else float(known.min())
        span = float(known.max()) - low or 1.0
        heights = np.full(columns, 0.0)
        # Every known value has at least one dot, so that a gap is told from a small value.
        shares = np.maximum(np.ceil((means - low) / span * rows), 1.0)
        heights[columns - len(means) :] = np.where(np.isfinite(means), shares, 0.0)
        return heights
