"""How fast training goes and how often it is clipped, from its newest reports."""

import math
from collections import deque
from typing import NamedTuple

RECENT_REPORTS = 50
"""How many reports the share of clipped steps looks back on."""

STEADY_S = 120.0
"""Seconds of training after which a report counts 1/e as much for the steady rate: what keeps a
machine busy for a moment says little of the hours to come."""


class _Report(NamedTuple):
    step: int
    steps: int
    elapsed_s: float
    clipped: int


class Pace:
    """Remember the newest reports of steps."""

    def __init__(self) -> None:
        self._recent: deque[_Report] = deque(maxlen=RECENT_REPORTS)
        self._weighed_s = self._weighed_steps = 0.0

    def __bool__(self) -> bool:
        return bool(self._recent)

    def add(self, step: int, steps: int, elapsed_s: float, clipped: int) -> None:
        """Take in a report.

        Args:
            step: The last step that it covers.
            steps: How many it covers.
            elapsed_s: Seconds of training up to that step.
            clipped: How many of its steps were clipped.
        """
        if self._recent:
            spent_s = max(0.0, elapsed_s - self._recent[-1].elapsed_s)
            kept = math.exp(-spent_s / STEADY_S)
            # A second counts as much as any other, so that reports of any length weigh the same.
            self._weighed_s = kept * self._weighed_s + STEADY_S * (1 - kept)
            rate = (step - self._recent[-1].step) / spent_s if spent_s else 0.0
            self._weighed_steps = kept * self._weighed_steps + rate * STEADY_S * (1 - kept)
        self._recent.append(_Report(step, steps, elapsed_s, clipped))

    def forget(self) -> None:
        """Begin anew, since training went back or on from elsewhere."""
        self._recent.clear()
        self._weighed_s = self._weighed_steps = 0.0

    @property
    def clipped_share(self) -> float | None:
        """Return the share of steps that were clipped, 0 to 1."""
        steps = sum(report.steps for report in self._recent)
        return sum(report.clipped for report in self._recent) / steps if steps else None

    @property
    def steady_steps_per_s(self) -> float | None:
        """Return the rate that the remaining time is told by: it changes slowly."""
        return self._weighed_steps / self._weighed_s if self._weighed_steps else None
