"""Training speed without a screen, beside a plain PyTorch loop of the same model.

    python tests/benchmarks/train.py [--rounds 9] [--seconds 2] [--cells lstm,gru,rnn]
        [--sizes default,large,small,forced,wide] [--rivals plain,fp32,bf16,torch]

All train on the same batches, in turn, each in a process of its own: the plain loop as Python
starts it, ours as `rnnstudio` does. The trainer's time holds all that it does at a step: data,
forward, backward, clipping, Adam, checks, events. The share is that of the floating-point
operations in a large fp32 product of torch's, measured in the same rounds.
"""

import argparse

from interleaved import table

from core.benchmark.comparison import Comparison, compare
from core.benchmark.interleaved import Figure
from core.benchmark.rival import SPIN_COUNT
from core.settings import Value
from rnnstudio import SPIN_COUNT as COUNT

SIZES: dict[str, dict[str, Value]] = {
    "default": {},
    "large": {"hidden_size": 512, "num_layers": 3, "batch_size": 64, "seq_length": 128},
    "small": {"hidden_size": 128},
    "wide": {"hidden_size": 1024, "num_layers": 3, "batch_size": 128},
    "forced": {"teacher_forcing_ratio": 0.5},
}
"""Settings by the name of a size."""

NAMES = {
    "plain": "plain PyTorch loop",
    "fp32": "rnnstudio",
    "bf16": "rnnstudio, bf16",
    "torch": "rnnstudio, not compiled",
}


def text(found: Comparison) -> str:
    """Write the rates, and their shares of the ceiling, as text."""
    rates = [Figure(NAMES[name], figure.values) for name, figure in found.rates.items()]
    shares = [f"{NAMES[name]}: {found.share(name):.0%}" for name in found.rates]
    product = f"large product {found.ceiling / 1e9:.0f} GFLOP/s"
    return f"{table(rates, 'tokens/s')}\n{product}; of that, {', '.join(shares)}"


def main() -> None:
    """Parse the options and print a table for each size and cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--cells", default="lstm,gru,rnn")
    parser.add_argument("--sizes", default="default")
    parser.add_argument("--rivals", default="plain,fp32,bf16,torch")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    for size in options.sizes.split(","):
        for cell in options.cells.split(","):
            print(f"{cell}, {size}, {options.threads or 'all'} threads", flush=True)
            found = compare(
                {**SIZES[size], "model_type": cell, "threads": options.threads},
                options.rivals.split(","),
                rounds=options.rounds,
                seconds=options.seconds,
                ours={SPIN_COUNT: COUNT},
            )
            print(text(found), flush=True)


if __name__ == "__main__":
    main()
