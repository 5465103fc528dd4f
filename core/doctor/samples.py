"""What a sample shows: how often it repeats itself, and how much its tokens surprise the model."""

import math
from collections.abc import Sequence
from statistics import fmean

GRAM = 4
"""Tokens in a row that count as said before."""


def repeated_share(tokens: Sequence[str]) -> float:
    """Return the share of a sample's 4-grams that stood in it before, 0 to 1."""
    grams = [tuple(tokens[at : at + GRAM]) for at in range(len(tokens) - GRAM + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def surprise(probabilities: Sequence[float]) -> float:
    """Return the mean of -ln p of a sample's tokens, in nats: what the model's loss on it is."""
    return fmean(-math.log(max(p, 1e-12)) for p in probabilities) if probabilities else math.nan
