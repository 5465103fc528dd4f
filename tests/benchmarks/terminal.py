"""A program in a real pseudo-terminal, its screen kept by a terminal emulator as bytes arrive."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import pyte


class _AnsweringScreen(pyte.Screen):
    """A screen whose answers to what a program asks are typed."""

    def __init__(self, columns: int, rows: int, type_: Callable[[str], None]) -> None:
        super().__init__(columns, rows)
        self._type = type_

    def write_process_input(self, data: str) -> None:
        """Type an answer."""
        self._type(data)


class Terminal:
    """Run a command in a pseudo-terminal of its own.

    Args:
        command: The program and its arguments.
        columns: Width.
        rows: Height.
        environment: Variables beside those of this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = _AnsweringScreen(columns, rows, self._type)
        self._stream = pyte.ByteStream(self.screen)
        self.started = time.perf_counter()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.environ.update(environment or {}, TERM="xterm-256color", COLORTERM="truecolor")
            os.execvp(command[0], list(command))
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def _type(self, text: str) -> None:
        with suppress(OSError):
            os.write(self._master, text.encode())

    def send(self, keys: str) -> float:
        """Type keys, and return when."""
        os.write(self._master, keys.encode())
        return time.perf_counter()

    def read(self, timeout_s: float) -> float | None:
        """Take in what has arrived, waiting for it at most `timeout_s`; return when it came."""
        ready, _, _ = select.select([self._master], [], [], max(timeout_s, 0))
        if not ready:
            return None
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return None
        arrived = time.perf_counter()
        self._stream.feed(data)
        return arrived

    def wait_for(self, condition: Callable[[list[str]], bool], timeout_s: float) -> float | None:
        """Read until the screen's lines meet a condition; return when the bytes for it came."""
        deadline = time.perf_counter() + timeout_s
        while (left := deadline - time.perf_counter()) > 0:
            arrived = self.read(left)
            if arrived is not None and condition(self.screen.display):
                return arrived
        return None

    def arrival_of(
        self, condition: Callable[[list[str]], bool], timeout_s: float, slice_s: float = 0.06
    ) -> float | None:
        """Return when the bytes came that make the screen's lines meet a condition.

        The emulator is slow and needs a processor: it reads them after they were noted, a slice
        of time at once, so that it delays neither the program nor the clock.
        """
        deadline = time.perf_counter() + timeout_s
        while time.perf_counter() < deadline:
            for arrived, data in self._noted(slice_s):
                self._stream.feed(data)
                if condition(self.screen.display):
                    return arrived
        return None

    def _noted(self, seconds: float) -> list[tuple[float, bytes]]:
        """Return what arrives for some time, each piece with when it came."""
        pieces = []
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            if select.select([self._master], [], [], left)[0]:
                data = os.read(self._master, 1 << 16)
                pieces.append((time.perf_counter(), data))
        return pieces

    def drain(self, seconds: float) -> float:
        """Take bytes for some time as a terminal at the far end of a network does.

        The emulator reads them afterwards: it takes half as much of a processor as the dashboard.

        Returns:
            When the time was over.
        """
        pieces = self._noted(seconds)
        ended = time.perf_counter()
        for _, data in pieces:
            self._stream.feed(data)
        return ended

    def close(self) -> None:
        """End the program."""
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.perf_counter() + 20
        while time.perf_counter() < deadline:
            self.read(0.05)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
