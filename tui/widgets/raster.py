"""From curves to dots: however many points there are, each column of dots keeps their extent."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Dots = npt.NDArray[np.bool_]

Stroke = Literal["solid", "dashed", "dotted", "stipple"]
"""How a curve is told from others without colour; stipple is a light texture for noise."""


LARGEST = 1e100
"""What is not smaller counts as infinite, so that no sum or product with it overflows."""


class Extent(NamedTuple):
    """Say what a curve covers in each column of dots."""

    low: Floats
    """Smallest value in the column; NaN where there is none."""
    high: Floats
    joined: Dots
    """Whether the curve goes on from a column to the next; one shorter."""


def extent_of(x: Floats, y: Floats, start: float, end: float, columns: int) -> Extent:
    """Reduce a curve to its extent in each of `columns` columns from `start` to `end`.

    Columns between two points are filled by the straight line; what is not finite leaves a gap.

    Args:
        x: Positions, in ascending order.
        y: Values; one that is not finite is a gap.
        start: Left edge of the first column.
        end: Right edge of the last column, above `start`.
        columns: Columns of dots, at least 1.
    """
    nothing = np.full(columns, np.nan)
    # One point beyond either edge, for the lines that cross it.
    first = max(0, int(np.searchsorted(x, start)) - 1)
    last = int(np.searchsorted(x, end, side="right")) + 1
    x, y = x[first:last], np.where(np.abs(y[first:last]) < LARGEST, y[first:last], np.nan)
    if not len(x):
        return Extent(nothing, nothing, np.zeros(columns - 1, dtype=bool))
    where = (x - start) * (columns / (end - start))
    centres = np.arange(columns) + 0.5
    low = np.interp(centres, where, y, left=np.nan, right=np.nan)
    high = low.copy()
    edge = np.interp(np.arange(1, columns), where, y, left=np.nan, right=np.nan)
    inside = (x >= start) & (x <= end)
    if inside.any():
        column = np.minimum(where[inside].astype(np.intp), columns - 1)
        begins = np.concatenate(([0], np.flatnonzero(np.diff(column)) + 1))
        taken = column[begins]
        low[taken] = np.fmin.reduceat(y[inside], begins)
        high[taken] = np.fmax.reduceat(y[inside], begins)
    return Extent(low, high, np.isfinite(edge))


def dots_of(extent: Extent, bottom: float, top: float, rows: int, stroke: Stroke) -> Dots:
    """Set the dots that a curve covers, (rows, columns), the first row on top.

    Args:
        extent: What the curve covers.
        bottom: Value at the lower edge.
        top: Value at the upper edge, above `bottom`.
        rows: Rows of dots.
        stroke: Which of the dots to leave out.
    """
    scale = rows / (top - bottom)
    drawn = np.isfinite(extent.low)
    # Rows count downwards; what lies outside is kept just outside, so that joins stay right.
    upper = _row_of(np.where(drawn, top - extent.high, np.inf) * scale, rows)
    lower = _row_of(np.where(drawn, top - extent.low, -np.inf) * scale, rows)
    _close_gaps(upper, lower, extent.joined & drawn[1:] & drawn[:-1])
    row = np.arange(rows)[:, None]
    dots: Dots = (row >= upper) & (row <= lower)
    dots &= drawn
    if stroke != "solid":
        dots &= _pattern(row, np.arange(len(upper)), stroke)
    return dots


def _row_of(distance: Floats, rows: int) -> npt.NDArray[np.intp]:
    return np.clip(np.floor(distance), -1, rows).astype(np.intp)


def _close_gaps(upper: npt.NDArray[np.intp], lower: npt.NDArray[np.intp], joined: Dots) -> None:
    """Lengthen neighbouring columns towards each other until they touch."""
    left_lower, left_upper = lower[:-1].copy(), upper[:-1].copy()
    right_lower, right_upper = lower[1:].copy(), upper[1:].copy()
    falls = joined & (right_upper > left_lower + 1)
    rises = joined & (left_upper > right_lower + 1)
    middle = np.where(falls, (left_lower + right_upper) // 2, (right_lower + left_upper) // 2)
    lower[:-1] = np.where(falls, np.maximum(lower[:-1], middle), lower[:-1])
    upper[1:] = np.where(falls, np.minimum(upper[1:], middle + 1), upper[1:])
    upper[:-1] = np.where(rises, np.minimum(upper[:-1], middle + 1), upper[:-1])
    lower[1:] = np.where(rises, np.maximum(lower[1:], middle), lower[1:])


def _pattern(row: npt.NDArray[np.intp], column: npt.NDArray[np.intp], stroke: Stroke) -> Dots:
    """Choose dots so that a line stays broken whichever way it runs."""
    if stroke == "stipple":
        return np.asarray((row + column) % 2 == 0)
    along = column + 2 * row
    return np.asarray(along % 6 < 4) if stroke == "dashed" else np.asarray(along % 3 == 0)
