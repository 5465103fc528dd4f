"""Memory that is used again: fresh pages cost more than what is computed in them."""

import torch
from torch import Tensor

MOST_KEPT = 8
"""Buffers of one size that wait to be used again."""

_free: dict[int, list[Tensor]] = {}
"""Buffers that nobody holds, by their size; lists are changed by single, atomic calls only."""


class Buffer:
    """Hold some bytes, which are given back when nobody holds the buffer any more.

    Args:
        size: How many bytes are needed; there may be up to a quarter more.
    """

    __slots__ = ("_bytes",)

    def __init__(self, size: int) -> None:
        size = _rounded(size)
        try:
            self._bytes = _free[size].pop()
        except (KeyError, IndexError):
            self._bytes = torch.empty(size, dtype=torch.uint8)

    def __del__(self) -> None:
        if not hasattr(self, "_bytes"):
            return  # There was no memory for it.
        kept = _free.setdefault(self._bytes.numel(), [])
        if len(kept) < MOST_KEPT:
            kept.append(self._bytes)

    @property
    def address(self) -> int:
        """Return where it begins, at the start of a cache line."""
        return self._bytes.data_ptr()


def forget_free() -> None:
    """Give the system back what waits to be used again."""
    _free.clear()


def _rounded(size: int) -> int:
    """Round up to one of four sizes an octave, so that texts of many lengths share buffers."""
    step = max(64, 1 << max(0, size.bit_length() - 3))
    return -(-size // step) * step
