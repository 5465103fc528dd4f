"""How the dashboard answers over a narrow line: a key while training, and leaving.

    python tests/benchmarks/narrow.py [--bytes_per_s 2500] [--keys 12] [--buffer 100000]

A terminal takes so many bytes a second, behind a buffer as SSH and the network have one: what the
program writes is taken from it at once and waits there. Without a buffer (0) the program itself
waits. The terminal tells where its cursor is when it is asked, once it has taken the question.
Times are from a key's write to the bytes that show its effect, and from the answer to the question
how to leave to the end of the program. `--program` names another rnnstudio to compare with.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable

from subject import PROGRAM
from terminal import Terminal

TICK_S = 0.02


class NarrowTerminal(Terminal):
    """Take a bounded number of bytes a second from the far end of a buffer."""

    def __init__(self, command: list[str], bytes_per_s: float, buffer: int) -> None:
        """Start a program in it.

        Args:
            command: The program.
            bytes_per_s: What the line carries.
            buffer: Bytes that may wait on the way.
        """
        super().__init__(command)
        self._bytes_per_s, self._buffer = bytes_per_s, max(buffer, 1)
        self._waiting: deque[bytes] = deque()
        self._lock = threading.Lock()
        self.taken = 0
        threading.Thread(target=self._fill, daemon=True).start()

    def _fill(self) -> None:
        while True:
            if sum(map(len, self._waiting)) >= self._buffer:
                time.sleep(TICK_S)
                continue
            try:
                data = os.read(self._master, min(self._buffer, 4096))
            except OSError:
                return
            with self._lock:
                self._waiting.append(data)

    def take(self, seconds: float) -> None:
        """Let the line carry what it can in some time."""
        ended = time.perf_counter() + seconds
        while (now := time.perf_counter()) < ended:
            step = min(TICK_S, ended - now)
            time.sleep(step)
            self._carry(max(int(self._bytes_per_s * step), 1))

    def _carry(self, room: int) -> None:
        while room and self._waiting:
            with self._lock:
                data = self._waiting.popleft()
                if len(data) > room:
                    self._waiting.appendleft(data[room:])
            given, room = data[:room], room - len(data[:room])
            self.taken += len(given)
            self._stream.feed(given)

    def until(self, holds: Callable[[list[str]], bool], limit_s: float) -> float:
        """Return seconds until the screen's lines meet a condition, `limit_s` at most."""
        started = time.perf_counter()
        while time.perf_counter() - started < limit_s and not holds(self.screen.display):
            self.take(TICK_S)
        return time.perf_counter() - started

    def end(self, limit_s: float) -> float:
        """Return seconds until the program has ended and all that it wrote was taken."""
        started = time.perf_counter()
        while time.perf_counter() - started < limit_s:
            self.take(TICK_S)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                while self._waiting:
                    self.take(TICK_S)
                break
        return time.perf_counter() - started


def cursor_row(lines: list[str]) -> int:
    """Return the line of the settings' cursor."""
    return next((n for n, line in enumerate(lines) if "▸" in line[:4]), -1)


def moved_from(row: int) -> Callable[[list[str]], bool]:
    """Return the condition that the settings' cursor can be seen on another line."""
    return lambda lines: cursor_row(lines) not in (row, -1)


def main() -> None:
    """Print the latencies."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bytes_per_s", type=float, default=2500)
    parser.add_argument("--keys", type=int, default=12)
    parser.add_argument("--buffer", type=int, default=100_000)
    parser.add_argument("--program", default=str(PROGRAM))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, options.program, "--preset", "tiny", "--epochs", "100000"]
        terminal = NarrowTerminal(
            [*command, "--workspace", name], options.bytes_per_s, options.buffer
        )
        first = terminal.until(lambda lines: cursor_row(lines) > 0, 120)
        terminal.send(" ")
        started = terminal.until(lambda lines: "TRAINING" in lines[0], 120)
        terminal.take(15)
        latencies = []
        for number in range(options.keys):
            terminal.take(random.uniform(0.5, 3))
            row = cursor_row(terminal.screen.display)
            terminal.send("k" if number % 2 else "j")
            latencies.append(terminal.until(moved_from(row), 60))
        terminal.send("q")
        terminal.take(3)
        terminal.send("s")
        left = terminal.end(90)
    print(f"{options.bytes_per_s:g} bytes/s behind a buffer of {options.buffer} bytes")
    print(f"panels after {first:.1f} s, training on screen {started:.1f} s after the key")
    print(f"keys: median {statistics.median(latencies):.2f} s, slowest {max(latencies):.2f} s")
    print(f"left in {left:.1f} s")


if __name__ == "__main__":
    main()
