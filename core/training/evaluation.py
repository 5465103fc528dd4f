"""The loss over a whole text, with the hidden state carried through it."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
import numpy as np
import torch

from core.control import StopRequested
from core.errors import DataError
from core.events import finite, perplexity
from core.language import tr
from core.models import LanguageModel
from core.models.recurrence import State
from core.models.recurrent_model import evaluating
from core.text.vocabulary import UNKNOWN_INDEX

STREAMS = 32
"""Most streams that a text is cut into, so that each product has some rows."""
SHORTEST_STREAM = 1024
"""Tokens; shorter texts are cut into fewer streams, down to one."""
LARGEST_LOGITS = 2**22
"""Most logits in memory at a time; bounds the window for large vocabularies."""
WINDOW = 256
"""Most time steps in one call of the model."""
WARM_UP = 256
"""Tokens that are read before a stream that begins within a text, so that it is not read cold."""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what one pass over a text has measured."""

    loss: float
    """Mean nats per predicted token; may be infinite or NaN."""
    tokens: int
    """Tokens of the text that can be predicted: all but the first."""
    chars: int
    """Characters of the text."""
    words: int
    """Whitespace-separated words of the text, at least 1."""
    spelling_bits: float = 0.0
    """Bits that spelling the text's unknown tokens takes; the loss leaves them out."""
    unknown: int = 0
    """Tokens of the text that the model does not know."""

    @property
    def perplexity(self) -> float | None:
        """Return exp(loss); None where it is not finite."""
        return perplexity(self.loss)

    @property
    def bits_per_char(self) -> float | None:
        """Return the text's length in bits under the model, by character, all spelled out."""
        return finite(self._bits / self.chars)

    @property
    def spelling_bits_per_char(self) -> float:
        """Return the part of `bits_per_char` that spells unknown tokens."""
        return self.spelling_bits / self.chars

    @property
    def nats_per_word(self) -> float | None:
        """Return the text's length in nats under the model, by whitespace-separated word."""
        return finite(self._bits * math.log(2) / self.words)

    @property
    def _bits(self) -> float:
        return self.loss * self.tokens / math.log(2) + self.spelling_bits


@torch.inference_mode()
def evaluate(
    model: LanguageModel,
    ids: np.ndarray,
    *,
    chars: int,
    words: int,
    device: torch.device,
    spelling_bits: float = 0.0,
    should_stop: Callable[[], bool] | None = None,
    most: int = 0,
) -> Evaluation:
    """Measure a model on every token of a text but the first, or on a fixed part of a long one.

    The text is cut into at most 32 contiguous streams that run side by side; the state is carried
    through each. The first one begins with a zero state, as a prompt does, the others with that
    after the 256 tokens before them. No token is left out or counted twice. Of a text of more than
    `most` tokens the same share of each stream is measured, from its start on.

    Args:
        model: Its mode is restored at the end.
        ids: The text's tokens, int, (N,).
        chars: Characters of the text.
        words: Whitespace-separated words of the text.
        device: Where the model is.
        spelling_bits: What spelling the text's unknown tokens takes.
        should_stop: Looked at between windows.
        most: How many tokens to measure, about; 0 for all.

    Raises:
        DataError: The text has fewer than two tokens.
        StopRequested: `should_stop` became true.
    """
    pairs = len(ids) - 1
    if pairs < 1:
        raise DataError(tr("an evaluation needs at least 2 tokens, got {count}", count=len(ids)))
    with evaluating(model):
        loss = _mean_loss(model, ids, device, should_stop, most or pairs)
    return Evaluation(
        loss=loss,
        tokens=pairs,
        chars=chars,
        words=max(1, words),
        spelling_bits=spelling_bits,
        unknown=int(np.count_nonzero(ids == UNKNOWN_INDEX)),
    )


def _mean_loss(
    model: LanguageModel,
    ids: np.ndarray,
    device: torch.device,
    should_stop: Callable[[], bool] | None,
    most: int,
) -> float:
    """Return the mean over all targets of a text, or of some of each stream, in nats."""
    total, count = 0.0, 0
    for window in windows(model, ids, device, should_stop=should_stop, most=most):
        losses = model.losses(window.hidden, window.targets.clamp_min(0))  # (B, T)
        known = losses[window.targets >= 0]
        total, count = total + float(known.sum()), count + known.numel()
    return total / count


class Window(NamedTuple):
    """Hold what a model made of some places of a text, in several streams at once."""

    places: np.ndarray
    """The number in the text of each target, (B, T)."""
    hidden: torch.Tensor
    """The hidden state before each target, (B, T, H)."""
    targets: torch.Tensor
    """The tokens to predict, -1 past the text's end, int64, (B, T)."""


@torch.inference_mode()
def windows(
    model: LanguageModel,
    ids: np.ndarray,
    device: torch.device,
    *,
    should_stop: Callable[[], bool] | None = None,
    most: int = 0,
    largest: int = 0,
) -> Iterator[Window]:
    """Read a text with a model as `evaluate` does, which all figures of a text are made of.

    Args:
        model: In evaluation mode.
        ids: At least two tokens, (N,).
        device: Where the model is.
        should_stop: Looked at between windows.
        most: How many targets to yield, about; 0 for all.
        largest: Most targets of a window; 0 where their number does not matter.

    Raises:
        DataError: A token is none of the model's.
        StopRequested: `should_stop` became true.
    """
    pairs = len(ids) - 1
    streams = max(1, min(STREAMS, pairs // SHORTEST_STREAM))
    length = -(-pairs // streams)
    measured = min(length, -(-(most or pairs) // streams))
    width = max(1, min(WINDOW, largest // streams)) if largest else WINDOW
    begins = np.arange(streams)[:, None] * length
    state = _warmed_up(model, ids, begins, device)
    for start in range(0, measured, width):
        if should_stop is not None and should_stop():
            raise StopRequested
        places = begins + np.arange(start, min(measured, start + width))
        x, y = _window(ids, places)
        refuse_damaged(model.embedding.num_embeddings, x, y)
        hidden, state = model.hidden_states(x.to(device), state)  # (B, T, H)
        yield Window(places + 1, hidden, y.to(device))


def _warmed_up(
    model: LanguageModel, ids: np.ndarray, begins: np.ndarray, device: torch.device
) -> State | None:
    """Return each stream's state after the tokens just before it; the first one's is zero."""
    if len(begins) == 1:
        return None
    count = min(WARM_UP, int(begins[1, 0]))
    x, _ = _window(ids, np.maximum(begins - count + np.arange(count), 0))
    refuse_damaged(model.embedding.num_embeddings, x)
    _, state = model.hidden_states(x.to(device))
    for part in state if isinstance(state, tuple) else (state,):
        part[:, 0] = 0  # (L, B, H)
    return state


def refuse_damaged(vocab_size: int, *tokens: torch.Tensor) -> None:
    """Refuse tokens beyond the vocabulary: the file that keeps those of a large text is damaged.

    Raises:
        DataError: There are such tokens.
    """
    if any(int(some.max()) >= vocab_size for some in tokens):
        raise DataError(
            tr("the kept tokens of the text are damaged; they are made anew at the next start")
        )


def _window(ids: np.ndarray, places: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs and targets at some places of a text, (B, T) each; past the end 0 and -1."""
    pairs = len(ids) - 1
    inside, places = places < pairs, np.minimum(places, pairs - 1)
    x = np.where(inside, ids[places].astype(np.int64), 0)
    y = np.where(inside, ids[places + 1].astype(np.int64), -1)
    return torch.from_numpy(x), torch.from_numpy(y)
