"""The weights of a layer as the kernels want them, packed once a call or once for many calls."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.kernels.buffers import Buffer

Packed = dict[tuple[int, int, str], Buffer]
"""Weights by their address, number format and pass."""

_fixed: list[Packed] = []
"""What has been packed, while the weights are said to be fixed; the innermost at the end."""


@contextmanager
def fixed_weights() -> Iterator[None]:
    """Say that no weight changes until the backward passes of what is run here are done.

    Then each weight is packed only once. For steps one by one, where packing would cost as much as
    the step.
    """
    _fixed.append({})
    try:
        yield
    finally:
        _fixed.pop()


def packed_weights() -> Packed:
    """Return where a layer that is run now finds and leaves its packed weights."""
    return _fixed[-1] if _fixed else {}
