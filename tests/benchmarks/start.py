"""How soon the program answers after it is started, in processes of their own.

    python tests/benchmarks/start.py help      [--rounds 20]
    python tests/benchmarks/start.py step      [--rounds 5] [--cells lstm]
    python tests/benchmarks/start.py generate  [--rounds 7] [--cells lstm]
    python tests/benchmarks/start.py commands  [--rounds 7] [--program FILE]

`help` times `rnnstudio --help` beside an interpreter that imports argparse and msgspec, and ends.
`step` measures in the dashboard, in a pseudo-terminal, from the key `space` to the end of the
first training step: pressed as soon as the first frame is there, while torch is still being
loaded, and pressed three seconds later. `generate` measures from the start of
`rnnstudio generate` to its first character. `commands` times whole commands that need a model, a
small one, beside an interpreter that imports torch and ends: less than that is not to be had. An
experiment has three runs of two steps. All count modules that are compiled already.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from array import array
from functools import partial
from pathlib import Path

from interleaved import measure, table
from subject import PROGRAM
from terminal import Terminal

HERE = Path(__file__).resolve().parent
STUDIO = [sys.executable, str(PROGRAM)]
TIMED = [sys.executable, str(HERE / "timed_studio.py")]
BARE = [sys.executable, "-c", "import argparse, msgspec"]
TORCH_LOADED_S = 3.0
"""How long after the first frame torch is surely there."""


def run_time(command: list[str]) -> float:
    """Return the milliseconds that a process takes from start to end."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


def first_character(command: list[str]) -> float:
    """Return the milliseconds from the start of a process to its first character."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        first = os.read(process.stdout.fileno(), 1)
        arrived = time.perf_counter()
        process.communicate()
    if not first or process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return (arrived - started) * 1000


def first_step(folder: Path, cell: str, wait_s: float) -> float:
    """Return the milliseconds from the key `space` to the end of the first step.

    Args:
        folder: The workspace.
        cell: The kind of cell that is trained.
        wait_s: Seconds between the first frame and the key.
    """
    times = folder / f"steps-{time.monotonic_ns()}"
    words = ["--workspace", str(folder), "--model_type", cell, "--sample_length", "0"]
    # No torch before the program has it loaded itself: the stop-watch is put on afterwards.
    command = [*TIMED, "--late", str(times), *words]
    terminal = Terminal(command)
    try:
        terminal.wait_for(lambda lines: any("Params" in line for line in lines), 30)
        terminal.drain(wait_s)
        pressed = terminal.send(" ")
        deadline = time.perf_counter() + 60
        while not times.exists() or not times.stat().st_size:
            if time.perf_counter() > deadline:
                raise RuntimeError("no step within a minute")
            terminal.drain(0.02)
    finally:
        terminal.close()
    noted = array("d")
    noted.frombytes(times.read_bytes())
    return (noted[0] - pressed) * 1000


def print_help(rounds: int) -> None:
    """Print what help costs."""
    rivals = {
        "import argparse, msgspec": lambda: run_time(BARE),
        "rnnstudio --help": lambda: run_time([*STUDIO, "--help"]),
    }
    print(table(measure(rivals, rounds=rounds), "ms"))


def print_step(rounds: int, cell: str) -> None:
    """Print the time to the first step."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rivals = {
            "space at the first frame": lambda: first_step(folder, cell, 0),
            "space once torch is there": lambda: first_step(folder, cell, TORCH_LOADED_S),
        }
        print(table(measure(rivals, rounds=rounds), "ms"))


def print_generate(rounds: int, cell: str) -> None:
    """Print the time to the first character."""
    with tempfile.TemporaryDirectory() as name:
        where = ["--workspace", name]
        train = [*STUDIO, "train", "--max_steps", "20", "--model_type", cell, *where]
        subprocess.run(train, check=True, stdout=subprocess.DEVNULL)
        command = [*STUDIO, "generate", "1", *where]
        rivals = {"rnnstudio generate": lambda: first_character(command)}
        print(table(measure(rivals, rounds=rounds), "ms"))


def print_commands(rounds: int, program: str) -> None:
    """Print what each command that needs a model takes, beside the import of torch."""
    studio = [sys.executable, program]
    small = ["--preset", "tiny", "--max_steps", "2", "--sample_length", "0"]
    with tempfile.TemporaryDirectory() as name:
        where = ["--workspace", name]
        subprocess.run([*studio, "train", *small, *where], check=True, stdout=subprocess.DEVNULL)
        commands = {
            "train": small,
            "generate": ["1", "--max_length", "20"],
            "evaluate": ["1"],
            "inspect": ["1"],
            "experiment": ["model-types", *small],
        }
        rivals = {"import torch": lambda: run_time([sys.executable, "-c", "import torch"])}
        for command, words in commands.items():
            line = [*studio, command, *words, *where]
            rivals[f"rnnstudio {command}"] = partial(run_time, line)
        print(table(measure(rivals, rounds=rounds), "ms"))


def main() -> None:
    """Parse the options and print one of the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["help", "step", "generate", "commands"])
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--program", default=str(PROGRAM))
    parser.add_argument("--cells", choices=["lstm", "gru", "rnn"], default="lstm")
    options = parser.parse_args()
    # An installed program's modules are compiled once, by pip or by its first start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    match options.what:
        case "help":
            print_help(options.rounds or 20)
        case "step":
            print_step(options.rounds or 5, options.cells)
        case "commands":
            print_commands(options.rounds or 7, options.program)
        case _:
            print_generate(options.rounds or 7, options.cells)


if __name__ == "__main__":
    main()
