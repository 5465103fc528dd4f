"""How fast a trained model writes, one text and many, beside a naive loop over torch's module.

    python tests/benchmarks/generate.py [--cells lstm,gru,rnn] [--rounds 9] [--tokens 300]
        [--samples 64] [--hidden_size 256] [--num_layers 2]

All write with the same weights and the same decoding, top-k and top-p on, in turn. Ours are whole
samples: what a call prepares, such as packed weights, counts.

The process keeps the memory that it once had, which favours the naive loop. Without that its LSTM
took 840 to 1,180 µs a token from one process to the next, one of them with 480 page faults a token,
and with it 450 to 490: a ratio to the former says little.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from interleaved import measure, table
from torch import nn

from core.config import make_config
from core.decoding import Decoding
from core.generation.drawing import draw_batch, draw_tokens
from core.kernels.library import choose, compiled
from core.models import LanguageModel, build_model
from kernel_cases import forced

DECODING = {"temperature": 0.8, "top_k": 40, "top_p": 0.9}
VOCABULARY = 66
"""Characters of Shakespeare's plays, and the unknown one."""

KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "MALLOC_TRIM_THRESHOLD_": "4000000000",
    "MALLOC_TOP_PAD_": "67108864",
}
"""What tells glibc, before a process starts, to keep its memory."""

SETTLED_S = 0.05
"""Before each turn: torch's threads look for more work for some ms after the last one, and a turn
of ours takes 15 ms."""

SHARPENED = {"lstm": 16.0, "gru": 10.0, "rnn": 4.5}
"""What fresh output weights are multiplied with, so that the model is as sure as a trained one, of
about 1.6 nats a character. How many tokens top-p looks at depends on it."""


class NaiveWriter:
    """Write as one would by hand: a call of `nn.LSTM` and torch's operations for each token."""

    def __init__(self, model: LanguageModel) -> None:
        ours = model.recurrence
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[model.cell]
        self._recurrence = kind(
            ours.input_size, ours.hidden_size, ours.num_layers, batch_first=True
        )
        self._recurrence.load_state_dict(ours.state_dict())
        self._model = model

    @torch.inference_mode()
    def write(self, count: int, seed: int) -> list[int]:
        """Write some tokens."""
        generator = torch.Generator().manual_seed(seed)
        token, state, text = torch.tensor([[1]]), None, []
        for _ in range(count):
            hidden, state = self._recurrence(self._model.embedding(token), state)
            scores = self._model.output(hidden[0, -1]) / DECODING["temperature"]
            least = torch.topk(scores, int(DECODING["top_k"])).values[-1]
            scores[scores < least] = -torch.inf
            ranked, order = torch.sort(scores, descending=True)
            probabilities = torch.softmax(ranked, dim=-1)
            held_before = probabilities.cumsum(dim=-1) - probabilities
            probabilities[held_before >= DECODING["top_p"]] = 0
            drawn = order[torch.multinomial(probabilities, 1, generator=generator)]
            text.append(int(drawn))
            token = drawn.view(1, 1)
        return text


def write_one(model: LanguageModel, count: int, seed: int) -> list[int]:
    """Write one text."""
    decoding = Decoding(max_length=count, seed=seed, **DECODING)  # type: ignore[arg-type]
    return [choice.index for choice in draw_tokens(model, [1], decoding, excluded=0)]


def write_many(model: LanguageModel, count: int, samples: int) -> list[list[int]]:
    """Write many texts at once."""
    decoding = Decoding(max_length=count, **DECODING)  # type: ignore[arg-type]
    steps = draw_batch(model, [1], decoding, count=samples, excluded=0)
    return [choices.indices.tolist() for choices in steps]


def rate(tokens: int, work: Callable[[], object]) -> float:
    """Return how many tokens a second some work writes."""
    start = time.perf_counter()
    work()
    return tokens / (time.perf_counter() - start)


@contextmanager
def path_of(name: str) -> Iterator[None]:
    """Write by the compiled part, or without it."""
    with forced(choose(compiled(), "torch" if name == "torch" else "")):
        yield


def take(name: str, tokens: int, work: Callable[[], object]) -> Callable[[], float]:
    """Return what measures some work by a path."""

    def measured() -> float:
        time.sleep(SETTLED_S)
        with path_of(name):
            return rate(tokens, work)

    return measured


def compare(cell: str, options: argparse.Namespace) -> None:
    """Measure all rivals with a model of one cell, and print two tables."""
    torch.manual_seed(0)
    sizes = {"hidden_size": options.hidden_size, "num_layers": options.num_layers}
    model = build_model(make_config({"model_type": cell, **sizes}), options.vocabulary).eval()
    with torch.no_grad():
        model.output.weight.mul_(SHARPENED[cell])
    naive, count, samples = NaiveWriter(model), options.tokens, options.samples
    one = {
        "naive loop": take("torch", count, lambda: naive.write(count, 0)),
        "rnnstudio": take("", count, lambda: write_one(model, count, 0)),
        "rnnstudio, not compiled": take("torch", count, lambda: write_one(model, count, 0)),
    }
    print(f"{cell}, {options.hidden_size}x{options.num_layers}, one text of {count} tokens")
    print(table(measure(one, rounds=options.rounds, warm_up=2), "tokens/s"), flush=True)
    for name, title in (("", "rnnstudio"), ("torch", "rnnstudio, not compiled")):
        both = {
            f"{samples} one by one": take(
                name,
                count * samples,
                lambda: [write_one(model, count, seed) for seed in range(samples)],
            ),
            f"{samples} at once": take(
                name, count * samples, lambda: write_many(model, count, samples)
            ),
        }
        print(f"{title}, {samples} texts of {count} tokens")
        print(table(measure(both, rounds=options.batch_rounds), "tokens/s"), flush=True)


def main() -> None:
    """Parse the options and print the tables of each cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", default="lstm")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batch_rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--hidden_size", type=int, default=256)
    parser.add_argument("--num_layers", type=int, default=2)
    parser.add_argument("--vocabulary", type=int, default=VOCABULARY)
    options = parser.parse_args()
    if not KEPT_MEMORY.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | KEPT_MEMORY)
    for cell in options.cells.split(","):
        compare(cell, options)


if __name__ == "__main__":
    main()
