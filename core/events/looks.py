"""What a look inside of the model shows while it trains."""

import msgspec

from core.events.base import EventBase


class GradientsThroughTime(EventBase, frozen=True, kw_only=True):
    """Say how much of a loss reaches the hidden states before it, on held-out text.

    The loss is that of the last step of a window alone, so that k is the distance to it.
    """

    step: int
    lags: list[int]
    """Distances k in tokens, from 0 on."""
    norms: list[list[float | None]]
    """‖∂L_T/∂h_{T−k}‖ by layer, the lowest first, and by lag; the mean over some windows."""
    half_lives: list[float | None]
    """Tokens in which a layer's norm halves; None where it does not fall."""


class ValueShares(msgspec.Struct, frozen=True, kw_only=True):
    """Say how the values of a gate, or of the hidden states, are distributed."""

    name: str
    """`input`, `forget`, `output`, `reset`, `update` or `hidden`."""
    low: float
    """Lower end of the range: 0, or -1 for hidden states; the upper end is 1."""
    shares: list[float]
    """Share of the values in each of 20 bins of the same width, from the lower end on."""
    at_low: float
    """Share within 0.1 of the lower end, 0 to 1."""
    at_high: float
    """Share within 0.1 of the upper end, 0 to 1."""


class LayerActivity(msgspec.Struct, frozen=True, kw_only=True):
    """Sum up what a layer does on held-out text."""

    values: list[ValueShares]
    """Of each gate, then of the hidden states."""
    units: int
    dead: int
    """Units whose hidden state hardly changes: its standard deviation is below 0.01."""


class GatesMeasured(EventBase, frozen=True, kw_only=True):
    """Say how gates and hidden states move, on held-out text."""

    step: int
    layers: list[LayerActivity]
    """The lowest first."""
