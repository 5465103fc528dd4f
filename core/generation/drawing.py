"""Draw one token index after another from a model, for one text or for many at once."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.decoding import Decoding
from core.errors import InputError
from core.generation.held_units import clamps_of
from core.generation.prompting import feed
from core.generation.strategies import Choice, Choices
from core.generation.writers import Start, Writer, make_writer
from core.language import tr

if TYPE_CHECKING:  # a model draws by this file
    from core.models.language_model import LanguageModel

AHEAD_S = 0.004
"""Seconds of one text that are computed at once, about; it still looks live."""

BATCH_AHEAD_S = 0.02
"""Seconds of several texts that are computed at once, about."""

SEEDS = 2**63
"""How many seeds there are."""


def draw_tokens(
    model: "LanguageModel",
    prompt: Sequence[int],
    decoding: Decoding,
    *,
    excluded: int | None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Choice]:
    """Yield the tokens that follow a prompt.

    Nothing is computed before the first one is asked for; after that, by the compiled part, a few
    milliseconds' worth of them is computed ahead. The model predicts without dropout and without
    gradients; on a CPU with the weights that it has at the first token. Between two tokens its
    mode and the gradient mode are the caller's own, so that it may train meanwhile.

    Args:
        model: On any device.
        prompt: Token indices, at least one.
        decoding: How to choose, how many, and the seed.
        excluded: Index of a token that is never drawn.
        should_stop: Asked before each token and each part of the prompt; true ends the text.

    Raises:
        InputError: The prompt is empty, a token is not in the vocabulary, a unit to hold is not
            there, or the model's predictions are not finite.
    """
    blocks = _blocks(model, prompt, decoding, 1, excluded, should_stop)
    for block in blocks:
        indices, probabilities = (part[:, 0].tolist() for part in block)
        for choice in map(Choice._make, zip(indices, probabilities, strict=True)):
            if should_stop():
                return
            yield choice


def draw_batch(
    model: "LanguageModel",
    prompt: Sequence[int],
    decoding: Decoding,
    *,
    count: int,
    excluded: int | None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Choices]:
    """Yield, step by step, the tokens of several texts that follow the same prompt, (B) each.

    Text number n, from 0, draws by the seed plus n; by the compiled part it is the very text that
    this seed gives alone. All else is as for `draw_tokens`.

    Args:
        model: On any device.
        prompt: Token indices, at least one.
        decoding: How to choose, how many, and the first text's seed.
        count: How many texts, B.
        excluded: Index of a token that is never drawn.
        should_stop: Asked before each step and each part of the prompt; true ends the texts.

    Raises:
        InputError: As for `draw_tokens`.
    """
    for block in _blocks(model, prompt, decoding, count, excluded, should_stop):
        for step in map(Choices, *block):
            if should_stop():
                return
            yield step


def _blocks(  # noqa: PLR0917 - what both of the above were given
    model: "LanguageModel",
    prompt: Sequence[int],
    decoding: Decoding,
    count: int,
    excluded: int | None,
    should_stop: Callable[[], bool],
) -> Iterator[Choices]:
    """Yield the tokens of some steps at once, (steps, B)."""
    clamps = clamps_of(decoding.clamp, model)
    vocab_size = model.embedding.num_embeddings
    _check_tokens([*prompt, *([] if excluded is None else [excluded])], vocab_size)
    if not prompt:
        raise InputError(tr("there is no token to start from; give at least one"))
    state = feed(model, prompt[:-1], clamps, should_stop)
    if state is None:
        return
    seen = None
    if decoding.repetition_penalty != 1.0:
        seen = np.zeros((count, vocab_size), dtype=np.bool_)
        seen[:, list(prompt)] = True
    texts = tuple(part.expand(-1, count, -1) for part in state)  # (L, B, H)
    start = Start(texts, [prompt[-1]] * count, seen, decoding, clamps, excluded)
    pace = _Pace(make_writer(model, start), decoding.seed, count)
    drawn = 0
    while drawn < decoding.max_length:
        block = pace.write(decoding.max_length - drawn)
        drawn += len(block.indices)
        yield block


class _Pace:
    """Take so many steps at once as are done in a moment."""

    def __init__(self, writer: Writer, seed: int, count: int) -> None:
        self._writer = writer
        self._sources = [np.random.default_rng((seed + text) % SEEDS) for text in range(count)]
        self._ahead_s = AHEAD_S if count == 1 else BATCH_AHEAD_S
        self._steps = 1

    def write(self, most: int) -> Choices:
        """Take some steps, at most so many."""
        steps = min(self._steps, most)
        uniforms = np.stack([source.random(steps) for source in self._sources], axis=1)
        began = time.perf_counter()
        found = self._writer.write(uniforms)
        if time.perf_counter() - began > self._ahead_s:
            self._steps = max(1, self._steps // 2)
        else:
            self._steps = min(2 * self._steps, self._writer.most_ahead)
        return found


def _check_tokens(indices: Sequence[int], vocab_size: int) -> None:
    for index in indices:
        if not 0 <= index < vocab_size:
            raise InputError(
                tr(
                    "token {index} is not in the model's vocabulary of {vocab_size}; use the "
                    "vocabulary that the model was trained with",
                    index=index,
                    vocab_size=vocab_size,
                )
            )
