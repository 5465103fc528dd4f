"""Decoding strategies: from a model's logits to the next token.

Each filter takes scores (…, V), float64, and returns them with the dropped tokens at -inf; dropped
tokens stay dropped. Where scores are equal, the token with the lower index counts as the greater
one. `core/kernels/native/decoding.h` does the same for the compiled part.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.decoding import Decoding
from core.errors import InputError
from core.language import tr

Scores = npt.NDArray[np.float64]
"""Logits, scores or probabilities, (…, V)."""


class Choice(NamedTuple):
    """Hold the token chosen and what the model thought of it."""

    index: int  # type: ignore[assignment]  # a field, where a tuple has a method
    probability: float
    """What the model itself gave it, before any filter, 0 to 1."""


class Choices(NamedTuple):
    """Hold a token for each text of a batch, and what the model thought of it."""

    indices: npt.NDArray[np.int64]
    probabilities: Scores
    """What the model itself gave them, before any filter, 0 to 1."""


def choose(
    logits: Scores,
    decoding: Decoding,
    uniforms: Scores,
    *,
    seen: npt.NDArray[np.bool_] | None = None,
    excluded: int | None = None,
) -> Choices:
    """Choose the next token of each text.

    Args:
        logits: The model's, (…, V).
        decoding: How to choose.
        uniforms: A random number for each text, at least 0 and below 1, (…); it decides, where
            decoding is not greedy, by the share of the probabilities that it falls on.
        seen: Which tokens are already in the text, (…, V); needed only where repetitions are
            penalised.
        excluded: Index of a token that is never chosen.

    Raises:
        InputError: The logits are not finite, or no token is left to choose.
    """
    if not np.isfinite(logits).all():
        raise not_finite()
    if excluded is not None and logits.shape[-1] == 1:
        raise none_left()
    scores = logits
    if seen is not None:
        scores = penalise_repetition(scores, seen, decoding.repetition_penalty)
    if excluded is not None:
        scores = scores.copy()
        scores[..., excluded] = -math.inf
    if decoding.greedy:
        indices = scores.argmax(axis=-1)
    else:
        indices = _draw(restrict(scores, decoding), uniforms)
    given = np.exp(logits - logits.max(axis=-1, keepdims=True))
    chosen = np.take_along_axis(given, indices[..., None], axis=-1)[..., 0]
    return Choices(indices, chosen / given.sum(axis=-1))


def not_finite() -> InputError:
    """Return the error that a model's logits are not finite."""
    return InputError(
        tr(
            "the model's predictions are not finite numbers, so no text can be drawn; use an "
            "earlier checkpoint"
        )
    )


def none_left() -> InputError:
    """Return the error that no token is left to choose."""
    return InputError(tr("the model knows no token that may be drawn; train it on more text"))


def restrict(scores: Scores, decoding: Decoding) -> Scores:
    """Apply temperature, top-k, top-p and min-p, in this order; the greatest score becomes 0."""
    with np.errstate(over="ignore"):  # what is too low to be written down has no probability
        scores = (scores - scores.max(axis=-1, keepdims=True)) / decoding.temperature
    scores = keep_top_k(scores, decoding.top_k)
    scores = keep_top_p(scores, decoding.top_p)
    return keep_min_p(scores, decoding.min_p)


def penalise_repetition(scores: Scores, seen: npt.NDArray[np.bool_], penalty: float) -> Scores:
    """Lower the scores of tokens that are already in the text; penalty 1 changes nothing.

    Keskar et al. 2019, arXiv:1909.05858, section 4.1, divide them by the penalty; where a score is
    negative it is multiplied instead, or the penalty would be a reward.
    """
    if penalty == 1.0:
        return scores
    with np.errstate(over="ignore"):
        penalised = np.where(scores > 0, scores / penalty, scores * penalty)
    return np.where(seen, np.minimum(penalised, np.finfo(np.float64).max), scores)


def keep_top_k(scores: Scores, k: int) -> Scores:
    """Keep exactly the k greatest scores (Fan, Lewis & Dauphin 2018); 0 keeps all."""
    if k == 0 or k >= scores.shape[-1]:
        return scores
    least = np.partition(scores, -k, axis=-1)[..., -k, None]
    return _keep_greatest(scores, least, k)


def keep_top_p(scores: Scores, p: float) -> Scores:
    """Keep the fewest tokens that together hold the probability p; 1 keeps all.

    This is the nucleus of Holtzman et al. 2020, arXiv:1904.09751, eq. 2; it is never empty.
    """
    if p >= 1.0:
        return scores
    ranked = np.sort(scores, axis=-1)[..., ::-1]
    probabilities = np.exp(ranked - ranked[..., :1])
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    held_before = probabilities.cumsum(axis=-1) - probabilities
    count = (held_before < p).sum(axis=-1, keepdims=True)
    return _keep_greatest(scores, np.take_along_axis(ranked, count - 1, axis=-1), count)


def keep_min_p(scores: Scores, min_p: float) -> Scores:
    """Drop tokens less probable than min_p times the most probable one; 0 drops none.

    Nguyen et al. 2024, arXiv:2407.01082. On scores the ratio is a difference.
    """
    if min_p == 0.0:
        return scores
    floor = scores.max(axis=-1, keepdims=True) + math.log(min_p)
    return np.where(scores < floor, -math.inf, scores)


def _keep_greatest(scores: Scores, least: Scores, count: npt.NDArray[np.int64] | int) -> Scores:
    """Keep `count` scores, one number for all or (…, 1), the least of which is `least` (…, 1)."""
    kept = scores >= least
    if np.count_nonzero(kept) != np.sum(count * np.ones_like(least)):
        ties = scores == least
        room = count - (scores > least).sum(axis=-1, keepdims=True)
        kept &= ~ties | (ties.cumsum(axis=-1) <= room)
    return np.where(kept, scores, -math.inf)


def _draw(scores: Scores, uniforms: Scores) -> npt.NDArray[np.int64]:
    """Return the first token up to which more of the probability lies than the uniform number."""
    up_to = np.exp(scores).cumsum(axis=-1)
    total = up_to[..., -1]
    share = np.minimum(uniforms * total, np.nextafter(total, 0.0))
    indices: npt.NDArray[np.int64] = (up_to <= share[..., None]).sum(axis=-1)
    return indices
