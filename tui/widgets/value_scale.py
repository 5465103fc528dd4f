"""What the value axis of a chart holds: where curves are now, all there is, or its logarithm."""

import math
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from core.language import tr
from tui.widgets.plot import Curve

Scale = Literal["close", "whole", "log"]
"""Where the curves are after their first fall, everything, or that on a logarithmic axis."""

SCALES: tuple[Scale, ...] = get_args(Scale)

SCALE_NAMES: dict[Scale, str] = {
    "close": tr("close-up"),
    "whole": tr("from the start"),
    "log": tr("log"),
}

FALL = 0.1
"""The share of the way in which all losses fall steeply and alike."""


def next_scale(scale: Scale) -> Scale:
    """Return the scale that the key takes next."""
    return SCALES[(SCALES.index(scale) + 1) % len(SCALES)]


def top_after_fall(curves: Sequence[Curve]) -> float:
    """Return the largest value after the first fall, the newest of each curve among them."""
    curves = [curve for curve in curves if curve.stretches]
    furthest = max((float(curve.x[-1]) for curve in curves if len(curve.x)), default=0.0)
    later = [curve.y[curve.x >= FALL * furthest] for curve in curves]
    newest = np.array([curve.last_value() for curve in curves])
    values = np.concatenate([*later, newest])
    return float(max(values[np.isfinite(values)], default=math.inf))
