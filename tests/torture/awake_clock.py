"""Seconds in which this machine let the harness run: not those in which it, too, was stopped."""

import threading
import time

TICK_S, LONGEST_TICK_S = 0.05, 0.5

_awake_s = 0.0


def awake_s() -> float:
    """Return the seconds since some moment in which a thread of ours was not held up."""
    return _awake_s


def _run() -> None:
    global _awake_s
    last = time.monotonic()
    while True:
        time.sleep(TICK_S)
        now = time.monotonic()
        _awake_s += min(now - last, LONGEST_TICK_S)
        last = now


threading.Thread(target=_run, daemon=True).start()
