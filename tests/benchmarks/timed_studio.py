"""rnnstudio with a stop-watch on its trainer: notes when each step ended, on the wall's clock.

    python tests/benchmarks/timed_studio.py TIMES.bin [rnnstudio's arguments]
    python tests/benchmarks/timed_studio.py --late TIMES.bin [rnnstudio's arguments]

The file gets a float64 a step. Torch is loaded before the program starts; with `--late` by the
dashboard's engine, as ever, and each step is written at once.
"""

import sys
import time
from array import array
from pathlib import Path

import subject  # noqa: F401 - says what is measured

import rnnstudio

NOTE_EVERY = 5
"""Steps between writes, so that writing costs nothing that can be measured."""


def put_on(path: Path, note_every: int) -> None:
    """Put the stop-watch on the trainer, which loads torch."""
    from core.training.trainer import Trainer

    times = array("d")
    take_step = Trainer._take_step

    def timed(trainer: Trainer) -> None:
        take_step(trainer)
        times.append(time.perf_counter())
        if len(times) == note_every:
            with path.open("ab") as file:
                times.tofile(file)
            del times[:]

    Trainer._take_step = timed  # type: ignore[method-assign, assignment]


def put_on_once_loaded(path: Path) -> None:
    """Put the stop-watch on the trainer when the engine has loaded it."""
    from tui.backend import StudioBackend

    load = StudioBackend.load

    def timed(backend: StudioBackend) -> None:
        load(backend)
        put_on(path, 1)

    StudioBackend.load = timed  # type: ignore[method-assign, assignment]


def main() -> int:
    """Run the program with the stop-watch."""
    words = sys.argv[1:]
    if words[0] == "--late":
        put_on_once_loaded(Path(words[1]))
        return rnnstudio.main(words[2:])
    put_on(Path(words[0]), NOTE_EVERY)
    return rnnstudio.main(words[1:])


if __name__ == "__main__":
    sys.exit(main())
