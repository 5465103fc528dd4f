"""What signals do to a command: end it by the usual exit code, or ask a run to save and end."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from core.stopwatch import suspend

if TYPE_CHECKING:
    from core.control import Control

SAME_PRESS_S = 0.2
"""A program that wraps ours may pass one ctrl+c on a second time, this soon at most."""

SHOW_CURSOR = "\x1b[?25h"


class EndedBySignal(BaseException):
    """Unwind a command because of a signal; not an error that `except Exception` may keep."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        """The signal's number."""


@contextmanager
def unwinding() -> Iterator[None]:
    """Turn the signals that end a program into `EndedBySignal` while the block runs."""

    def unwind(number: int, _frame: FrameType | None) -> None:
        raise EndedBySignal(number)

    with _handled(unwind):
        yield


class StopSignals:
    """Pass signals to a run as the wish to save and end; a second ctrl+c ends the process.

    Args:
        control: The run's.
    """

    def __init__(self, control: "Control") -> None:
        self._control = control
        self._first_at = 0.0
        self._unwinds = False
        self.number: int | None = None
        """The first signal that came, if any."""

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Take the signals while the block runs; only the main thread can."""
        with _handled(self._handle), _suspending():
            yield

    @contextmanager
    def unwinding(self) -> Iterator[None]:
        """Let a signal also end the block, in which nothing can be lost, by `EndedBySignal`."""
        self._unwinds = True
        try:
            yield
        finally:
            self._unwinds = False

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.number is None:
            self.number, self._first_at = number, now
            self._control.stop("signal")
            if self._unwinds:
                raise EndedBySignal(number)
        elif number == signal.SIGINT and now - self._first_at > SAME_PRESS_S:
            end_at_once(128 + number)


def end_at_once(exit_code: int) -> None:
    """End the process without saving anything; the terminal gets its cursor back."""
    _send(f"{SHOW_CURSOR}\n")
    os._exit(exit_code)


def _send(text: str) -> None:
    """Write to the terminal, unless it takes nothing at the moment."""
    if sys.stdout is not None and sys.stdout.isatty():
        number = sys.stdout.fileno()
        # A handler that waits for it would keep the program from ending or standing still.
        if select.select([], [number], [], 0)[1]:
            os.write(number, text.encode())


@contextmanager
def _handled(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Install a handler for all of our signals, and put back what was there before."""
    before = {}
    for number in _ending_signals():
        # nohup asks for this; a shell's background job, in contrast, may be ended by SIGINT.
        if number.name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN:
            continue
        before[number] = signal.signal(number, handle) or signal.SIG_DFL
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _suspending() -> Iterator[None]:
    """While the block runs, let ctrl+z stop the clock of work too, and show the cursor."""

    def stand(_number: int, _frame: FrameType | None) -> None:
        _send(SHOW_CURSOR)
        suspend()

    # Whoever started us may want it to be ignored.
    if not hasattr(signal, "SIGTSTP") or signal.getsignal(signal.SIGTSTP) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTSTP, stand)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)


def _ending_signals() -> list[signal.Signals]:
    """Return the signals that end a program; there is no SIGHUP on Windows."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]
