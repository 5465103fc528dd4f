"""What counting and compressing reach on the split that a language model learns."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from core.events import Emit, Yardstick, YardsticksMeasured, finite
from core.insight.compression import Method, compressed_bits_per_char
from core.insight.ngrams import ngram_losses
from core.text.corpus import Corpus
from core.text.spelling import spelling_bits
from core.text.vocabulary import Ids
from core.training.task import Task

MOST_COUNTED = 2**20
"""Training tokens that n-grams count, and characters that a compressor sees first: the last ones.

With the head of the validation text, about 2 s and 100 MB, however long the text is.
"""

LATEST_S = 100.0
"""Seconds of training after which yardsticks do not wait for the first evaluation: their 2 s are
then no more than 2 % of it."""

METHODS: tuple[Method, ...] = ("gzip", "xz")


class OnceMeasured:
    """Measure the yardsticks of a run once.

    Args:
        task: What is learned.
        emit: Takes the event.
        owed: Whether they are still to be measured.
    """

    def __init__(self, task: Task, emit: Emit, *, owed: bool) -> None:
        self._task = task
        self._emit = emit
        self._owed = owed

    def cannot_wait(self, elapsed_s: float) -> bool:
        """Tell whether a run has gone on for too long without them."""
        return self._owed and elapsed_s >= LATEST_S

    def measure(self, should_stop: Callable[[], bool]) -> None:
        """Measure them, unless that is done.

        Raises:
            StopRequested: The run was asked to stop; they are measured when it goes on.
        """
        if self._owed:
            self._emit(self._task.yardsticks(should_stop))
            self._owed = False


def measure_yardsticks(corpus: Corpus, should_stop: Callable[[], bool]) -> YardsticksMeasured:
    """Measure uniform guessing, n-grams up to 6 tokens, gzip and xz on the validation text.

    Args:
        corpus: What they learn from, and the head of what they are measured on.
        should_stop: Asked between orders and compressed parts.

    Returns:
        The losses as an evaluation counts them: every token but the first is predicted, and
        what spelling unknown tokens takes is left out, while bits per character include it. There
        are none where the head has fewer than two tokens.

    Raises:
        StopRequested: `should_stop` became true.
    """
    counted = corpus.train[-MOST_COUNTED:].astype(np.int32)
    is_whole = len(corpus.val_head) >= corpus.val_chars
    val = corpus.val if is_whole else corpus.vocabulary.text_to_indices(corpus.val_head)
    val = val.astype(np.int32)
    known = len(val) >= 2 and bool(corpus.val_head)
    return YardsticksMeasured(
        yardsticks=list(_measured(corpus, counted, val, should_stop)) if known else [],
        counted_tokens=len(counted),
        measured_tokens=len(val),
    )


def _measured(
    corpus: Corpus, counted: Ids, val: Ids, should_stop: Callable[[], bool]
) -> Iterator[Yardstick]:
    size, chars = len(corpus.vocabulary), len(corpus.val_head)
    bits_a_char_by_nat = (len(val) - 1) / chars / math.log(2)
    spelling = spelling_bits(corpus.vocabulary, corpus.val_head) / chars
    losses = ngram_losses(counted, val, size, should_stop=should_stop)
    names = ["uniform", "unigram", *(f"{order}-gram" for order in range(2, len(losses) + 1))]
    for name, loss in zip(names, [math.log(size), *losses], strict=True):
        yield _yardstick(name, loss, loss * bits_a_char_by_nat + spelling)
    seen = corpus.train_tail[-MOST_COUNTED:]
    for method in METHODS:
        bits = compressed_bits_per_char(seen, corpus.val_head, method, should_stop=should_stop)
        # A compressor spells all, so that a loss like the others' is what it takes beyond that.
        beyond = (bits - spelling) / bits_a_char_by_nat
        yield _yardstick(method, beyond if beyond >= 0 else None, bits)


def _yardstick(name: str, loss: float | None, bits_per_char: float) -> Yardstick:
    return Yardstick(
        name=name, loss=None if loss is None else finite(loss), bits_per_char=finite(bits_per_char)
    )
