"""Token streams as batches: contiguous streams that carry the state, or shuffled windows.

Shapes: B sequences of T tokens. Targets are the inputs moved on by one token.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.errors import DataError
from core.language import tr
from core.text.base import as_texts
from core.text.vocabulary import Ids, Vocabulary

Pair = tuple[Tensor, Tensor]
"""Inputs and targets, int64 (B, T)."""


class Batches(Protocol):
    """Give the batches of every epoch by number, so that a run can go on anywhere."""

    batch_size: int
    """Sequences in a full batch; fewer than asked for where the text is short."""
    tokens_per_epoch: int
    """Targets in an epoch."""

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        ...

    def batch(self, epoch: int, index: int) -> Pair:
        """Return inputs and targets, int64 (B, T), of a batch of an epoch."""
        ...

    def resets(self, index: int) -> bool:
        """Tell whether the hidden state is zero at the start of a batch."""
        ...


class StreamBatches:
    """Read a text as B contiguous streams of equal length, side by side.

    Batch after batch goes on where the last one ended, so that the hidden state can be carried
    on; the last batch of an epoch may be shorter in time. Every token but the first is a target
    once an epoch, save fewer than B at the end of the text.

    Args:
        ids: The text's tokens, at least 2.
        batch_size: Streams wanted; there are fewer where each would not hold a whole sequence.
        seq_length: T.

    Raises:
        DataError: There are fewer than 2 tokens.
    """

    def __init__(self, ids: Ids, *, batch_size: int, seq_length: int) -> None:
        targets = len(ids) - 1
        if targets < 1:
            raise DataError(
                tr(
                    "a text of {count} tokens makes no sequence; at least 2 are needed",
                    count=len(ids),
                )
            )
        self.batch_size = max(1, min(batch_size, targets // seq_length))
        self._seq_length = seq_length
        self._length = targets // self.batch_size
        self.tokens_per_epoch = self.batch_size * self._length
        self._inputs = ids[: self.tokens_per_epoch].reshape(self.batch_size, self._length)
        self._targets = ids[1 : self.tokens_per_epoch + 1].reshape(self.batch_size, self._length)

    def __len__(self) -> int:
        return math.ceil(self._length / self._seq_length)

    def batch(self, epoch: int, index: int) -> Pair:
        """Return inputs and targets, int64 (B, T), the same ones in every epoch."""
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} is outside of an epoch of {len(self)}")
        window = slice(index * self._seq_length, (index + 1) * self._seq_length)
        return _tensor(self._inputs[:, window]), _tensor(self._targets[:, window])

    def resets(self, index: int) -> bool:
        """Tell whether an epoch begins here."""
        return index == 0


class WindowBatches:
    """Read a text as windows of T tokens in random order, each from a zero state.

    The windows begin at the multiples of T; what is left at the end is not read. The order is a
    pure function of seed and epoch.

    Args:
        ids: The text's tokens.
        batch_size: B; the last batch of an epoch may have fewer.
        seq_length: T.
        seed: Of the order.

    Raises:
        DataError: There is not a whole window and the target after it.
    """

    def __init__(self, ids: Ids, *, batch_size: int, seq_length: int, seed: int) -> None:
        count = (len(ids) - 1) // seq_length
        if count < 1:
            raise DataError(
                tr(
                    "a text of {count} tokens is too short for seq_length {seq_length}; it needs "
                    "at least {least}",
                    count=len(ids),
                    seq_length=seq_length,
                    least=seq_length + 1,
                )
            )
        self.batch_size = min(batch_size, count)
        self.tokens_per_epoch = count * seq_length
        self._inputs = ids[: self.tokens_per_epoch].reshape(count, seq_length)
        self._targets = ids[1 : self.tokens_per_epoch + 1].reshape(count, seq_length)
        self._seed = seed
        self._order = (-1, np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return math.ceil(len(self._inputs) / self.batch_size)

    def batch(self, epoch: int, index: int) -> Pair:
        """Return inputs and targets, int64 (B, T), of a batch of an epoch."""
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} is outside of an epoch of {len(self)}")
        rows = self._order_of(epoch)[index * self.batch_size : (index + 1) * self.batch_size]
        return _tensor(self._inputs[rows]), _tensor(self._targets[rows])

    def resets(self, index: int) -> bool:
        """Say yes: every window starts afresh."""
        return True

    def _order_of(self, epoch: int) -> npt.NDArray[np.int64]:
        if self._order[0] != epoch:
            shuffled = np.random.default_rng([self._seed, epoch]).permutation(len(self._inputs))
            self._order = (epoch, shuffled)
        return self._order[1]


class WindowDataset(Dataset[Pair]):
    """Hold the windows of a text for a `DataLoader`, one at each multiple of T.

    Args:
        ids: The text's tokens.
        seq_length: T.
        keep_rest: Whether what is left at the end counts as a last, shorter window.
    """

    def __init__(self, ids: Ids, seq_length: int, *, keep_rest: bool) -> None:
        self._ids = ids
        self._seq_length = seq_length
        self.full_windows = (len(ids) - 1) // seq_length
        rest = (len(ids) - 1) % seq_length
        self._count = self.full_windows + (1 if keep_rest and rest else 0)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Pair:
        start = index * self._seq_length
        end = min(start + self._seq_length, len(self._ids) - 1)
        return _tensor(self._ids[start:end]), _tensor(self._ids[start + 1 : end + 1])


def create_data_loaders(  # noqa: PLR0917 - the chapter's code calls it so
    train_texts: Iterable[str],
    val_texts: Iterable[str],
    vocab: Vocabulary,
    seq_length: int = 64,
    batch_size: int = 32,
    seed: int = 0,
) -> tuple[DataLoader[Pair], DataLoader[Pair]]:
    """Make loaders of `(x, y)`, int64 (B, T), with y one token ahead of x.

    The texts of a list become one stream, cut into windows of T tokens that do not overlap.
    Training shuffles them and leaves out a rest shorter than T. Validation keeps their order and
    covers all of the stream: the rest comes last, as a batch of one shorter sequence.

    Args:
        train_texts: Texts to train on.
        val_texts: Texts to validate with.
        vocab: A vocabulary that has been built or loaded.
        seq_length: T.
        batch_size: B; the last batch may have fewer.
        seed: Of the order of training.

    Raises:
        DataError: A list has too few tokens: fewer than T + 1 for training, 2 for validation.
    """
    train_ids, val_ids = _joined(train_texts, vocab), _joined(val_texts, vocab)
    for what, ids, least in (("train", train_ids, seq_length + 1), ("val", val_ids, 2)):
        if len(ids) < least:
            raise DataError(
                tr(
                    "{what}_texts has {count} tokens and needs at least {least} for seq_length "
                    "{seq_length}; give more text or a smaller seq_length",
                    what=what,
                    count=len(ids),
                    least=least,
                    seq_length=seq_length,
                )
            )
    train = WindowDataset(train_ids, seq_length, keep_rest=False)
    val = WindowDataset(val_ids, seq_length, keep_rest=True)
    # Generators of their own, so that iterating leaves torch's global one alone.
    return (
        DataLoader(
            train,
            batch_size=batch_size,
            shuffle=True,
            generator=torch.Generator().manual_seed(seed),
        ),
        DataLoader(
            val,
            batch_sampler=_batches_in_order(val, batch_size),
            generator=torch.Generator().manual_seed(seed),
        ),
    )


def _batches_in_order(dataset: WindowDataset, batch_size: int) -> Sequence[list[int]]:
    """Group full windows; a shorter one at the end is a batch by itself, as shapes must agree."""
    full = range(dataset.full_windows)
    batches = [list(full[at : at + batch_size]) for at in range(0, len(full), batch_size)]
    rest = list(range(dataset.full_windows, len(dataset)))
    return [*batches, rest] if rest else batches


def _joined(texts: Iterable[str], vocab: Vocabulary) -> Ids:
    streams = (vocab.text_to_indices(text) for text in as_texts(texts))
    return np.concatenate([np.empty(0, dtype=np.int32), *streams])


def _tensor(ids: Ids) -> Tensor:
    # A copy, which is writable and contiguous whatever the stream is.
    return torch.from_numpy(ids.astype(np.int64))
