"""How a model's gates and units move: how their values lie, which are saturated, which are dead."""

import torch
from torch import Tensor

from core.events import LayerActivity, ValueShares
from core.insight.unrolled import LayerTrace

BINS = 20
"""Bins of a distribution."""

EDGE = 0.1
"""A value this close to an end of its range is saturated."""

DEAD_BELOW = 0.01
"""A unit whose hidden state has a smaller standard deviation than this says nothing."""


def layer_activity(trace: LayerTrace) -> LayerActivity:
    """Sum up what a layer did in some sequences, over all of their steps and units."""
    hidden = torch.stack(trace.hidden)  # (T, B, H)
    gates = [value_shares(name, torch.stack(values)) for name, values in trace.gates.items()]
    deviations = hidden.flatten(0, 1).std(dim=0, correction=0)  # (H,)
    return LayerActivity(
        values=[*gates, value_shares("hidden", hidden, low=-1.0)],
        units=hidden.shape[2],
        dead=int((deviations < DEAD_BELOW).sum()),
    )


def value_shares(name: str, values: Tensor, *, low: float = 0.0) -> ValueShares:
    """Say how values between `low` and 1 are distributed, and what share lies at either end."""
    flat = values.detach().float().flatten()
    bins = torch.histc(flat, BINS, low, 1.0) / len(flat)
    return ValueShares(
        name=name,
        low=low,
        shares=[round(share, 4) for share in bins.tolist()],
        at_low=float((flat < low + EDGE).float().mean()),
        at_high=float((flat > 1.0 - EDGE).float().mean()),
    )
