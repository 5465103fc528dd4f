"""The weights of a layer as the kernels want them, packed once a call or once for many calls."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from core.kernels.buffers import Buffer

Packed = dict[tuple[int, int, int, str], Buffer]
"""Weights by the addresses of those from input and state, number format and pass."""

Tables = dict[tuple[int, int], Tensor]
"""Products of an embedding and weights, by their addresses."""

_fixed: list[tuple[Packed, Tables]] = []
"""What has been made of weights while they are said to be fixed; the innermost at the end."""


@contextmanager
def fixed_weights() -> Iterator[None]:
    """Say that no weight changes until the backward passes of what is run here are done.

    Then each weight is packed only once, and what is made of it without a gradient is kept. For
    steps one by one, where packing would cost as much as the step.
    """
    _fixed.append(({}, {}))
    try:
        yield
    finally:
        _fixed.pop()


def packed_weights() -> Packed:
    """Return where a layer that is run now finds and leaves its packed weights."""
    return _fixed[-1][0] if _fixed else {}


def kept_tables() -> Tables | None:
    """Return where tables are found and left while weights are fixed; None while they are not."""
    return _fixed[-1][1] if _fixed else None
