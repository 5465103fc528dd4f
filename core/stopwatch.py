"""Seconds of work: a clock that stands still while the program is suspended."""

import os
import signal
import time

_standing_at: float | None = None
"""What the system's clock said when ours was stopped; None while it runs."""

_stood_s = 0.0
"""How long it has stood altogether."""


def work_s() -> float:
    """Return the seconds since some moment, without those of suspensions; any thread may ask."""
    while True:
        standing_at, stood_s = _standing_at, _stood_s
        now = time.perf_counter() if standing_at is None else standing_at
        # A suspension that began or ended in between is in one of the two figures only.
        if (standing_at, stood_s) == (_standing_at, _stood_s):
            return now - stood_s


def suspend() -> None:
    """Suspend this process, as ctrl+z does, until it is told to go on; for the main thread.

    A stop by SIGSTOP from outside cannot be noticed, and counts as work.
    """
    global _standing_at, _stood_s  # noqa: PLW0603  a process has one
    _standing_at = began = time.perf_counter()
    os.kill(os.getpid(), signal.SIGSTOP)
    _stood_s += time.perf_counter() - began
    _standing_at = None
