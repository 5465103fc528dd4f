"""How far back gradients reach over training: distance downwards, steps to the right."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len

from core.events import GradientsThroughTime
from core.language import tr
from tui.widgets.axes import linear_ticks, number_texts
from tui.widgets.canvas import Canvas, Grid
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.raster import Floats

LEVELS: tuple[tuple[float, str, str], ...] = (
    (1 / 3, "█", "1/3"),
    (1e-1, "▓", ".1"),
    (1e-2, "▒", ".01"),
    (1e-3, "░", ".001"),
    (1e-6, "·", "1e-6"),
)
"""The share of the norm at distance 0 from which a cell has a sign, with the sign and its name."""

GUTTER = 6
"""Cells for the distances, as many as the charts have."""


class TimeHeat(Canvas):
    """Draw ‖∂L_T/∂h_{T−k}‖ as a share of that at k = 0, one row a distance, one column a step.

    Each share has a sign of its own, so that nothing rests on colour.
    """

    STYLES: ClassVar[tuple[str, ...]] = (
        "time--blank",
        "time--axis",
        "time--message",
        *(f"time--level-{level}" for level in range(len(LEVELS))),
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    DEFAULT_CSS = """
    TimeHeat {
        width: 1fr;
        height: 1fr;
        & > .time--axis { color: $text-muted; }
        & > .time--message { color: $text-muted; text-style: italic; }
        & > .time--level-0 { color: $accent; text-style: bold; }
        & > .time--level-1 { color: $accent 85%; }
        & > .time--level-2 { color: $accent 65%; }
        & > .time--level-3 { color: $accent 45%; }
        & > .time--level-4 { color: $accent 35%; }
    }
    """

    def __init__(self, *, glyphs: Glyphs = BRAILLE, id: str | None = None) -> None:
        super().__init__(glyphs=glyphs, id=id)
        self._seen: Sequence[GradientsThroughTime] = ()
        self._layer = 0

    def show_looks(self, looks: Sequence[GradientsThroughTime], layer: int) -> None:
        """Show what was seen of a layer, by step."""
        # Looks of another length are from before a change of the sequences' length.
        known = [seen for seen in looks if seen.lags == looks[-1].lags]
        if (known, layer) != (self._seen, self._layer):
            self._seen, self._layer = known, layer
            self.redraw()

    def draw(self, grid: Grid) -> None:
        """Paint the legend, the distances, a row for each, and the first and the last step."""
        if not self._seen or grid.height < 4 or grid.width < GUTTER + 8:
            return
        axis = self.STYLES.index("time--axis")
        self._draw_legend(grid)
        rows, columns = grid.height - 2, grid.width - GUTTER
        lags = self._seen[-1].lags
        distances = np.linspace(0, lags[-1], rows)
        levels = self._levels(distances, columns)
        signs = np.array([ord(sign) for _, sign, _ in LEVELS] + [ord(" ")], dtype=np.uint32)
        first = self.STYLES.index("time--level-0")
        styles = np.array([*range(first, first + len(LEVELS)), 0], dtype=np.int16)
        grid.codes[1 : 1 + rows, GUTTER:] = signs[levels]
        grid.styles[1 : 1 + rows, GUTTER:] = styles[levels]
        grid.fill(np.s_[1 : 1 + rows, GUTTER - 1], "│", axis)
        ticks = linear_ticks(0.0, float(max(lags[-1], 1)), max(rows // 2, 1))
        for tick, text in zip(ticks, number_texts(ticks), strict=True):
            row = 1 + round(tick / max(lags[-1], 1) * (rows - 1))
            grid.write(row, 0, text[: GUTTER - 1].rjust(GUTTER - 1) + "┤", axis)
        last = f"{self._seen[-1].step:,}"
        grid.write(grid.height - 1, GUTTER, f"{self._seen[0].step:,}", axis)
        grid.write(grid.height - 1, max(grid.width - len(last), 0), last, axis)
        grid.write(grid.height - 1, max((grid.width + GUTTER) // 2 - 2, 0), tr("step"), axis)

    def _levels(self, distances: Floats, columns: int) -> npt.NDArray[np.intp]:
        """Return the index of the level of each cell, (rows, columns)."""
        looks, lags = self._seen, np.asarray(self._seen[-1].lags, dtype=np.float64)
        norms = np.array([seen.norms[self._layer] for seen in looks], dtype=np.float64)
        whole = norms[:, :1]
        shares = np.divide(norms, whole, out=np.zeros_like(norms), where=whole > 0)
        nearest = np.abs(distances[:, None] - lags).argmin(axis=1)  # (rows,)
        steps = np.array([seen.step for seen in looks], dtype=np.float64)
        places = np.linspace(steps[0], steps[-1], columns)
        # Until the next look, what the last one saw is the best that is known.
        seen_last = np.searchsorted(steps, places, side="right") - 1
        cells = np.nan_to_num(shares[seen_last][:, nearest].T)  # (rows, columns)
        found = np.full(cells.shape, len(LEVELS), dtype=np.intp)
        for level, (least, _, _) in reversed(list(enumerate(LEVELS))):
            found[cells >= least] = level
        return found

    def _draw_legend(self, grid: Grid) -> None:
        axis = self.STYLES.index("time--axis")
        column = GUTTER
        for text in (tr("gradient reaching k tokens back, relative to k = 0:"), tr("share:")):
            if column + cell_len(text) + 40 <= grid.width:
                grid.write(0, column, text, axis)
                column += cell_len(text) + 1
                break
        for level, (_, sign, name) in enumerate(LEVELS):
            if column + len(name) + 3 > grid.width:
                break
            grid.write(0, column, sign, self.STYLES.index(f"time--level-{level}"))
            grid.write(0, column + 1, f">{name}", axis)
            column += len(name) + 4
