"""How far a large text is read: megabytes done and how fast, not too often."""

import time
from collections.abc import Callable

from core.control import ShouldStop, StopRequested
from core.events import Phase
from core.language import tr

EVERY_S = 0.1
"""How often it is told."""

Report = Callable[[Phase, str, float | None], None]
"""Told the phase, a few words about it, and the share done."""


class ReadingProgress:
    """Tell how far something is, or give it up.

    Args:
        report: Told how far it is.
        should_stop: Asked whether to give up.
    """

    def __init__(self, report: Report, should_stop: ShouldStop) -> None:
        self._report = report
        self._should_stop = should_stop
        self._before = 0

    def begin(self, phase: Phase, what: str, size: int) -> None:
        """Begin with something of `size` bytes, and call it `what`."""
        self._phase: Phase = phase
        self._what, self._size = what, size
        self._before = 0
        self._began = time.monotonic()
        self._told = float("-inf")
        self.told(0)

    def part(self, size: int) -> Callable[[int], None]:
        """Return what is told how many bytes of the next part, of `size` bytes, are done."""
        before = self._before
        self._before += size
        return lambda done: self.told(before + done)

    def told(self, done: int) -> None:
        """Take how many bytes are done.

        Raises:
            StopRequested: The user does not want to wait.
        """
        self.look()
        now = time.monotonic()
        if now - self._told < EVERY_S and done < self._size:
            return
        self._told = now
        rate = done / max(now - self._began, 1e-3)
        detail = tr(
            "{what}, {done:,.0f} of {size:,.0f} MB, {rate:,.0f} MB/s",
            what=self._what,
            done=done / 1e6,
            size=self._size / 1e6,
            rate=rate / 1e6,
        )
        self._report(self._phase, detail, min(1.0, done / max(1, self._size)))

    def look(self) -> None:
        """Give up where the user wants it.

        Raises:
            StopRequested: The user does not want to wait.
        """
        if self._should_stop():
            raise StopRequested
