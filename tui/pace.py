"""How fast training goes and how often it is clipped, from its newest reports."""

from collections import deque
from typing import NamedTuple

RECENT_REPORTS = 50
"""How many reports the share of clipped steps and the remaining time look back on."""


class _Report(NamedTuple):
    step: int
    steps: int
    elapsed_s: float
    clipped: int


class Pace:
    """Remember the newest reports of steps."""

    def __init__(self) -> None:
        self._recent: deque[_Report] = deque(maxlen=RECENT_REPORTS)

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
        self._recent.append(_Report(step, steps, elapsed_s, clipped))

    def forget(self) -> None:
        """Begin anew, since training went back or on from elsewhere."""
        self._recent.clear()

    @property
    def clipped_share(self) -> float | None:
        """Return the share of steps that were clipped, 0 to 1."""
        steps = sum(report.steps for report in self._recent)
        return sum(report.clipped for report in self._recent) / steps if steps else None

    @property
    def steps_per_s(self) -> float | None:
        """Return the rate in steps per second of training."""
        if len(self._recent) < 2:
            return None
        first, last = self._recent[0], self._recent[-1]
        elapsed_s = last.elapsed_s - first.elapsed_s
        return (last.step - first.step) / elapsed_s if elapsed_s > 0 else None
