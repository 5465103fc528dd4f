"""A terminal for a program to be put into: it keeps what is sent, and knows its own state."""

import fcntl
import os
import pty
import re
import select
import struct
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

RESTORED = {
    "25": True, "7": True, "1049": False, "1000": False, "1003": False, "1006": False,
    "1015": False, "1004": False, "2004": False, "2048": False, "1016": False,
}  # fmt: skip
"""Private modes as a shell wants them: cursor and line wrap, and none of what a dashboard needs."""


def fill(path: Path) -> None:
    """Leave no room in a terminal or a pipe."""
    number = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with suppress(BlockingIOError):
        while True:
            os.write(number, bytes(1))
    os.close(number)


class PseudoTerminal:
    """Read all that is sent to a terminal, in a thread; also what nobody else would read."""

    def __init__(self, *, columns: int = 120, lines: int = 40, reads: bool = True) -> None:
        """Open it.

        Args:
            columns: Its width.
            lines: Its height.
            reads: Whether what is sent is read at once; otherwise from `read_on`.
        """
        self.leader, self._follower = pty.openpty()
        self.name = os.ttyname(self._follower)
        self.resize(columns, lines)
        self._attributes = termios.tcgetattr(self._follower)
        self.sent = bytearray()
        self._ends, self._reads = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        if reads:
            self.read_on()
        else:
            self.stall()

    def open(self) -> int:
        """Return a file number to put a program into; it does not become our own terminal."""
        return os.open(self.name, os.O_RDWR | os.O_NOCTTY)

    def read_on(self) -> None:
        """Begin to read."""
        self._reads.set()

    def stall(self) -> None:
        """Read no more, and have no room for anything that is sent from now on."""
        self._reads.clear()
        time.sleep(0.1)
        fill(Path(self.name))

    def resize(self, columns: int, lines: int) -> None:
        """Give it another size; the program is told by a signal."""
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, data: bytes) -> None:
        """Type some bytes."""
        os.write(self.leader, data)

    def until(self, holds: Callable[[bytes], object], limit_s: float = 60, start: int = 0) -> bool:
        """Wait until something holds of what was sent from a position on; tell whether it does."""
        limit = time.monotonic() + limit_s
        while not holds(bytes(self.sent[start:])):
            if time.monotonic() > limit:
                return False
            time.sleep(0.01)
        return True

    def hang_up(self) -> None:
        """Go away, as a closed window or a lost connection does."""
        self._ends.set()
        self._thread.join()
        os.close(self._follower)
        os.close(self.leader)

    def left_over(self) -> list[str]:
        """Say what of its state is not as it was before the program."""
        time.sleep(0.1)  # The thread reads what came last.
        modes = dict(RESTORED)
        for numbers, letter in re.findall(rb"\x1b\[\?([\d;]+)([hl])", self.sent):
            modes |= dict.fromkeys(numbers.decode().split(";"), letter == b"h")
        found = [f"mode {number} is {on}" for number, on in modes.items()
                 if on != RESTORED.get(number, on)]  # fmt: skip
        keyboards = len(re.findall(rb"\x1b\[>\d+u", self.sent))
        if keyboards > len(re.findall(rb"\x1b\[<u", self.sent)):
            found.append("the keyboard protocol is on")
        if termios.tcgetattr(self._follower) != self._attributes:
            found.append("stty is another")
        return found

    def _read(self) -> None:
        while not self._ends.is_set():
            if not self._reads.wait(0.05):
                continue
            if select.select([self.leader], [], [], 0.05)[0]:
                try:
                    data = os.read(self.leader, 2**16)
                    self.sent += data
                    os.write(self.leader, b"\x1b[1;1R" * data.count(b"\x1b[6n"))
                except OSError:
                    return
