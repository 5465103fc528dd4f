"""Training speed of a text classifier, beside the loop that one would write by hand.

    python tests/benchmarks/classify.py [--data_file FILE] [--cells lstm,gru,rnn] [--rounds 5]

Both train the same network with the settings of the preset `sst2`, but without its adversarial
step, which the other does not have. The rival draws batches at random, packs them
(`pack_padded_sequence`) and runs `nn.LSTM` with Adam. Each round is an epoch of either.
"""

import argparse
import time

import torch
import torch.nn.functional as F
from interleaved import measure, table
from torch import Tensor, nn

from core.config import Config, make_config
from core.control import Control
from core.events import CheckpointSaved, Event, encode_event
from core.text.labelled import read_labelled
from core.text.labelled_corpora import BUILTIN_LABELLED
from core.text.labelled_corpus import LabelledCorpus, make_labelled_corpus
from core.training.checkpoint import Checkpoint
from core.training.trainer import Trainer


class PlainClassifier(nn.Module):
    """The same network in the fewest lines, over packed sequences."""

    def __init__(self, config: Config, vocab_size: int, classes: int) -> None:
        super().__init__()
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[config.model_type]
        self.embedding = nn.Embedding(vocab_size, config.embedding_dim)
        self.embedding_dropout = nn.Dropout(config.embedding_dropout)
        self.recurrence = kind(
            config.embedding_dim,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            bidirectional=True,
        )
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(2 * config.hidden_size, classes)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Return logits (B, C) from the last state of each direction."""
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding_dropout(self.embedding(x)),
            lengths,
            batch_first=True,
            enforce_sorted=False,
        )
        _, state = self.recurrence(packed)
        hidden = state[0] if isinstance(state, tuple) else state  # (L*2, B, H)
        logits: Tensor = self.output(self.dropout(torch.cat((hidden[-2], hidden[-1]), dim=1)))
        return logits


class PlainLoop:
    """The training loop that one would write by hand."""

    def __init__(self, config: Config, corpus: LabelledCorpus) -> None:
        self._config = config
        self._texts = [torch.from_numpy(corpus.train.text_ids(n)) for n in range(len(corpus.train))]
        self._labels = torch.from_numpy(corpus.train.labels)
        self._model = PlainClassifier(config, len(corpus.vocabulary), len(corpus.labels))
        self._optimizer = torch.optim.Adam(self._model.parameters(), lr=config.learning_rate)

    def epoch(self) -> None:
        """Go over the texts once, in random order."""
        for rows in torch.randperm(len(self._texts)).split(self._config.batch_size):
            texts = [self._texts[row] for row in rows.tolist()]
            x = nn.utils.rnn.pad_sequence(texts, batch_first=True)
            lengths = torch.tensor([len(text) for text in texts])
            self._optimizer.zero_grad()
            loss = F.cross_entropy(self._model(x, lengths), self._labels[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(self._model.parameters(), self._config.max_grad_norm)
            self._optimizer.step()
            loss.item()


def make_trainer(config: Config, corpus: LabelledCorpus) -> Trainer:
    """Make a trainer whose events are encoded, as for a script that reads them."""

    def emit(event: Event) -> None:
        encode_event(event)

    def save(checkpoint: Checkpoint, is_best: bool) -> CheckpointSaved:
        raise AssertionError("no checkpoint falls into the measured steps")

    return Trainer(config, corpus, name="benchmark", emit=emit, control=Control(), save=save)


def compare(config: Config, corpus: LabelledCorpus, *, rounds: int) -> str:
    """Measure texts a second of both and return the table."""
    trainer, plain = make_trainer(config, corpus), PlainLoop(config, corpus)

    def rate(epoch: object) -> float:
        start = time.perf_counter()
        epoch()  # type: ignore[operator]
        return len(corpus.train) / (time.perf_counter() - start)

    def trainer_epoch() -> None:
        for _ in range(trainer.task.steps_per_epoch):
            trainer._take_step()

    rivals = {
        "plain packed loop": lambda: rate(plain.epoch),
        "rnnstudio, headless": lambda: rate(trainer_epoch),
    }
    return table(measure(rivals, rounds=rounds), "texts/s")


def main() -> None:
    """Parse the options and print a table for each cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data_file", help="labelled texts; else the built-in python-topics")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of both")
    parser.add_argument("--cells", default="lstm,gru,rnn")
    options = parser.parse_args()
    for cell in options.cells.split(","):
        config = make_config(
            {"model_type": cell, "adversarial": 0.0, "threads": options.threads}, preset="sst2"
        )
        if options.data_file:
            data, _ = read_labelled(options.data_file, config)
        else:
            data = BUILTIN_LABELLED["python-topics"].texts()
        corpus = make_labelled_corpus("benchmark", data, config)
        print(f"{cell}, {options.threads} threads, {len(corpus.train):,} texts")
        print(compare(config, corpus, rounds=options.rounds), flush=True)


if __name__ == "__main__":
    main()
