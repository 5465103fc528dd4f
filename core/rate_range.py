"""What a learning-rate range test measures, and the rate that is read off it; no torch here.

Smith 2017 (Cyclical Learning Rates, arXiv:1506.01186, section 3.3), with the exponential growth
and the smoothed loss of fastai (Howard & Gugger 2020, arXiv:2002.04688).
"""

import math
from collections.abc import Sequence

import msgspec

LOWEST_RATE, HIGHEST_RATE, STEPS = 1e-6, 1.0, 150
"""Where a test begins and ends if nothing else is asked for, and how many steps it takes."""

SMOOTHING = 0.9
"""Weight of the past in the smoothed loss: about the last ten steps count."""

DIVERGED = 4.0
"""A test ends where the smoothed loss is this many times its lowest value, as fastai's does."""

BELOW_LOWEST = 10.0
"""What the rate of the lowest smoothed loss is divided by: there the loss is about to rise."""

SETTLED = 10
"""Steps after which the smoothed loss is smooth."""

LEAST_FALL = 0.01
"""A loss that has fallen by a smaller share than this suggests nothing."""


class RangePoint(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one step of the test."""

    step: int
    """From 1."""
    learning_rate: float
    loss: float | None
    """Before the step, in mean nats per token or text; None where it is not finite."""
    smoothed: float | None
    """Exponential moving mean of the losses so far, corrected for its start."""


def growing_rates(lowest: float, highest: float, steps: int) -> list[float]:
    """Return rates that grow by the same factor at each step.

    Args:
        lowest: The first one, above 0.
        highest: The last one, above the first.
        steps: How many, at least 2.
    """
    factor = math.log(highest / lowest) / (steps - 1)
    return [lowest * math.exp(factor * step) for step in range(steps)]


class Smoothing:
    """Smooth losses as they come, and keep the lowest."""

    def __init__(self) -> None:
        self._mean = 0.0
        self._count = 0
        self.lowest = math.inf
        """Lowest smoothed loss so far."""

    def add(self, loss: float) -> float:
        """Take in a loss and return the smoothed one (corrected as by Kingma & Ba 2015, section 3).

        Args:
            loss: Finite.
        """
        self._count += 1
        self._mean = SMOOTHING * self._mean + (1 - SMOOTHING) * loss
        smoothed = self._mean / (1 - SMOOTHING**self._count)
        self.lowest = min(self.lowest, smoothed)
        return smoothed


def suggested_rate(points: Sequence[RangePoint]) -> float | None:
    """Return the geometric mean of the two rates that are usually read off the curve.

    They are the rate at which the smoothed loss falls fastest from step to step, and a tenth of
    the rate at which it is lowest (fastai's `steep` and `minimum`). The first is often too careful
    and the second too bold.

    Args:
        points: Of one test, in their order.

    Returns:
        The rate in two digits, or None where the loss has never fallen by `LEAST_FALL` of where it
        began.
    """
    known = [(p.smoothed, p.learning_rate) for p in points if p.smoothed is not None]
    known = known[SETTLED:]
    lowest, at = min(((loss, at) for at, (loss, _) in enumerate(known)), default=(math.inf, 0))
    if not known or lowest > known[0][0] * (1 - LEAST_FALL):
        return None
    falls = [(known[n + 1][0] - known[n - 1][0], n) for n in range(1, at)]
    steepest = known[min(falls)[1]][1] if falls else known[at][1]
    return float(f"{math.sqrt(steepest * known[at][1] / BELOW_LOWEST):.1e}")
