"""What the dashboard costs and how it answers, in a real pseudo-terminal while it trains.

    python tests/benchmarks/dashboard.py speed  [--rounds 5] [--seconds 15]
    python tests/benchmarks/dashboard.py keys   [--keys 500]
    python tests/benchmarks/dashboard.py start  [--rounds 20]

`speed` compares steps a second of wall time with the dashboard open (120x40, its screen read by a
terminal emulator in this process only now and then) with a headless run, in turn. `keys` measures
from a key's write to the arrival of the bytes that show its effect. `start` measures from the
start of the process to the end of the first frame, the line of keys, and to the panels' contents,
beside an empty Textual application.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path

from interleaved import measure, table
from terminal import Terminal

HERE = Path(__file__).resolve().parent
STUDIO = [sys.executable, str(HERE.parents[1] / "rnnstudio.py")]
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
WARM_UP_STEPS = 40


def steps_per_s(times: Path) -> float:
    """Return the rate that a file of step times shows, its beginning left out."""
    noted = array("d")
    noted.frombytes(times.read_bytes())
    counted = noted[WARM_UP_STEPS:]
    return (len(counted) - 1) / (counted[-1] - counted[0])


def headless(folder: Path, seconds: float) -> float:
    """Train without a screen and return steps a second."""
    times = folder / f"headless-{time.monotonic_ns()}"
    limit = ["--max_seconds", str(seconds)]
    command = [*TIMED, str(times), "train", "--json", *SETTINGS, *limit, "--workspace", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return steps_per_s(times)


def with_dashboard(folder: Path, seconds: float) -> float:
    """Train with the dashboard open and return steps a second."""
    times = folder / f"dashboard-{time.monotonic_ns()}"
    terminal = Terminal([*TIMED, str(times), *SETTINGS, "--workspace", str(folder)])
    try:
        terminal.wait_for(lambda lines: any("Params" in line for line in lines), 30)
        terminal.send(" ")
        terminal.wait_for(lambda lines: "TRAINING" in lines[0], 60)
        terminal.drain(seconds)
    finally:
        terminal.close()
    return steps_per_s(times)


def speed(rounds: int, seconds: float) -> None:
    """Print the cost of the dashboard."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rivals = {
            "headless": lambda: headless(folder, seconds),
            "dashboard 120x40": lambda: with_dashboard(folder, seconds),
        }
        print(table(measure(rivals, rounds=rounds, warm_up=0), "steps/s"))


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
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--keys", type=int, default=500)
    options = parser.parse_args()
    # An installed program's modules are compiled once, by pip or by its first start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    match options.what:
        case "speed":
            speed(options.rounds or 5, options.seconds)
        case "keys":
            keys(options.keys)
        case _:
            start(options.rounds or 20)


if __name__ == "__main__":
    main()
