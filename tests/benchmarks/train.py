"""Training speed without a screen, beside a plain PyTorch loop of the same model.

    python tests/benchmarks/train.py [--rounds 9] [--steps 20] [--model_type lstm …]

Both train the default configuration on the same batches in one process, in turn. The trainer's
time holds all that it does at a step: data, forward, backward, clipping, Adam, checks, events.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
import torch.nn.functional as F
from interleaved import measure, table
from torch import nn

from core.config import Config, make_config
from core.control import Control
from core.events import CheckpointSaved, Event, encode_event
from core.text.corpora import BUILTIN_CORPORA
from core.text.corpus import Corpus, make_corpus
from core.text.loaders import StreamBatches
from core.training.checkpoint import Checkpoint
from core.training.trainer import Trainer


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


def compare(config: Config, *, rounds: int, steps: int) -> str:
    """Measure tokens a second of both and return the table."""
    corpus = make_corpus("benchmark", BUILTIN_CORPORA[config.corpus].text(), config)
    trainer = make_trainer(config, corpus)
    plain = PlainLoop(config, corpus)
    tokens = steps * config.batch_size * config.seq_length

    def rate(take_steps: object) -> float:
        start = time.perf_counter()
        take_steps()  # type: ignore[operator]
        return tokens / (time.perf_counter() - start)

    def trainer_steps() -> None:
        for _ in range(steps):
            if trainer.progress.batch >= len(corpus.train) // (tokens // steps) - 2:
                trainer.progress.batch = 1
            trainer._take_step()

    rivals = {
        "plain PyTorch loop": lambda: rate(lambda: plain.steps(steps)),
        "rnnstudio, headless": lambda: rate(trainer_steps),
    }
    return table(measure(rivals, rounds=rounds), "tokens/s")


def main() -> None:
    """Parse the options and print a table for each cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cells", default="lstm,gru,rnn")
    options = parser.parse_args()
    for cell in options.cells.split(","):
        config = make_config({"model_type": cell})
        print(f"{cell}, {torch.get_num_threads()} threads")
        print(compare(config, rounds=options.rounds, steps=options.steps), flush=True)


if __name__ == "__main__":
    main()
