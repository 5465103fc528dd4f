"""Modified Kneser–Ney n-gram models: how far counting alone gets, as a yardstick for a network.

Chen & Goodman 1999, "An empirical study of smoothing techniques for language modeling", in its
interpolated form. With h a history, h' the same without its first token, and a(hw) a count:

    P(w | h) = (a(hw) − D(a(hw))) / a(h·) + γ(h) P(w | h'),   γ(h) = Σ_w D(a(hw)) / a(h·)

At a model's own order a(hw) is how often hw occurs, below it how many different tokens precede
it. Without a history the recursion goes on to 1/V; where a(h·) is 0, P(w | h) is P(w | h').
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from core.control import StopRequested
from core.errors import DataError
from core.language import tr
from core.text.base import Ids

HIGHEST = 6
"""The longest n-grams counted, in tokens."""

FALLBACK = (0.5, 1.0, 1.5)
"""D1, D2 and D3+ where a text is too small to estimate them; KenLM's `--discount_fallback`."""

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def ngram_losses(
    train: Ids,
    val: Ids,
    vocab_size: int,
    *,
    highest: int = HIGHEST,
    should_stop: Callable[[], bool] | None = None,
) -> list[float]:
    """Measure the models of each order on every token of a text but the first.

    A token's history is the text before it; at the start, where it is shorter than an order
    wants, the model backs off. About 100 bytes of memory are taken for each training token.

    Args:
        train: What the models count, tokens below V, (N,).
        val: What they are measured on, (M,).
        vocab_size: Tokens known, V.
        highest: The last order, at least 1.
        should_stop: Asked before each order.

    Returns:
        Mean nats per predicted token, by order from 1 on.

    Raises:
        DataError: `val` has fewer than two tokens.
        StopRequested: `should_stop` became true.
    """
    if len(val) < 2:
        raise DataError(
            tr("n-gram models need at least 2 tokens to predict, got {count}", count=len(val))
        )
    orders = _by_order(train, val[np.newaxis], vocab_size, highest, should_stop)
    return [float(-np.log(probabilities[0, 1:]).mean()) for probabilities in orders]


def next_token_probabilities(train: Ids, history: Ids, vocab_size: int, order: int) -> Floats:
    """Return what the model of one order gives each token after a history, (V,).

    Args:
        train: What the model counts, (N,).
        history: The tokens before, of which the last order − 1 matter.
        vocab_size: Tokens known, V.
        order: At least 1.
    """
    texts = np.empty((vocab_size, len(history) + 1), dtype=np.int32)
    texts[:, :-1] = history
    texts[:, -1] = np.arange(vocab_size)
    *_, probabilities = _by_order(train, texts, vocab_size, order)
    return probabilities[:, -1]


def _by_order(
    train: Ids,
    texts: Ids,
    vocab_size: int,
    highest: int,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[Floats]:
    """Yield what the models of order 1, 2, … give each token of some texts, (B, T) each.

    An n-gram is known by its rank among those of its length. Its key is made of its history's
    rank and its last token, so that any length fits 63 bits, and keys sort by history.
    """
    # The rank of the n-gram that ends before each place, -1 for none; the empty one is 0.
    ends: Numbers = np.zeros(len(train) + 1, dtype=np.int64)  # (N + 1,)
    text_ends: Numbers = np.zeros((len(texts), texts.shape[1] + 1), dtype=np.int64)  # (B, T + 1)
    lower = np.full(texts.shape, 1 / vocab_size)
    level = None
    histories = 1
    for order in range(1, highest + 1):
        if should_stop is not None and should_stop():
            raise StopRequested
        keys, ranks, counts = np.unique(
            ends[:-1] * vocab_size + train[order - 1 :], return_inverse=True, return_counts=True
        )
        if level is not None:
            # Each longer n-gram stands for one token that precedes the shorter one it ends in.
            inner = np.empty(len(keys), dtype=np.int64)
            inner[ranks] = ends[1:]
            lower = level.probabilities(np.bincount(inner, minlength=len(level.keys)), lower)
        level = _Level(keys, histories, text_ends[:, :-1], texts, vocab_size)
        yield level.probabilities(counts, lower)
        ends, histories = ranks, len(keys)
        text_ends = np.pad(level.ranks, ((0, 0), (1, 0)), constant_values=-1)


class _Level:
    """Interpolate the n-grams of one length, at the places of some texts.

    Args:
        keys: History's rank · V + last token, sorted, (G,).
        histories: How many ranks of histories there are.
        before: The rank of each token's history, or -1, (B, T).
        texts: The tokens, (B, T).
        vocab_size: V.
    """

    def __init__(
        self, keys: Numbers, histories: int, before: Numbers, texts: Ids, vocab_size: int
    ) -> None:
        self.keys = keys
        wanted = before * vocab_size + texts  # negative, and so not found, without a history
        first = np.searchsorted(keys, wanted)
        found = np.searchsorted(keys, wanted, side="right") > first
        self.ranks = np.where(found, first, -1)  # (B, T)
        self._history_of = keys // vocab_size  # (G,)
        self._histories = histories
        self._before = before

    def probabilities(self, counts: Numbers, lower: Floats) -> Floats:
        """Return P(w | h) at each place, (B, T).

        Args:
            counts: a(hw) of each n-gram, (G,).
            lower: P(w | h') at each place, (B, T).
        """
        discounts = discounts_of(counts)[np.minimum(counts, 3)]  # (G,)
        # Each array ends in a 0, which is what rank -1 finds.
        kept = np.append(counts - discounts, 0.0)
        size = self._histories + 1
        totals = np.bincount(self._history_of, counts, minlength=size)[self._before]
        freed = np.bincount(self._history_of, discounts, minlength=size)[self._before]
        mixed = (kept[self.ranks] + freed * lower) / np.maximum(totals, 1)
        return np.where(totals > 0, mixed, lower)


def discounts_of(counts: Numbers) -> Floats:
    """Estimate what to take off the counts 0, 1, 2, and 3 or more, (4,).

    With n_c the number of n-grams of count c, and Y = n₁ / (n₁ + 2 n₂), it is
    D_c = c − (c + 1) Y n_{c+1} / n_c, which is at most c. Where one of n₁ … n₄ is 0, or a
    discount would not be positive, all three are `FALLBACK`.

    Args:
        counts: The count of each n-gram, (G,).
    """
    # In whole numbers, so that a discount of 0 is seen as such.
    _, n1, n2, n3, n4 = np.bincount(np.minimum(counts, 5), minlength=6)[:5].tolist()
    if n1 and n2 and n3 and n4:
        y = Fraction(n1, n1 + 2 * n2)
        found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
        if min(found) > 0:
            return np.array([0.0, *map(float, found)])
    return np.array([0.0, *FALLBACK])
