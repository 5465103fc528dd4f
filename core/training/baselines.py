"""What simple methods reach on the same texts, so that a network's figures mean something."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.confusion import accuracy, macro_f1
from core.control import StopRequested
from core.events import Baseline, finite
from core.text.labelled_corpus import EncodedTexts

ITERATIONS = 60
"""Of L-BFGS; the problem is convex and well scaled, and this is far past what accuracy needs."""


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
    tokens are defined). The fit minimises the summed loss plus half the squared weights.

    Args:
        train: What to learn from.
        classes: C.
        vocab_size: V.
    """

    def __init__(self, train: EncodedTexts, *, classes: int, vocab_size: int) -> None:
        _, columns, _ = _counts(train, vocab_size)
        texts_with = np.bincount(columns, minlength=vocab_size)
        self._idf = np.log((1 + len(train)) / (1 + texts_with)) + 1  # (V,)
        self._train = train
        self._weight = torch.zeros(vocab_size, classes, dtype=torch.float64, requires_grad=True)
        self._bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)

    def fit(self, should_stop: Callable[[], bool]) -> None:
        """Find the weights by L-BFGS (Liu & Nocedal 1989) over all texts at once.

        Raises:
            StopRequested: `should_stop` became true.
        """
        features = self._features(self._train)
        truth = torch.from_numpy(self._train.labels)
        optimizer = torch.optim.LBFGS(
            [self._weight, self._bias], max_iter=ITERATIONS, line_search_fn="strong_wolfe"
        )

        def loss_and_gradient() -> float:
            if should_stop():
                raise StopRequested
            optimizer.zero_grad()
            loss = F.cross_entropy(self._scores(*features), truth, reduction="sum")
            loss += self._weight.square().sum() / 2
            loss.backward()
            return loss.item()

        optimizer.step(loss_and_gradient)

    @torch.no_grad()
    def logits(self, texts: EncodedTexts) -> Tensor:
        """Return the logits of some texts, float64, (N, C)."""
        return self._scores(*self._features(texts))

    def _scores(self, tokens: Tensor, starts: Tensor, values: Tensor) -> Tensor:
        summed = F.embedding_bag(
            tokens, self._weight, starts, mode="sum", per_sample_weights=values
        )
        return summed + self._bias

    def _features(self, texts: EncodedTexts) -> tuple[Tensor, Tensor, Tensor]:
        """Return each text's tokens, once each, where each text begins, and the scaled values."""
        rows, columns, counts = _counts(texts, len(self._idf))
        values = counts * self._idf[columns]
        lengths = np.sqrt(np.bincount(rows, values**2, minlength=len(texts)))
        starts = np.searchsorted(rows, np.arange(len(texts)))
        return (
            torch.from_numpy(columns),
            torch.from_numpy(starts),
            torch.from_numpy(values / lengths[rows]),
        )


def _counts(texts: EncodedTexts, vocab_size: int) -> Sequence[np.ndarray]:
    """Return text, token and number of occurrences, for each pair that occurs, by text."""
    rows = np.repeat(np.arange(len(texts)), texts.lengths)
    pairs, counts = np.unique(rows * vocab_size + texts.ids, return_counts=True)
    return pairs // vocab_size, pairs % vocab_size, counts.astype(np.float64)


def _baseline(name: str, logits: Tensor, labels: Tensor) -> Baseline:
    classes = logits.shape[1]
    given = logits.argmax(dim=1)
    counts = torch.bincount(labels * classes + given, minlength=classes * classes)
    confusion: list[list[int]] = counts.view(classes, classes).tolist()
    return Baseline(
        name=name,
        loss=finite(float(F.cross_entropy(logits, labels))),
        accuracy=accuracy(confusion),
        macro_f1=macro_f1(confusion),
    )
