"""Tokens written one after another, into a file or into memory, and hashed on the way."""

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from core.background import InOrder
from core.text.vocabulary import Ids, Vocabulary

CHUNK_TOKENS = 2**20
"""Tokens that are read back at a time."""


class TokenStore(Protocol):
    """Keep tokens of one type in the order in which they come."""

    def append(self, tokens: Ids) -> None:
        """Keep some more.

        Raises:
            OSError: There is no room.
        """

    def chunks(self) -> Iterator[Ids]:
        """Yield all of them, a piece at a time."""


class FileTokens:
    """Keep tokens in a file that is open for both ways.

    Args:
        file: Where to write from its beginning.
        dtype: Their type.
    """

    def __init__(self, file: BinaryIO, dtype: npt.DTypeLike) -> None:
        self._file = file
        self._dtype = np.dtype(dtype)

    def append(self, tokens: Ids) -> None:
        """Write some more."""
        self._file.write(np.ascontiguousarray(tokens, dtype=self._dtype).data)

    def chunks(self) -> Iterator[Ids]:
        """Yield all of them, a piece at a time."""
        self._file.seek(0)
        while data := self._file.read(CHUNK_TOKENS * self._dtype.itemsize):
            yield np.frombuffer(data, dtype=self._dtype)


class MemoryTokens:
    """Keep tokens in memory.

    Args:
        dtype: Their type.
    """

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._parts: list[Ids] = []

    def append(self, tokens: Ids) -> None:
        """Keep a copy of some more."""
        self._parts.append(np.array(tokens, dtype=self._dtype))

    def chunks(self) -> Iterator[Ids]:
        """Yield all of them once, a piece at a time, and forget them."""
        while self._parts:
            yield self._parts.pop(0)

    def joined(self) -> Ids:
        """Return all of them as one array, and forget them."""
        whole = np.empty(sum(map(len, self._parts)), dtype=self._dtype)
        start = 0
        for part in self.chunks():
            whole[start : start + len(part)] = part
            start += len(part)
        return whole


class Digest:
    """Hash two streams of tokens and their vocabulary, beside the thread that makes them.

    The streams are hashed as 4-byte numbers, the training tokens first, whatever they are kept as.

    Args:
        vocabulary: What the numbers mean.
        train_tokens: How many of the tokens are trained on.
        val_tokens: How many follow to validate with.
        beside: Does the work.
    """

    def __init__(
        self, vocabulary: Vocabulary, train_tokens: int, val_tokens: int, beside: InOrder
    ) -> None:
        self._sha256 = hashlib.sha256(msgspec.json.encode(vocabulary.to_dict()))
        self._begins = [(0, train_tokens), (train_tokens, val_tokens)]
        self._done = 0
        self._beside = beside

    def update(self, tokens: Ids) -> None:
        """Take the next tokens, which must not change any more."""
        while self._begins and self._done + len(tokens) > self._begins[0][0]:
            place, count = self._begins.pop(0)
            before, tokens = np.split(tokens, [place - self._done])
            self._hash(before)
            self._begin(count)
        self._hash(tokens)

    def hexdigest(self) -> str:
        """Return the hash of all, once all were given."""
        for _, count in self._begins:
            self._begin(count)
        self._beside.finish()
        return self._sha256.hexdigest()

    def _begin(self, count: int) -> None:
        self._beside.do(partial(self._sha256.update, count.to_bytes(8, "little")))

    def _hash(self, tokens: Ids) -> None:
        self._done += len(tokens)
        if len(tokens):
            self._beside.do(lambda: self._sha256.update(tokens.astype("<i4").data))


def narrowest(size: int) -> np.dtype[Any]:
    """Return the narrowest type that holds the numbers of a vocabulary of some size."""
    return np.dtype("u1" if size <= 2**8 else "<u2" if size <= 2**16 else "<i4")
