"""Whose turn it is to be drawn: one part of the screen at a time, so that no key waits for all."""

import math
import time
from collections.abc import Callable, Sequence

from tui.history import History

Part = Callable[[History], None]
"""Draws one part of the screen from a run's present state."""

SHARE = 0.015
"""How much of a processor the screen may take from what is trained, in the long run."""

LONGEST_WAIT_S = 0.5
"""How long the next part waits at most, whatever else this thread does."""


class Budget:
    """Say when this thread may draw again, so that it takes no more than its share."""

    def __init__(self) -> None:
        self._at, self._used = time.monotonic(), time.thread_time()
        self._left_s = 0.0
        self._allowed_at = -math.inf

    def allows(self) -> bool:
        """Tell whether what was drawn, and all else that was done, has been waited off."""
        at, used = time.monotonic(), time.thread_time()
        left_s = self._left_s + (at - self._at) * SHARE - (used - self._used)
        self._left_s = min(max(left_s, -LONGEST_WAIT_S * SHARE), LONGEST_WAIT_S * SHARE)
        self._at, self._used = at, used
        allowed = self._left_s >= 0 or at - self._allowed_at >= LONGEST_WAIT_S
        if allowed:
            self._allowed_at = at
        return allowed


class Turns:
    """Remember what each part was drawn from, and which has waited longest."""

    def __init__(self) -> None:
        self._budget = Budget()
        self._drawn: dict[Part, tuple[int, int]] = {}  # what was drawn last comes last

    def draw_all(self, parts: Sequence[Part], history: History) -> None:
        """Draw every part."""
        for part in parts:
            self._draw(part, history)

    def draw_next(self, parts: Sequence[Part], history: History) -> None:
        """Draw the part that has waited longest among those that have not shown the newest."""
        order = list(self._drawn)
        waiting = self.waiting(parts, history)
        if waiting and self._budget.allows():
            self._draw(min(waiting, key=lambda p: order.index(p) if p in order else -1), history)

    def waiting(self, parts: Sequence[Part], history: History) -> list[Part]:
        """Return the parts that have not shown the newest."""
        return [part for part in parts if self._drawn.get(part) != _state(history)]

    def _draw(self, part: Part, history: History) -> None:
        self._drawn.pop(part, None)
        self._drawn[part] = _state(history)
        part(history)


def _state(history: History) -> tuple[int, int]:
    return id(history), history.version
