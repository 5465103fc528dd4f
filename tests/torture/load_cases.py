"""The dashboard in a terminal, under load: how soon it answers, and how much memory it takes."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import NamedTuple

from awake_clock import awake_s
from pseudo_terminal import PseudoTerminal

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

MIB = 1024


def _take_terminal() -> None:
    """Make the terminal that is stdin the process's own, whose new sizes it is told."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Studio:
    """Run a program of ours in a terminal of its own."""

    def __init__(self, *words: str, columns: int = 120, lines: int = 40) -> None:
        self.terminal = PseudoTerminal(columns=columns, lines=lines)
        where = self.terminal.open()
        folders = (ROOT, ROOT / "tests", HERE)
        self.process = subprocess.Popen(
            [sys.executable, *words], stdin=where, stdout=where, stderr=where,
            start_new_session=True, preexec_fn=_take_terminal, cwd=ROOT,
            env={**os.environ, "LANGUAGE": "en", "TERM": "xterm-256color",
                 "PYTHONPATH": os.pathsep.join(map(str, folders))},
        )  # fmt: skip
        os.close(where)

    def until(self, words: bytes, limit_s: float = 60) -> None:
        """Wait until the screen shows some words, which it did not before.

        Raises:
            AssertionError: It did not in time.
        """
        start = len(self.terminal.sent)
        shown = self.terminal.until(lambda sent: words in sent, limit_s, max(0, start - 2000))
        assert shown, (words, bytes(self.terminal.sent[-2000:]))

    def answers_within(self, key: bytes, words: bytes, limit_s: float = 20) -> float:
        """Press a key and return the seconds until some words are sent; infinite if never."""
        start, begun = len(self.terminal.sent), time.perf_counter()
        self.terminal.type(key)
        while time.perf_counter() - begun < limit_s:
            if words in self.terminal.sent[start:]:
                return time.perf_counter() - begun
            time.sleep(0.002)
        return float("inf")

    @property
    def memory_kib(self) -> int:
        """What it holds in memory, in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    @property
    def peak_kib(self) -> int:
        """The most that it has held in memory, in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])

    def end(self) -> int:
        """Ask it to end by a signal, and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.terminal.hang_up()


class Flooded(NamedTuple):
    """Say what a flood of events has done."""

    answers_s: list[float]
    """How long each key took."""
    grown_mib: float
    """How much the peak of memory lies above what was held before."""


def flooded(root: Path, seconds: float, rate: int = 100_000, *naive: str) -> Flooded:
    """Press keys while events come, and look at the memory."""
    root.mkdir(parents=True, exist_ok=True)
    studio = Studio(str(HERE / "load_studio.py"), str(root), str(seconds), str(rate), *naive)
    try:
        studio.until(b"READY")
        time.sleep(1)
        before, begun, answers = studio.memory_kib, awake_s(), []
        studio.terminal.type(b" ")
        time.sleep(1)
        while awake_s() - begun < seconds:
            answers.append(studio.answers_within(b"?", b"params.apply"))
            answers.append(studio.answers_within(b"\x1b", b"lr_floor"))
            time.sleep(0.1)
        return Flooded(answers, (studio.peak_kib - before) / MIB)
    finally:
        studio.end()
