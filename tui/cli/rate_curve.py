"""The curve of a learning-rate range test as text: loss over the logarithm of the rate."""

import math
from collections.abc import Sequence

import numpy as np

from tui.widgets.glyphs import BRAILLE
from tui.widgets.raster import dots_of, extent_of

ROWS = 12
"""Lines that the curve is drawn in."""

GUTTER = 7
"""Cells of the value axis, its line included."""

HEADROOM = 0.25
"""How far above its first loss the curve is drawn, as a share of its fall: a diverging end would
otherwise flatten all that is of interest."""


def curve_lines(
    rates: Sequence[float], losses: Sequence[float], mark: float | None, width: int
) -> list[str]:
    """Draw the curve with its axes.

    Args:
        rates: In ascending order, above 0; at least two.
        losses: The smoothed loss at each.
        mark: A rate to point at on the axis.
        width: Cells that a line may take.
    """
    columns = max(width - GUTTER, 10)
    start, end = math.log10(rates[0]), math.log10(rates[-1])
    low, first = min(losses), losses[0]
    fall = max(first - low, abs(first) * 0.05, 1e-6)
    top, bottom = max(first, low) + HEADROOM * fall, low - HEADROOM * fall / 4
    extent = extent_of(
        np.log10(np.array(rates)), np.array(losses), start, end, columns * BRAILLE.dot_columns
    )
    dots = dots_of(extent, bottom, top, ROWS * BRAILLE.dot_rows, "solid")
    cells = BRAILLE.cells(dots)
    lines = []
    for row in range(ROWS):
        value = top - (row + 0.5) * (top - bottom) / ROWS
        label = f"{value:.2f}" if row % 3 == 1 else ""
        drawn = "".join(chr(code) for code in cells[row])
        lines.append(f"{label:>{GUTTER - 2}} │{drawn}".rstrip())
    ends = (start, end, columns)
    axis = ["─"] * columns
    if mark is not None:
        axis[_column(math.log10(mark), *ends)] = "▲"
    return [*lines, " " * (GUTTER - 1) + "└" + "".join(axis), _decades(*ends)]


def _column(position: float, start: float, end: float, columns: int) -> int:
    return min(max(int((position - start) / (end - start) * columns), 0), columns - 1)


def _decades(start: float, end: float, columns: int) -> str:
    """Write the powers of ten below the axis, as many as there is room for."""
    line = " " * (GUTTER + columns)
    for power in range(math.ceil(start - 1e-9), math.floor(end + 1e-9) + 1):
        label = f"{10.0**power:g}"
        at = min(GUTTER + _column(power, start, end, columns), len(line) - len(label))
        if not line[max(at - 1, 0) : at + len(label)].strip():
            line = line[:at] + label + line[at + len(label) :]
    return line.rstrip()
