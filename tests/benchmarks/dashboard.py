"""What the dashboard costs and how it answers, in a real pseudo-terminal while it trains.

    python tests/benchmarks/dashboard.py speed  [--rounds 20] [--seconds 3]
    python tests/benchmarks/dashboard.py keys   [--keys 500]
    python tests/benchmarks/dashboard.py start  [--rounds 20]

`speed` compares steps a second of wall time with the dashboard open (120x40) with a headless run:
both train at once, but one stands still while the other has its turn of some seconds. What the
dashboard writes is read at once, and by the terminal emulator while none of it counts.
`keys` measures from a key's write to the arrival of the bytes that show its effect.
`start` measures from the start of the process to the end of the first frame, the line of keys, and
to the panels' contents, beside an empty Textual application.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from interleaved import Figure, measure, table
from subject import PROGRAM
from terminal import Terminal

HERE = Path(__file__).resolve().parent
STUDIO = [sys.executable, str(PROGRAM)]
TIMED = [sys.executable, str(HERE / "timed_studio.py")]
EMPTY_APP = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("ready")

Empty().run()
"""
SETTINGS = ["--sample_length", "0", "--epochs", "1000"]
WARM_UP_S = 5
SETTLING_S = 0.5
"""A turn begins so late: a program that goes on draws its whole screen first."""

LEAST_STEPS = 10


class Window(NamedTuple):
    """Hold when a program ran while its rival stood still."""

    begun: float
    ended: float

    def steps_per_s(self, times: np.ndarray) -> float:
        """Return the rate of steps that ended at some times: from the first in it to the last.

        Raises:
            ValueError: It is too short for so slow a machine.
        """
        inside = times[(times >= self.begun) & (times <= self.ended)]
        if len(inside) < LEAST_STEPS:
            raise ValueError(f"{len(inside)} steps in a turn; give it more --seconds")
        return float((len(inside) - 1) / (inside[-1] - inside[0]))


def speed(rounds: int, seconds: float) -> None:
    """Print the cost of the dashboard: both programs train, one of them at a time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [folder / "headless.bin", folder / "dashboard.bin"]
        common = [*SETTINGS, "--workspace", name]
        command = [*TIMED, str(paths[0]), "train", "--json", *common]
        headless = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        terminal = Terminal([*TIMED, str(paths[1]), *common])
        try:
            terminal.wait_for(lambda lines: any("Params" in line for line in lines), 30)
            terminal.send(" ")
            if terminal.wait_for(lambda lines: "TRAINING" in lines[0], 60) is None:
                raise TimeoutError("\n".join(terminal.screen.display))
            terminal.drain(WARM_UP_S)
            windows = take_turns([headless.pid, terminal.pid], terminal.drain, rounds, seconds)
        finally:
            for pid in (headless.pid, terminal.pid):
                os.kill(pid, signal.SIGCONT)
            terminal.close()
            headless.kill()
            headless.wait()
        titles = ["headless", "dashboard 120x40"]
        figures = []
        for title, path, taken in zip(titles, paths, windows, strict=True):
            times = np.fromfile(path)
            figures.append(Figure(title, [window.steps_per_s(times) for window in taken]))
        print(table(figures, "steps/s"))


def take_turns(
    pids: Sequence[int], wait: Callable[[float], float], rounds: int, seconds: float
) -> list[list[Window]]:
    """Let one process at a time run, the others stopped, and return the turns of each."""
    windows: list[list[Window]] = [[] for _ in pids]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    for _ in range(rounds):
        for pid, taken in zip(pids, windows, strict=True):
            os.kill(pid, signal.SIGCONT)
            wait(SETTLING_S)
            begun = time.perf_counter()
            taken.append(Window(begun, wait(seconds)))
            os.kill(pid, signal.SIGSTOP)
    return windows


def cursor_row(lines: list[str]) -> int:
    """Return the line of the settings' cursor."""
    return next((n for n, line in enumerate(lines) if "▸" in line[:4]), -1)


def moved_from(row: int) -> Callable[[list[str]], bool]:
    """Return the condition that the settings' cursor has left a line."""
    return lambda lines: cursor_row(lines) != row


def keys(count: int) -> None:
    """Print the latency of a key while training."""
    latencies = []
    with tempfile.TemporaryDirectory() as name:
        terminal = Terminal([*STUDIO, *SETTINGS, "--workspace", name])
        try:
            terminal.wait_for(lambda lines: cursor_row(lines) > 0, 30)
            terminal.send(" ")
            terminal.wait_for(lambda lines: "TRAINING" in lines[0], 60)
            terminal.drain(3)
            for number in range(count):
                terminal.drain(random.uniform(0.02, 0.15))
                row = cursor_row(terminal.screen.display)
                sent = terminal.send("k" if number % 2 else "j")
                arrived = terminal.arrival_of(moved_from(row), 5)
                latencies.append(((arrived or sent + 5) - sent) * 1000)
        finally:
            terminal.close()
    cuts = statistics.quantiles(latencies, n=100)
    print(f"{count} keys: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms")


def time_to(command: list[str], sign: str) -> float:
    """Return milliseconds from the start of a process to the bytes that show `sign`."""
    terminal = Terminal(command)
    try:
        arrived = terminal.arrival_of(lambda lines: any(sign in line for line in lines), 30)
        return ((arrived or float("nan")) - terminal.started) * 1000
    finally:
        terminal.close()


def start(rounds: int) -> None:
    """Print the time to the first frame, and to the contents of the panels."""
    with tempfile.TemporaryDirectory() as name:
        studio = [*STUDIO, "--workspace", name]
        rivals = {
            "empty Textual app": lambda: time_to([sys.executable, "-c", EMPTY_APP], "ready"),
            "rnnstudio": lambda: time_to(studio, "Quit"),
            "rnnstudio, panels filled": lambda: time_to(studio, "no runs yet"),
        }
        print(table(measure(rivals, rounds=rounds), "ms"))


def main() -> None:
    """Parse the options and print one of the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["speed", "keys", "start"])
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--keys", type=int, default=500)
    options = parser.parse_args()
    # An installed program's modules are compiled once, by pip or by its first start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    match options.what:
        case "speed":
            speed(options.rounds or 20, options.seconds)
        case "keys":
            keys(options.keys)
        case _:
            start(options.rounds or 20)


if __name__ == "__main__":
    main()
