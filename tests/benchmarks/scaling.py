"""Training speed and memory by size, one axis at a time around the default, as tables.

    python tests/benchmarks/scaling.py [--cells lstm,gru,rnn] [--axes hidden_size,batch_size,...]
        [--rounds 5] [--seconds 1.5] [--threads 0]

Each row is a configuration: our trainer and the plain PyTorch loop of the same model on the same
made-up text, in turn, each in a process of its own. Memory is the highest that a process has had,
less that of one which trains the smallest model there is on the same text.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

import interleaved  # noqa: F401 - says what is measured

from core.benchmark.interleaved import Figure, measure
from core.benchmark.rival import SPIN_COUNT, Rival
from core.config import make_config
from core.settings import Value
from rnnstudio import SPIN_COUNT as COUNT

AXES: dict[str, tuple[int, ...]] = {
    "hidden_size": (64, 128, 256, 512, 1024, 2048),
    "batch_size": (1, 4, 16, 64, 256),
    "seq_length": (16, 64, 256, 1024),
    "vocabulary": (50, 500, 5_000, 50_000),
}
"""The values of each axis."""

SYMBOLS = 100
"""Tokens known, on the other axes."""

RIVALS: dict[str, dict[str, str | None]] = {
    "plain": {SPIN_COUNT: None},
    "fp32": {SPIN_COUNT: COUNT},
    "smallest": {SPIN_COUNT: COUNT},
}
"""Environments."""

SMALLEST: dict[str, Value] = {
    "hidden_size": 1, "num_layers": 1, "embedding_dim": 1, "batch_size": 1, "seq_length": 1,
}  # fmt: skip
"""Of the one whose memory is that of the libraries and the text."""


def peak_mebibytes(pid: int) -> float:
    """Return the most memory that a process has had, as Linux tells it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no peak is known of process {pid}")


def row(settings: dict[str, Value], symbols: int, options: argparse.Namespace) -> str:
    """Measure one configuration."""
    config = make_config(settings)
    tokens = config.batch_size * config.seq_length
    with ExitStack() as stack:
        rivals = {}
        for name, environment in RIVALS.items():
            own = settings | SMALLEST if name == "smallest" else settings
            # <unk> is a token, too.
            rival = Rival(
                name, own, seconds=options.seconds, environment=environment, symbols=symbols - 1
            )
            stack.callback(rival.end)
            rivals[name] = rival
        takes = {name: rival.rate for name, rival in rivals.items() if name != "smallest"}
        plain, ours = measure(takes, rounds=options.rounds)
        rivals["smallest"].rate()
        loaded = peak_mebibytes(rivals["smallest"].pid)
        peaks = [peak_mebibytes(rivals[name].pid) - loaded for name in ("plain", "fp32")]
    return (
        f"{text(plain, tokens):>30}{text(ours, tokens):>30}{ours.ratio(plain):8.2f}"
        f"{peaks[0]:10,.0f}{peaks[1]:10,.0f}{peaks[1] / peaks[0]:8.2f}"
    )


def text(figure: Figure, tokens: int) -> str:
    """Write the middle, lowest and highest tokens a second."""
    values = [tokens * value for value in figure.values]
    return f"{tokens * figure.median:,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def main() -> None:
    """Parse the options and print a table for each cell and axis."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--cells", default="lstm,gru,rnn")
    parser.add_argument("--axes", default=",".join(AXES))
    parser.add_argument("--values", help="of the one axis, instead of the usual ones")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    for cell in options.cells.split(","):
        for axis in options.axes.split(","):
            print(
                f"{cell + ', ' + axis:22}{'plain, tokens/s':>30}{'rnnstudio, tokens/s':>30}"
                f"{'ratio':>8}{'MiB':>10}{'MiB':>10}{'ratio':>8}"
            )
            chosen = [int(word) for word in options.values.split(",")] if options.values else ()
            for value in chosen or AXES[axis]:
                settings: dict[str, Value] = {"model_type": cell, "threads": options.threads}
                symbols = value if axis == "vocabulary" else SYMBOLS
                if axis != "vocabulary":
                    settings[axis] = value
                print(f"{value:22,}{row(settings, symbols, options)}", flush=True)


if __name__ == "__main__":
    main()
