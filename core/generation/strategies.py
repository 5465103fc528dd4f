"""Decoding strategies: from a model's logits to the next token.

Each filter takes scores (…, V) and returns them with the dropped tokens at -inf; dropped tokens
stay dropped. Where scores are equal, the token with the lower index counts as the greater one.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.decoding import Decoding
from core.errors import InputError
from core.language import tr


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold the token chosen and what the model thought of it."""

    index: int
    probability: float
    """What the model itself gave it, before any filter, 0 to 1."""


def choose(
    logits: Tensor,
    decoding: Decoding,
    generator: torch.Generator,
    *,
    seen: Tensor | None = None,
    excluded: int | None = None,
) -> Choice:
    """Choose the next token.

    Args:
        logits: The model's, (V,), on any device and in any precision.
        decoding: How to choose.
        generator: Source of randomness, on the CPU; not touched where decoding is greedy.
        seen: Which tokens are already in the text, bool (V,) on the CPU; needed only where
            repetitions are penalised.
        excluded: Index of a token that is never chosen.

    Raises:
        InputError: The logits are not finite, or no token is left to choose.
    """
    raw = logits.detach().to("cpu", torch.float64)
    if not torch.isfinite(raw).all():
        raise InputError(
            tr(
                "the model's predictions are not finite numbers, so no text can be drawn; use an "
                "earlier checkpoint"
            )
        )
    scores = raw.clone()
    if excluded is not None:
        scores[excluded] = -math.inf
    if scores.max() == -math.inf:
        raise InputError(tr("the model knows no token that may be drawn; train it on more text"))
    if seen is not None:
        scores = penalise_repetition(scores, seen, decoding.repetition_penalty)
    if decoding.greedy:
        index = int(scores.argmax())
    else:
        probabilities = torch.softmax(restrict(scores, decoding), dim=-1)
        index = int(torch.multinomial(probabilities, 1, generator=generator))
    return Choice(index, float(torch.softmax(raw, dim=-1)[index]))


def restrict(scores: Tensor, decoding: Decoding) -> Tensor:
    """Apply temperature, top-k, top-p and min-p, in this order."""
    scores = scores / decoding.temperature
    scores = keep_top_k(scores, decoding.top_k)
    scores = keep_top_p(scores, decoding.top_p)
    return keep_min_p(scores, decoding.min_p)


def penalise_repetition(scores: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Lower the scores of tokens that are already in the text; penalty 1 changes nothing.

    Keskar et al. 2019, arXiv:1909.05858, section 4.1, divide them by the penalty; where a score is
    negative it is multiplied instead, or the penalty would be a reward.
    """
    if penalty == 1.0:
        return scores
    penalised = torch.where(scores > 0, scores / penalty, scores * penalty)
    return torch.where(seen, penalised, scores)


def keep_top_k(scores: Tensor, k: int) -> Tensor:
    """Keep exactly the k greatest scores (Fan, Lewis & Dauphin 2018); 0 keeps all."""
    if k == 0 or k >= scores.shape[-1]:
        return scores
    ranked, order = scores.sort(dim=-1, descending=True, stable=True)
    ranked[..., k:] = -math.inf
    return torch.empty_like(scores).scatter_(-1, order, ranked)


def keep_top_p(scores: Tensor, p: float) -> Tensor:
    """Keep the fewest tokens that together hold the probability p; 1 keeps all.

    This is the nucleus of Holtzman et al. 2020, arXiv:1904.09751, eq. 2; it is never empty.
    """
    if p >= 1.0:
        return scores
    ranked, order = scores.sort(dim=-1, descending=True, stable=True)
    probabilities = torch.softmax(ranked, dim=-1)
    held_before = probabilities.cumsum(dim=-1) - probabilities
    ranked = ranked.masked_fill(held_before >= p, -math.inf)
    return torch.empty_like(scores).scatter_(-1, order, ranked)


def keep_min_p(scores: Tensor, min_p: float) -> Tensor:
    """Drop tokens less probable than min_p times the most probable one; 0 drops none.

    Nguyen et al. 2024, arXiv:2407.01082. On scores the ratio is a difference.
    """
    if min_p == 0.0:
        return scores
    floor = scores.amax(dim=-1, keepdim=True) + math.log(min_p)
    return scores.masked_fill(scores < floor, -math.inf)
