"""What simple methods reach on the same texts, so that a network's figures mean something."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.confusion import accuracy, macro_f1
from core.control import StopRequested
from core.events import Baseline, finite
from core.text.encoded_texts import EncodedTexts, Numbers
from core.training.classification import confusion_of

ITERATIONS = 60
"""Of L-BFGS; the problem is convex and well scaled, and this is far past what accuracy needs."""

HISTORY = 10
"""Steps that L-BFGS remembers; each takes the memory of two sets of weights."""

MOST_WEIGHTS = 4_000_000
"""Weights of the bag of words; with many classes only the tokens in most texts have some."""


def measure_baselines(
    train: EncodedTexts,
    val: EncodedTexts,
    *,
    classes: int,
    vocab_size: int,
    should_stop: Callable[[], bool],
) -> list[Baseline]:
    """Fit the majority class and a linear bag of words to texts, and measure them on others.

    Args:
        train: What they learn from.
        val: What they are measured on.
        classes: How many classes there are, C.
        vocab_size: Tokens known, V.
        should_stop: Asked between iterations whether to give up.

    Raises:
        StopRequested: `should_stop` became true.
    """
    truth = torch.from_numpy(train.labels)
    shares = torch.bincount(truth, minlength=classes).double() / len(train)
    majority = shares.log().expand(len(val), classes)  # (N, C)
    bag = BagOfWords(train, classes=classes, vocab_size=vocab_size)
    bag.fit(should_stop)
    labels = torch.from_numpy(val.labels)
    return [
        _baseline("majority class", majority, labels),
        _baseline("bag of words", bag.logits(val), labels),
    ]


class BagOfWords:
    """Classify by which tokens a text has: multinomial logistic regression over tf-idf.

    A token counts as often as it occurs times ln((1 + N) / (1 + n)) + 1, where n of N texts have
    it, and each text is scaled to length 1 (Salton & Buckley 1988; smoothed, so that unseen
    tokens are defined). A token that no training text has counts nothing. The fit minimises the
    summed loss plus half the squared weights.

    Args:
        train: What to learn from.
        classes: C.
        vocab_size: V.
    """

    def __init__(self, train: EncodedTexts, *, classes: int, vocab_size: int) -> None:
        counts = _counts(train, vocab_size)
        texts_with = np.bincount(counts.tokens, minlength=vocab_size)
        most_common = np.argsort(-texts_with, kind="stable")[: max(1, MOST_WEIGHTS // classes)]
        known = np.sort(most_common[texts_with[most_common] > 0])
        self._rows = np.full(vocab_size, -1)
        """Of each token's weights; -1 where it counts nothing, (V,)."""
        self._rows[known] = np.arange(len(known))
        self._idf = np.log((1 + len(train)) / (1 + texts_with[known])) + 1
        self._truth = torch.from_numpy(train.labels)
        self._features = self._features_of(counts, len(train))
        self._weight = torch.zeros(len(known), classes, dtype=torch.float64, requires_grad=True)
        self._bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)

    def fit(self, should_stop: Callable[[], bool]) -> None:
        """Find the weights by L-BFGS (Liu & Nocedal 1989) over all texts at once.

        Raises:
            StopRequested: `should_stop` became true.
        """
        optimizer = torch.optim.LBFGS(
            [self._weight, self._bias],
            max_iter=ITERATIONS,
            history_size=HISTORY,
            line_search_fn="strong_wolfe",
        )

        def loss_and_gradient() -> float:
            if should_stop():
                raise StopRequested
            optimizer.zero_grad()
            loss = F.cross_entropy(self._scores(*self._features), self._truth, reduction="sum")
            loss += self._weight.square().sum() / 2
            loss.backward()
            return loss.item()

        optimizer.step(loss_and_gradient)

    @torch.no_grad()
    def logits(self, texts: EncodedTexts) -> Tensor:
        """Return the logits of some texts, float64, (N, C)."""
        counts = _counts(texts, len(self._rows))
        return self._scores(*self._features_of(counts, len(texts)))

    def _scores(self, tokens: Tensor, starts: Tensor, values: Tensor) -> Tensor:
        summed = F.embedding_bag(
            tokens, self._weight, starts, mode="sum", per_sample_weights=values
        )
        return summed + self._bias

    def _features_of(self, counts: "_Counts", texts: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return each text's known tokens, where each text begins, and the scaled values."""
        rows = self._rows[counts.tokens]
        known = rows >= 0
        rows, owners = rows[known], counts.texts[known]
        values = counts.times[known] * self._idf[rows]
        lengths = np.sqrt(np.bincount(owners, values**2, minlength=texts))
        starts = np.searchsorted(owners, np.arange(texts))
        return (
            torch.from_numpy(rows),
            torch.from_numpy(starts),
            torch.from_numpy(values / lengths[owners]),
        )


class _Counts(NamedTuple):
    """Hold how often each token occurs in each text: a place a pair that occurs, by text."""

    texts: Numbers
    tokens: Numbers
    times: Numbers


def _counts(texts: EncodedTexts, vocab_size: int) -> _Counts:
    owners = np.repeat(np.arange(len(texts)), texts.lengths)
    pairs, times = np.unique(owners * vocab_size + texts.ids, return_counts=True)
    return _Counts(pairs // vocab_size, pairs % vocab_size, times)


def _baseline(name: str, logits: Tensor, labels: Tensor) -> Baseline:
    confusion = confusion_of(logits, labels)
    return Baseline(
        name=name,
        loss=finite(float(F.cross_entropy(logits, labels))),
        accuracy=accuracy(confusion),
        macro_f1=macro_f1(confusion),
    )
