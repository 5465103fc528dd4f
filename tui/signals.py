"""What a signal does here: the run is saved, the terminal restored, the exit code tells it."""

import os
import signal
import sys
import termios
from collections.abc import Callable
from types import FrameType

GRACE_S = 12.0
"""How long saving and leaving may take before the process ends regardless."""

RESTORE = (
    b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[0m"
)
"""Leaves the alternate screen, shows the cursor, ends mouse, focus and paste reports."""


class SignalGuard:
    """Turn SIGINT, SIGTERM and SIGHUP into an orderly end.

    The handlers run even while the event loop is stuck on a stalled terminal; the loop, where it
    still turns, looks at `signal` and leaves. Where it does not, an alarm ends the process.
    """

    def __init__(self, ask_to_end: Callable[[], None]) -> None:
        """Prepare the handlers.

        Args:
            ask_to_end: Asks the engine to save and end; must return at once.
        """
        self._ask_to_end = ask_to_end
        self._attributes: list[int | list[bytes | int]] | None = None
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

    @property
    def exit_code(self) -> int:
        """The exit code that tells the signal; 0 if there was none."""
        return 128 + self.signal if self.signal else 0

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self.signal:
            self.signal = number
            signal.setitimer(signal.ITIMER_REAL, GRACE_S)
        self._ask_to_end()

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        try:
            os.set_blocking(sys.stderr.fileno(), False)
            os.write(sys.stderr.fileno(), RESTORE)
            if self._attributes is not None:
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._attributes)
        finally:
            os._exit(self.exit_code)
