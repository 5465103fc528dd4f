"""Training speed without a screen, beside a plain PyTorch loop of the same model.

    python tests/benchmarks/train.py [--rounds 9] [--seconds 2] [--cells lstm,gru,rnn]
        [--sizes default,large,small] [--rivals plain,fp32,bf16,torch]

All train on the same batches, in turn, each in a process of its own: the plain loop as Python
starts it, ours as `rnnstudio` does. The trainer's time holds all that it does at a step: data,
forward, backward, clipping, Adam, checks, events. The share is that of the floating-point
operations in a large fp32 product of torch's, measured in the same rounds.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
import torch.nn.functional as F
from interleaved import Figure, measure, table
from torch import nn

from core.config import Config, make_config
from core.control import Control
from core.events import CheckpointSaved, Event, encode_event
from core.settings import Value
from core.text.corpora import BUILTIN_CORPORA
from core.text.corpus import Corpus, make_corpus
from core.text.loaders import StreamBatches
from core.training.checkpoint import Checkpoint
from core.training.trainer import Trainer
from rnnstudio import SPIN_COUNT

GATES = {"rnn": 1, "lstm": 4, "gru": 3}

SIZES: dict[str, dict[str, Value]] = {
    "default": {},
    "large": {"hidden_size": 512, "num_layers": 3, "batch_size": 64, "seq_length": 128},
    "small": {"hidden_size": 128},
}
"""Settings by the name of a size."""

RIVALS = {
    "plain": ("plain PyTorch loop", {}, {}),
    "fp32": ("rnnstudio", {}, {"GOMP_SPINCOUNT": SPIN_COUNT}),
    "bf16": ("rnnstudio, bf16", {"precision": "bf16"}, {"GOMP_SPINCOUNT": SPIN_COUNT}),
    "torch": (
        "rnnstudio, not compiled",
        {},
        {"GOMP_SPINCOUNT": SPIN_COUNT, "RNNSTUDIO_KERNELS": "torch"},
    ),
}
"""What a rival is called, its settings and its environment."""

PRODUCT = 2048
"""Rows and columns of the large product."""


class PlainModel(nn.Module):
    """The same network in the fewest lines: embedding, recurrence, dropout, linear."""

    def __init__(self, config: Config, vocab_size: int) -> None:
        super().__init__()
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[config.model_type]
        self.embedding = nn.Embedding(vocab_size, config.embedding_dim)
        self.recurrence = kind(
            config.embedding_dim,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            dropout=config.dropout,
        )
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(config.hidden_size, vocab_size)

    def forward(self, x: torch.Tensor, state: object) -> tuple[torch.Tensor, object]:
        """Return logits (B, T, V) and the state."""
        hidden, state = self.recurrence(self.embedding(x), state)
        return self.output(self.dropout(hidden)), state


class PlainLoop:
    """The training loop that one would write by hand."""

    def __init__(self, config: Config, corpus: Corpus) -> None:
        self._config = config
        self._model = PlainModel(config, len(corpus.vocabulary))
        self._optimizer = torch.optim.Adam(self._model.parameters(), lr=config.learning_rate)
        self._batches = StreamBatches(
            corpus.train, batch_size=config.batch_size, seq_length=config.seq_length
        )
        self._state: object = None
        self._step = 0

    def steps(self, count: int) -> None:
        """Take some steps."""
        for _ in range(count):
            x, y = self._batches.batch(0, self._step % (len(self._batches) - 1))
            self._step += 1
            self._optimizer.zero_grad()
            logits, state = self._model(x, self._state)
            loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(self._model.parameters(), self._config.max_grad_norm)
            self._optimizer.step()
            tensors = state if isinstance(state, tuple) else (state,)
            carried = tuple(tensor.detach() for tensor in tensors)
            self._state = carried if isinstance(state, tuple) else carried[0]
            loss.item()


def make_trainer(config: Config, corpus: Corpus) -> Trainer:
    """Make a trainer whose events are encoded, as for a script that reads them."""

    def emit(event: Event) -> None:
        encode_event(event)

    def save(checkpoint: Checkpoint, is_best: bool) -> CheckpointSaved:
        raise AssertionError("no checkpoint falls into the measured steps")

    return Trainer(config, corpus, name="benchmark", emit=emit, control=Control(), save=save)


def train_plain(config: Config, corpus: Corpus) -> Callable[[], None]:
    """Return what takes a step of the plain loop."""
    plain = PlainLoop(config, corpus)
    return lambda: plain.steps(1)


def train_ours(config: Config, corpus: Corpus) -> Callable[[], None]:
    """Return what takes a step of ours."""
    trainer = make_trainer(config, corpus)
    last = len(corpus.train) // (config.batch_size * config.seq_length) - 2

    def step() -> None:
        if trainer.progress.batch >= last:
            trainer.progress.batch = 1
        trainer._take_step()

    return step


def multiply(config: Config, corpus: Corpus) -> Callable[[], None]:
    """Return what multiplies two large matrices."""
    left, right = torch.randn(2, PRODUCT, PRODUCT)

    def step() -> None:
        torch.mm(left, right)

    return step


def serve(kind: str, config: Config, seconds: float) -> None:
    """Take steps for some seconds for each line of the input, and print how many a second."""
    if config.threads:
        torch.set_num_threads(config.threads)
    corpus = make_corpus("benchmark", BUILTIN_CORPORA[config.corpus].text(), config)
    take = {"plain": train_plain, "product": multiply}.get(kind, train_ours)(config, corpus)
    for _ in sys.stdin:
        steps, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            take()
            steps += 1
        print(steps / spent, flush=True)


class Child:
    """Run a rival in a process of its own, which waits while others take their turn."""

    def __init__(self, kind: str, words: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", kind, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )

    def rate(self) -> float:
        """Return steps a second."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self) -> None:
        """Let the process end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def operations(config: Config, vocab_size: int) -> float:
    """Return the floating-point operations of the products for a token, forward and backward."""
    widths = [config.embedding_dim, *[config.hidden_size] * (config.num_layers - 1)]
    gates = GATES[config.model_type] * config.hidden_size
    layers = sum(2.0 * gates * (width + config.hidden_size) for width in widths)
    return 3 * (layers + 2.0 * config.hidden_size * vocab_size)


def compare(settings: dict[str, Value], options: argparse.Namespace) -> str:
    """Measure tokens a second of all rivals and return the table."""
    config = make_config(settings)
    tokens = config.batch_size * config.seq_length
    children, takes = [], {}
    for kind in (*options.rivals.split(","), "product"):
        name, own, environment = RIVALS.get(kind, ("large product", {}, {}))
        values = {**settings, **own}
        words = [f"--settings={json.dumps(values)}", f"--seconds={options.seconds}"]
        child = Child(kind, words, environment)
        children.append(child)
        takes[name] = child.rate
    figures = {figure.name: figure for figure in measure(takes, rounds=options.rounds)}
    for child in children:
        child.end()
    product = figures.pop("large product")
    ceiling = product.median * 2.0 * PRODUCT**3
    rates = [Figure(f.name, [tokens * value for value in f.values]) for f in figures.values()]
    vocab_size = len(make_corpus("", BUILTIN_CORPORA[config.corpus].text(), config).vocabulary)
    shares = [
        f"{rate.name}: {rate.median * operations(config, vocab_size) / ceiling:.0%}"
        for rate in rates
    ]
    said = f"large product {ceiling / 1e9:.0f} GFLOP/s; of that, {', '.join(shares)}"
    return f"{table(rates, 'tokens/s')}\n{said}"


def main() -> None:
    """Parse the options and print a table for each size and cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--cells", default="lstm,gru,rnn")
    parser.add_argument("--sizes", default="default")
    parser.add_argument("--rivals", default="plain,fp32,bf16,torch")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--settings", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, make_config(json.loads(options.settings)), options.seconds)
        return
    for size in options.sizes.split(","):
        for cell in options.cells.split(","):
            settings = {**SIZES[size], "model_type": cell, "threads": options.threads}
            print(f"{cell}, {size}, {options.threads or 'all'} threads", flush=True)
            print(compare(settings, options), flush=True)


if __name__ == "__main__":
    main()
