"""rnnstudio with a stop-watch on its trainer: notes when each step ended, on the wall's clock.

    python tests/benchmarks/timed_studio.py TIMES.bin [rnnstudio's arguments]

The file gets a float64 a step. Torch is loaded before the program starts.
"""

import sys
import time
from array import array
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import rnnstudio
from core.training.trainer import Trainer

NOTE_EVERY = 5
"""Steps between writes, so that writing costs nothing that can be measured."""


def main() -> int:
    """Run the program with the stop-watch."""
    path = Path(sys.argv[1])
    times = array("d")
    take_step = Trainer._take_step

    def timed(trainer: Trainer) -> None:
        take_step(trainer)
        times.append(time.perf_counter())
        if len(times) == NOTE_EVERY:
            with path.open("ab") as file:
                times.tofile(file)
            del times[:]

    Trainer._take_step = timed  # type: ignore[method-assign, assignment]
    return rnnstudio.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
