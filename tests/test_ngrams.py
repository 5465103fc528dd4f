"""The n-gram models are modified Kneser–Ney's, distributions over the vocabulary at any history."""

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.control import StopRequested
from core.errors import DataError
from core.insight.ngrams import FALLBACK, discounts_of, next_token_probabilities, ngram_losses
from core.text.vocabulary import Ids

Gram = tuple[int, ...]

streams = st.lists(st.integers(0, 4), max_size=120)
vocabularies = st.integers(5, 7)


def ids_of(tokens: Sequence[int]) -> Ids:
    """Return tokens as the engine holds them."""
    return np.array(tokens, dtype=np.int32)


def chain(count: int, size: int) -> list[int]:
    """Return a text in which some tokens follow others far more often."""
    rng = np.random.default_rng(3)
    tokens = [0]
    for step in rng.geometric(0.4, count):
        tokens.append((tokens[-1] * 2 + int(step)) % size)
    return tokens


class Naive:
    """Interpolate by the formulas, one token at a time, over dictionaries."""

    def __init__(self, train: Sequence[int], vocab_size: int, order: int) -> None:
        self.vocab_size = vocab_size
        self.counts: dict[int, Counter[Gram]] = {}
        for n in range(1, order + 1):
            longer = {tuple(train[i : i + n + 1]) for i in range(len(train) - n)}
            self.counts[n] = Counter(gram[1:] for gram in longer)
        self.counts[order] = Counter(
            tuple(train[i : i + order]) for i in range(len(train) - order + 1)
        )
        self.discounts = {n: self.estimate(counts) for n, counts in self.counts.items()}
        self.order = order

    @staticmethod
    def estimate(counts: Counter[Gram]) -> tuple[float, ...]:
        """Return D1, D2 and D3+."""
        n = Counter(counts.values())
        if 0 in (n[1], n[2], n[3], n[4]):
            return FALLBACK
        y = Fraction(n[1], n[1] + 2 * n[2])
        found = [c - (c + 1) * y * Fraction(n[c + 1], n[c]) for c in (1, 2, 3)]
        return tuple(map(float, found)) if all(d > 0 for d in found) else FALLBACK

    def probability(self, history: Gram, token: int, n: int) -> float:
        """Return P(token | the last n - 1 tokens of the history)."""
        if n == 0:
            return 1 / self.vocab_size
        lower = self.probability(history, token, n - 1)
        if len(history) < n - 1:
            return lower
        context = history[len(history) - (n - 1) :]
        counts, discounts = self.counts[n], self.discounts[n]
        followers = [counts[(*context, w)] for w in range(self.vocab_size)]
        total = sum(followers)
        if not total:
            return lower
        gamma = sum(discounts[min(c, 3) - 1] for c in followers if c) / total
        count = counts[(*context, token)]
        kept = count - discounts[min(count, 3) - 1] if count else 0.0
        return kept / total + gamma * lower

    def loss(self, val: Sequence[int]) -> float:
        """Return the mean nats of all tokens but the first."""
        nats = [
            -math.log(self.probability(tuple(val[:i]), val[i], self.order))
            for i in range(1, len(val))
        ]
        return sum(nats) / len(nats)


@given(streams, st.lists(st.integers(0, 4), min_size=2, max_size=30), vocabularies)
def test_losses_are_those_of_the_formulas(train: list[int], val: list[int], size: int) -> None:
    """Every order's loss is that of a plain implementation, on any text, even an empty one."""
    found = ngram_losses(ids_of(train), ids_of(val), size)
    expected = [Naive(train, size, order).loss(val) for order in range(1, 7)]
    assert found == pytest.approx(expected, rel=1e-9)


def test_losses_with_estimated_discounts() -> None:
    """Where all counts of counts are there, the estimates enter as the formulas say."""
    train, val = chain(900, 11), chain(1200, 11)[900:]
    for order in (2, 3):
        assert Naive(train, 12, order).discounts[order] != FALLBACK
    expected = [Naive(train, 12, order).loss(val) for order in range(1, 7)]
    found = ngram_losses(ids_of(train), ids_of(val), 12)
    assert found == pytest.approx(expected, rel=1e-9)
    assert found[1] < found[0] - 0.3


@given(streams, st.lists(st.integers(0, 6), max_size=7), vocabularies, st.integers(1, 6))
def test_probabilities_are_a_distribution(
    train: list[int], history: list[int], size: int, order: int
) -> None:
    """After any history, seen or not, they sum to 1 and none is 0."""
    history = [token % size for token in history]
    found = next_token_probabilities(ids_of(train), ids_of(history), size, order)
    assert found.shape == (size,)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert found.min() > 0


def test_an_untaught_model_is_uniform() -> None:
    """Without a text to count, every order gives 1/V."""
    assert ngram_losses(ids_of([]), ids_of([1, 2, 3]), 9) == pytest.approx([math.log(9)] * 6)


def test_ranks_hold_where_packed_tokens_would_not() -> None:
    """Six tokens of a vocabulary of 50,000 exceed 63 bits, and are told apart all the same."""
    tokens = np.random.default_rng(0).integers(0, 50_000, 400).tolist()
    train, val = [*tokens, *tokens, *tokens], tokens[:60]
    few = sorted(set(tokens))
    small_train, small_val = (ids_of(np.searchsorted(few, part).tolist()) for part in (train, val))
    # The two differ only in how little the uniform end of the recursion gives.
    expected = ngram_losses(small_train, small_val, len(few))
    found = ngram_losses(ids_of(train), ids_of(val), 50_000)
    assert found[1:] == pytest.approx(expected[1:], rel=0.05)
    assert found[5] < 0.6 < 5 < found[0]


def test_discounts_of_a_written_out_example() -> None:
    """For 8, 4, 2 and 1 n-grams of count 1 to 4, Y is 1/2, and the discounts are 1/2, 5/4, 2."""
    counts = np.array([0] * 3 + [1] * 8 + [2] * 4 + [3] * 2 + [4, 7, 9])
    assert discounts_of(counts).tolist() == [0, 0.5, 1.25, 2]


@pytest.mark.parametrize(
    "counts", [[], [5, 6], [1, 2, 3], [1, 2, *[3] * 9, 4], [1, 2, 3, *[4] * 9]]
)
def test_discounts_that_cannot_be_estimated(counts: list[int]) -> None:
    """Missing counts of counts, or estimates that would not be positive, give the fall-back."""
    assert discounts_of(np.array(counts, dtype=np.int64)).tolist() == [0, *FALLBACK]


def test_too_short_a_text_is_refused_and_a_stop_is_obeyed() -> None:
    """One token has nothing to predict; a wish to stop is heard between the orders."""
    with pytest.raises(DataError, match="at least 2 tokens to predict, got 1"):
        ngram_losses(ids_of([1, 2]), ids_of([1]), 3)
    asked = iter([False, False, True])
    with pytest.raises(StopRequested):
        ngram_losses(ids_of([1, 2]), ids_of([1, 2]), 3, should_stop=lambda: next(asked))
    assert next(asked, None) is None
    assert len(ngram_losses(ids_of([1, 2]), ids_of([1, 2]), 3, highest=2)) == 2
