"""When to look inside of a model that trains: seldom enough that training hardly notices."""

import time
from collections.abc import Callable

from core.events import Emit
from core.training.task import Task

LEAST_S = 1.0
"""Seconds between two looks, at least."""

SHARE = 0.015
"""Share of the time that looks themselves may take; the steps after one are slower, too, for its
values have driven theirs out of the caches, and together that stays below 2 %."""

LOOKS_A_RUN = 500
"""A long run is looked at about this often, and less than ln(its length) times as often again."""


class Probes:
    """Look inside now and then.

    Args:
        emit: Takes what was seen.
        clock: Tells the time in seconds.
    """

    def __init__(self, emit: Emit, clock: Callable[[], float] = time.perf_counter) -> None:
        self._emit = emit
        self._clock = clock
        self._next = clock()
        self.last_step: int | None = None
        """The steps taken at the last look; None before the first."""

    def is_due(self) -> bool:
        """Tell whether enough time has gone by since the last look."""
        return self._clock() >= self._next

    def look(self, task: Task, step: int, elapsed_s: float) -> None:
        """Look inside, and set when to do so again.

        Args:
            task: Knows what there is to see.
            step: Steps taken.
            elapsed_s: Seconds of training so far.
        """
        start = self._clock()
        for event in task.look(step):
            self._emit(event)
        self.last_step = step
        end = self._clock()
        self._next = end + max(LEAST_S, (end - start) / SHARE, elapsed_s / LOOKS_A_RUN)
