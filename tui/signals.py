"""What a signal does here: the run is saved, the terminal restored, the exit code tells it."""

import os
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from tui.lost_terminal import leave_lost_terminal

GRACE_S = 12
"""How long saving and leaving may take before the process ends regardless."""

LEAVING_S = 5
"""The same once nothing is left to save, as over a terminal that has stopped reading."""

RESTORE = (
    b"\x18\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[0m"
)
"""Cancels a sequence that was cut off, leaves the alternate screen, shows the cursor, wraps lines,
ends mouse, focus, paste and size reports."""

RESTORE_TRIES = 50
"""How often a terminal that takes nothing is asked to take that, 10 ms apart."""


class SignalGuard:
    """Turn SIGINT, SIGTERM and SIGHUP into an orderly end.

    The handlers run even while the event loop is stuck on a stalled terminal; the loop, where it
    still turns, looks at `signal` and leaves. Where it does not, an alarm ends the process.
    """

    def __init__(self, ask_to_end: Callable[[], None], is_saving: Callable[[], bool]) -> None:
        """Prepare the handlers.

        Args:
            ask_to_end: Asks the engine to save and end; must return at once.
            is_saving: Tells whether the engine still has to; must return at once.
        """
        self._ask_to_end = ask_to_end
        self._is_saving = is_saving
        self._attributes: list[int | list[bytes | int]] | None = None
        self._seconds = 0
        self.signal = 0
        """The first signal that came; 0 while none did."""

    def install(self) -> None:
        """Take over the signals; call it in the main thread before the screen begins."""
        try:
            self._attributes = termios.tcgetattr(sys.stdin.fileno())
        except (OSError, ValueError, termios.error):
            self._attributes = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGALRM, self._on_alarm)

    def disarm(self) -> None:
        """Let no alarm end the process any more, since it is about to end by itself."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    @property
    def exit_code(self) -> int:
        """The exit code that tells the signal; 0 if there was none."""
        return 128 + self.signal if self.signal else 0

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self.signal:
            self.signal = number
            # Counted by the second, so that one in which the process is suspended is only one.
            signal.setitimer(signal.ITIMER_REAL, 1, 1)
        self._ask_to_end()
        if number == signal.SIGHUP:
            leave_lost_terminal()

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        self._seconds += 1
        if self._seconds < (GRACE_S if self._is_saving() else LEAVING_S):
            return
        try:
            if self._attributes is not None:
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._attributes)
            _restore(sys.stderr.fileno())
        finally:
            os._exit(self.exit_code)


def _restore(terminal: int) -> None:
    """Bring a terminal back that may have stopped reading, in place of what still waits for it."""
    ours = os.dup(terminal)
    os.dup2(os.open(os.devnull, os.O_WRONLY), terminal)
    os.set_blocking(ours, False)
    signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        for _ in range(RESTORE_TRIES):
            _interrupt_writers()
            termios.tcflush(ours, termios.TCOFLUSH)
            with suppress(BlockingIOError):
                if os.write(ours, RESTORE) == len(RESTORE):
                    return
            time.sleep(0.01)
    finally:
        os.set_blocking(ours, True)  # the shell has it, too


def _interrupt_writers() -> None:
    """Let threads that wait in a write to the terminal, which locks out others, begin it anew."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and thread.ident is not None:
            signal.pthread_kill(thread.ident, signal.SIGALRM)
