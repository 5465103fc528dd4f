"""What a preset reaches in a given time of training: nats a character on the end of a text.

    python tests/benchmarks/quality.py --data_file TEXT [--seconds 5,300] [--seeds 5]
        [--first_seed 0] [--preset fast] [--set SETTING=VALUE]

Each run is `rnnstudio train` in a process and a workspace of its own. The figure is the last
evaluation's, on the whole last tenth of the text with the state carried through it, which training
has not seen; nothing is chosen by it. Seconds are the program's own count of training: imports,
evaluations, samples and looks inside are not in it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from typing import NamedTuple

from subject import PROGRAM


class Reached(NamedTuple):
    """Hold what a run has come to."""

    nats: float
    """Mean loss on the held-out end of the text, nats a character."""
    steps: int
    epochs: float
    """Passes over the training text."""
    tokens_per_s: float
    """Over all of the training time."""
    seconds: float
    """Of training."""


def train(options: argparse.Namespace, seconds: float, seed: int) -> Reached:
    """Train a run of some seconds and return what it has reached.

    Raises:
        CalledProcessError: The run failed; what it said stands above.
    """
    words = ["--preset", options.preset, "--data_file", options.data_file, "--json"]
    words += ["--max_seconds", f"{seconds:g}", "--seed", str(seed)]
    for pair in options.set:
        name, _, value = pair.partition("=")
        words += [f"--{name}", value]
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), "train", *words],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=os.environ | {"RNNSTUDIO_HOME": home},
        )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    begun = next(event for event in events if event["type"] == "RunStarted")
    steps = [event for event in events if event["type"] == "StepsDone"][-1]
    nats = [event["val_loss"] for event in events if event["type"] == "Evaluated"][-1]
    tokens, elapsed_s = steps["tokens"], steps["elapsed_s"]
    return Reached(
        nats, steps["step"], tokens / begun["train_tokens"], tokens / elapsed_s, elapsed_s
    )


def spread(values: list[float], form: str) -> str:
    """Write the median and, in brackets, the smallest and the largest value."""
    middle = statistics.median(values)
    return f"{middle:{form}} ({min(values):{form}} to {max(values):{form}})"


def main() -> None:
    """Parse the options, and print a line for each run and one for each length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data_file", required=True, help="the text, such as tiny Shakespeare")
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--seconds", default="5,300", help="training times, after each other")
    parser.add_argument("--seeds", type=int, default=5, help="runs of each length")
    parser.add_argument("--first_seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE")
    options = parser.parse_args()
    for seconds in map(float, options.seconds.split(",")):
        runs = []
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            run = train(options, seconds, seed)
            runs.append(run)
            print(
                f"{seconds:g} s, seed {seed}: {run.nats:.4f} nats a character, "
                f"{run.steps:,} steps, {run.epochs:.2f} epochs, {run.tokens_per_s:,.0f} tokens/s, "
                f"{run.seconds:.2f} s",
                flush=True,
            )
        nats = spread([run.nats for run in runs], ".4f")
        rates = spread([run.tokens_per_s for run in runs], ",.0f")
        print(f"{seconds:g} s, {len(runs)} seeds: {nats} nats a character, {rates} tokens/s")


if __name__ == "__main__":
    main()
