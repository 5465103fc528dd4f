"""What a chart shows, as plain values: curves, marks, a level, a window and a crosshair."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from core.language import tr
from tui.widgets.axes import (
    clock,
    linear_ticks,
    nice_step,
    number_texts,
    short_number,
    time_texts,
    time_ticks,
)
from tui.widgets.raster import Floats, Stroke

Role = Literal["train", "val", "overlay-1", "overlay-2", "overlay-3", "overlay-4", "ghost"]
"""What a curve is, which says its colour; a ghost is of a branch that was left."""


@dataclass(frozen=True)
class Curve:
    """Give one curve to draw."""

    label: str
    """What the legend calls it, displayable; empty to leave it out."""
    x: Floats
    """Positions, in ascending order."""
    y: Floats
    """Values; one that is not finite is a gap."""
    role: Role
    stroke: Stroke = "solid"
    """Stipple is the texture for noise: it lies under the others and may be cut off."""
    point: str = ""
    """A sign drawn at each point, for curves with few of them."""
    sign: str = ""
    """A sign drawn on the line now and then, to tell it from others without colour."""
    stretches: bool = True
    """Whether the value axis stretches to it; otherwise it shows only where the others are."""

    def value_at(self, x: float) -> float:
        """Return the curve's height at a position; NaN in a gap and outside of the curve."""
        if not len(self.x):
            return np.nan
        return float(np.interp(x, self.x, self.y, left=np.nan, right=np.nan))

    def last_value(self) -> float:
        """Return the newest value that is not a gap, NaN if there is none."""
        known = self.y[-64:][~np.isnan(self.y[-64:])]
        return float(known[-1]) if len(known) else np.nan


@dataclass(frozen=True)
class MarkLine:
    """Give a vertical line with a label."""

    x: float
    label: str
    alarming: bool = False
    """Whether it stands for something gone wrong."""


@dataclass(frozen=True)
class LevelLine:
    """Give a horizontal line with a label, to compare the curves with."""

    value: float
    label: str
    """What it stands for, displayable."""
    always_in_view: bool = True
    """Whether the value axis stretches to it; otherwise it shows only where the curves are."""


@dataclass(frozen=True)
class XAxis:
    """Say how positions are counted."""

    unit: str = "step"
    """What the crosshair's readout calls it."""
    clock: bool = False
    """Whether positions are seconds."""
    decades: bool = False
    """Whether positions are logarithms to the base 10."""

    def ticks(self, start: float, end: float, count: int) -> list[float]:
        """Return round positions between two ends."""
        if self.clock:
            return time_ticks(start, end, count)
        if self.decades:
            return linear_ticks(start, end, count, step=max(1.0, nice_step(end - start, count)))
        ticks = linear_ticks(start, end, count)
        if self._is_whole and len(ticks) > 1 and ticks[1] - ticks[0] < 1:
            return linear_ticks(start, end, count, step=1.0)
        return ticks

    def texts(self, ticks: Sequence[float]) -> list[str]:
        """Write positions below the axis."""
        if self.clock:
            return time_texts(ticks)
        return [f"1e{tick:.0f}" for tick in ticks] if self.decades else number_texts(ticks)

    def readout(self, x: float) -> str:
        """Say a position in words."""
        if self.decades:
            return f"{self.unit} {10.0**x:.2g}"
        if self.clock:
            position = clock(x) if x >= 60 else f"{x:.1f}s"
        else:
            position = f"{x:,.0f}" if self._is_whole else f"{x:.2f}"
        match self.unit:
            case "step":
                return tr("step {position}", position=position)
            case "epoch":
                return tr("epoch {position}", position=position)
            case "time":
                return tr("time {position}", position=position)
            case "tokens back":
                return tr("tokens back {position}", position=position)
            case _:
                return f"{self.unit} {position}"

    @property
    def _is_whole(self) -> bool:
        """Whether there is nothing between two whole positions."""
        return self.unit in ("step", "tokens back")


@dataclass(frozen=True)
class Plot:
    """Give everything that one picture of a chart is made from."""

    curves: Sequence[Curve] = ()
    """The later ones lie above the earlier ones."""
    start: float = 0.0
    """Position of the left edge."""
    end: float = 1.0
    """Position of the right edge."""
    marks: Sequence[MarkLine] = ()
    level: float | None = None
    """A value to draw a dashed horizontal line at."""
    levels: Sequence[LevelLine] = ()
    """Lines to compare the curves with, once there is one."""
    crosshair: float | None = None
    """Position to read the values at; None for no crosshair."""
    log: bool = False
    """Whether the value axis is logarithmic; values that are not positive are gaps then."""
    x_axis: XAxis = field(default_factory=XAxis)
    unit: str = ""
    """What stands behind the values: nothing, or %."""
    fit_to: float = math.inf
    """The largest value that the value axis has to hold; curves are cut off above it."""
    most: float = math.inf
    """The largest value that makes sense; the axis names no larger one."""
    message: str = ""
    """What to say while there is no curve, displayable."""

    @property
    def newest(self) -> float:
        """The position that the curves have come to; the left edge where there is none."""
        return max(
            (float(curve.x[-1]) for curve in self.curves if len(curve.x)), default=self.start
        )


def value_text(value: float, unit: str = "") -> str:
    """Write a loss or a perplexity with three decimals or four digits, a percentage with one.

    Trailing zeros stay, so that a value that changes does not change its width.
    """
    if not np.isfinite(value):
        return "inf" if value > 0 else "—"
    if unit:
        return f"{value:.1f}{unit}"
    size = abs(value)
    if size >= 9999.5 or 0 < size < 5e-4:
        return short_number(value)
    digits = 3 if size < 9.9995 else 2 if size < 99.995 else 1 if size < 999.95 else 0
    return f"{value:.{digits}f}"
