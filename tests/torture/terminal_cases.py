"""A program in a terminal of its own, all that it sends being kept."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Terminal:
    """Run a Python program in a pseudo-terminal and keep what it sends."""

    def __init__(self, *words: str, columns: int = 120, lines: int = 40) -> None:
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        folders = (ROOT, ROOT / "tests", ROOT / "tests" / "torture")
        self.process = subprocess.Popen(
            [sys.executable, *words],
            stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": ":".join(map(str, folders))},
        )  # fmt: skip
        os.close(follower)
        self.sent = b""

    def type(self, data: bytes) -> None:
        """Type some bytes."""
        os.write(self.leader, data)

    def until(self, words: bytes, limit_s: float = 60) -> None:
        """Read until some words appear."""
        limit = time.monotonic() + limit_s
        while words not in self.sent:
            assert time.monotonic() < limit, (words, self.sent[-2000:])
            if select.select([self.leader], [], [], 0.1)[0]:
                self.sent += os.read(self.leader, 2**16)

    def settle(self, quiet_s: float = 0.2, limit_s: float = 30) -> bool:
        """Read until nothing comes for a moment; tell whether the program still runs."""
        limit = time.monotonic() + limit_s
        while time.monotonic() < limit and select.select([self.leader], [], [], quiet_s)[0]:
            try:
                self.sent += os.read(self.leader, 2**16)
            except OSError:
                return False
        return self.process.poll() is None

    def end(self, limit_s: float = 600) -> int:
        """Read to the end and return the exit code."""
        limit = time.monotonic() + limit_s
        while time.monotonic() < limit:
            if not select.select([self.leader], [], [], 1)[0]:
                continue
            try:
                data = os.read(self.leader, 2**16)
            except OSError:
                break
            if not data:
                break
            self.sent += data
        else:
            self.process.kill()
        os.close(self.leader)
        return self.process.wait(20)
