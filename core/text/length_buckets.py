"""Labelled texts as batches of about the same length, so that little of a batch is padding.

Shapes: B texts, T tokens of the longest one in the batch.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.errors import DataError
from core.language import tr
from core.text.encoded_texts import EncodedTexts, Numbers

BATCHES_A_POOL = 50
"""Batches whose texts are sorted together: more pad less, fewer leave more to chance."""

PADDING = 0
"""What stands after the end of a text."""


class TextBatch(NamedTuple):
    """Hold some texts of different lengths."""

    x: Tensor
    """Tokens, padded with 0 at the end, int64, (B, T)."""
    lengths: Tensor
    """Tokens of each text, at least 1, int64, (B,)."""
    y: Tensor
    """The number of each text's class, int64, (B,)."""


class BucketedBatches:
    """Give each text once an epoch, in batches of about the same length.

    Texts are shuffled, sorted by length within pools of 50 batches, and the batches shuffled. The
    order is a pure function of seed and epoch.

    Args:
        encoded: The texts.
        batch_size: B; one batch of an epoch may have fewer.
        seed: Of the order.

    Raises:
        DataError: There are no texts.
    """

    def __init__(self, encoded: EncodedTexts, *, batch_size: int, seed: int) -> None:
        if not len(encoded):
            raise DataError(tr("there are no texts to make batches of; name data with texts in it"))
        self.batch_size = min(batch_size, len(encoded))
        self._encoded = encoded
        self._lengths = encoded.lengths
        self._seed = seed
        self._order: tuple[int, list[Numbers]] = (-1, [])

    def __len__(self) -> int:
        return math.ceil(len(self._encoded) / self.batch_size)

    def batch(self, epoch: int, index: int) -> TextBatch:
        """Return a batch of an epoch.

        Raises:
            IndexError: The epoch has no such batch.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} is outside of an epoch of {len(self)}")
        return _batch(self._encoded, self._order_of(epoch)[index])

    def resets(self, index: int) -> bool:
        """Say yes: every text starts afresh."""
        return True

    def _order_of(self, epoch: int) -> list[Numbers]:
        """Return the texts of each batch of an epoch."""
        if self._order[0] != epoch:
            generator = np.random.default_rng([self._seed, epoch])
            shuffled = generator.permutation(len(self._encoded))
            pools = np.arange(len(shuffled)) // (self.batch_size * BATCHES_A_POOL)
            by_length = shuffled[np.lexsort((self._lengths[shuffled], pools))]
            batches = _cut(by_length, self.batch_size)
            order = generator.permutation(len(batches)).tolist()
            self._order = (epoch, [batches[index] for index in order])
        return self._order[1]


def batches_in_order(encoded: EncodedTexts, batch_size: int) -> Iterator[tuple[Numbers, TextBatch]]:
    """Yield every text once, the shortest ones first, with the texts' numbers; for evaluating."""
    for indices in _cut(np.argsort(encoded.lengths, kind="stable"), batch_size):
        yield indices, _batch(encoded, indices)


def _cut(indices: Numbers, batch_size: int) -> list[Numbers]:
    return [indices[at : at + batch_size] for at in range(0, len(indices), batch_size)]


def _batch(encoded: EncodedTexts, indices: Numbers) -> TextBatch:
    starts = encoded.starts[indices]
    lengths = encoded.starts[indices + 1] - starts
    steps = np.arange(lengths.max())
    # Past the end of a text stands the next one, and past the last one nothing.
    tokens = encoded.ids.take(starts[:, None] + steps, mode="clip").astype(np.int64)  # (B, T)
    tokens[steps >= lengths[:, None]] = PADDING
    return TextBatch(
        torch.from_numpy(tokens),
        torch.from_numpy(lengths),
        torch.from_numpy(encoded.labels[indices]),
    )
