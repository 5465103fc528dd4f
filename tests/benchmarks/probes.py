"""What looking inside costs: training speed with the probes on, beside the same run without them.

python tests/benchmarks/probes.py [--rounds 5] [--seconds 12] [--cells lstm,gru,rnn]
"""

import argparse
import time
from functools import partial

import torch
from interleaved import measure, table

from core.benchmark.rival import make_trainer
from core.config import make_config
from core.text.corpora import BUILTIN_CORPORA
from core.text.corpus import make_corpus
from core.training.trainer import Trainer


def rate(trainer: Trainer, seconds: float) -> float:
    """Train for some seconds, looking inside when it is due; return steps a second."""
    start, steps = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        if trainer.progress.batch >= trainer.task.steps_per_epoch - 2:
            trainer.progress.batch = 1
        trainer._take_step()
        trainer._look_if_due()
        steps += 1
    return steps / (time.perf_counter() - start)


def compare(cell: str, *, rounds: int, seconds: float) -> str:
    """Measure both and return the table."""
    rivals = {}
    for name, probes in (("probes off", False), ("probes on", True)):
        config = make_config({"model_type": cell, "probes": probes})
        corpus = make_corpus("benchmark", BUILTIN_CORPORA[config.corpus].text(), config)
        rivals[name] = partial(rate, make_trainer(config, corpus), seconds)
    return table(measure(rivals, rounds=rounds), "steps/s")


def main() -> None:
    """Parse the options and print a table for each cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--cells", default="lstm,gru,rnn")
    options = parser.parse_args()
    for cell in options.cells.split(","):
        print(f"{cell}, {torch.get_num_threads()} threads")
        print(compare(cell, rounds=options.rounds, seconds=options.seconds), flush=True)


if __name__ == "__main__":
    main()
