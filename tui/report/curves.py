"""Long curves made short: thinned so that no extreme is lost, and averaged."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_POINTS = 1200
"""Points of a curve that are drawn: about two for each dot of a wide page."""

WINDOWS = 50
"""A moving average is over this share of the steps."""


class Curve(NamedTuple):
    """Hold a curve; a gap is NaN."""

    x: Floats
    """(N,)"""
    y: Floats
    """(N,)"""


def curve_of(points: Iterable[tuple[float, float | None]]) -> Curve:
    """Make a curve of points; what is not known is a gap."""
    pairs = [(x, np.nan if y is None else y) for x, y in points]
    table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return Curve(table[:, 0], table[:, 1])


def loss_curve(losses: Mapping[int, float | None]) -> Curve:
    """Return each step's loss as a curve."""
    steps = np.fromiter(losses, np.float64, len(losses))
    values = np.array(list(losses.values()), dtype=np.float64)
    return Curve(steps, values)


def thinned(curve: Curve, most: int = MOST_POINTS) -> Curve:
    """Return a curve of at most about `most` points with the extremes and gaps of the whole one.

    Of each of `most` / 2 stretches the lowest and the highest point stay, as an oscilloscope does.
    """
    if len(curve.x) <= most:
        return curve
    edges = np.linspace(0, len(curve.x), most // 2 + 1).astype(np.int64).tolist()
    kept: set[int] = {0, len(curve.x) - 1}
    for start, end in pairwise(edges):
        part = curve.y[start:end]
        gaps = np.flatnonzero(np.isnan(part))
        kept.update(start + gap for gap in gaps[:1].tolist())
        if len(gaps) < len(part):
            kept |= {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}
    chosen = np.array(sorted(kept))
    return Curve(curve.x[chosen], curve.y[chosen])


def averaged(curve: Curve) -> Curve:
    """Return the moving average over a fiftieth of the curve; gaps are left out of it."""
    width = max(1, len(curve.x) // WINDOWS)
    known = ~np.isnan(curve.y)
    half = width // 2
    index = np.arange(len(curve.x))
    first, last = np.maximum(index - half, 0), np.minimum(index + half + 1, len(curve.x))
    sums = np.concatenate(([0.0], np.cumsum(np.where(known, curve.y, 0.0))))
    counts = np.concatenate(([0], np.cumsum(known)))
    count = counts[last] - counts[first]
    total = sums[last] - sums[first]
    return Curve(curve.x, np.where(count > 0, total / np.maximum(count, 1), np.nan))
