"""Choose the next token of one text: the strategies, in the fewest calls of NumPy.

A call costs about a microsecond, more than what it computes of a small vocabulary. Top-k, top-p and
min-p each keep the most probable tokens, so that one ranking serves all three.
"""

import math

import numpy as np

from core.decoding import Decoding
from core.generation.strategies import Choices, Scores, none_left, not_finite

MOST_RANKED = 2048
"""Tokens of a vocabulary that are ranked; of a larger one, the strategies look at fewer."""


def choose_one(
    logits: Scores, decoding: Decoding, uniform: float, excluded: int | None = None
) -> Choices:
    """Choose as `choose` of `strategies.py` does, where repetitions do not matter.

    Args:
        logits: The model's, (V).
        decoding: How to choose.
        uniform: A random number, at least 0 and below 1.
        excluded: Index of a token that is never chosen.

    Returns:
        The token and its probability, (1).

    Raises:
        InputError: The logits are not finite, or no token is left to choose.
    """
    order = (-logits).argsort(kind="stable")  # of equal ones the lower index comes first
    ranked = logits[order]
    greatest = ranked[0]
    if not (math.isfinite(greatest) and math.isfinite(ranked[-1])):
        raise not_finite()
    given = np.exp(ranked - greatest)
    total = given.sum()
    if excluded is not None:
        if len(order) == 1:
            raise none_left()
        others = order != excluded
        order, ranked, given = order[others], ranked[others], given[others]
    rank = 0 if decoding.greedy else _draw(order, ranked, decoding, uniform)
    return Choices(order[rank : rank + 1], given[rank : rank + 1] / total)


def _draw(order: np.ndarray, ranked: Scores, decoding: Decoding, uniform: float) -> int:
    """Return the rank of a token drawn from those that the filters keep."""
    if decoding.top_k:
        ranked = ranked[: decoding.top_k]
    with np.errstate(over="ignore"):
        scores = (ranked - ranked[0]) / decoding.temperature
    weights = np.exp(scores)
    count = len(weights)
    if decoding.top_p < 1.0:
        shares = weights / weights.sum()
        # The shares that all the more probable ones hold together grow with the rank.
        count = int((shares.cumsum() - shares).searchsorted(decoding.top_p))
    if decoding.min_p:
        count = min(count, int((-scores).searchsorted(-math.log(decoding.min_p), "right")))
    by_index = order[:count].argsort()
    up_to = weights[by_index].cumsum()
    held = up_to[-1]
    share = min(uniform * held, math.nextafter(held, 0.0))
    return int(by_index[up_to.searchsorted(share, "right")])
