"""Words numbered by first appearance and counted, before it is known which of them are kept."""

import ctypes
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.text.compiled import character_classes, code_points, compiled
from core.text.words import WordSplit, WordSplitter, splittable_parts

Numbers = npt.NDArray[np.int32]
"""Numbers by first appearance, (N,)."""

Counts = npt.NDArray[np.int64]
"""How often each token was counted, by number, (distinct,)."""


class WordNumbers(Protocol):
    """Number the tokens of texts, the first one met 0, the next new one 1."""

    def split(self, text: str, *, joined: bool, counted: bool) -> tuple[Numbers, bool]:
        """Number the tokens of a text that begins and ends between two.

        Args:
            text: Any text, or one of the `splittable_parts` of one.
            joined: Whether no space is implied before it, as at the start of a text.
            counted: Whether its tokens are counted.

        Returns:
            The tokens' numbers, and whether no space is implied after them.

        Raises:
            MemoryError: There are too many different tokens.
        """

    @property
    def counts(self) -> Counts:
        """How often each token was counted."""

    def token(self, number: int) -> str:
        """Return a token."""

    def find(self, token: str) -> int:
        """Return a token's number; -1 where it was not met."""


def word_numbers(word_split: WordSplit) -> WordNumbers:
    """Begin to number words, by the compiled part where there is one."""
    library = compiled()
    if library is None:
        return PythonWordNumbers(word_split)
    return CompiledWordNumbers(library, word_split)


def numbered(
    numbers: WordNumbers, word_split: WordSplit, text: str, *, counted: bool = False
) -> Iterator[tuple[Numbers, int]]:
    """Yield the tokens' numbers of a whole text, with the characters done so far."""
    joined = True
    for start, end in splittable_parts(text, word_split):
        found, joined = numbers.split(text[start:end], joined=joined, counted=counted)
        yield found, end


def renumbering(numbers: WordNumbers, index: Mapping[str, int], unknown: int) -> Numbers:
    """Return what each number becomes in a vocabulary, (distinct,).

    Args:
        numbers: Of the tokens met.
        index: The vocabulary's number of each token that it knows.
        unknown: That of all others.
    """
    table = np.full(len(numbers.counts), unknown, dtype=np.int32)
    for token, number in index.items():
        place = numbers.find(token)
        if place >= 0:
            table[place] = number
    return table


def by_frequency(numbers: WordNumbers) -> Iterable[str]:
    """Yield the tokens that were counted, the most frequent first, then by first appearance."""
    counts = numbers.counts
    order = np.argsort(-counts, kind="stable")
    return (numbers.token(number) for number in order[: np.count_nonzero(counts)].tolist())


class PythonWordNumbers:
    """Number words without the compiled part.

    Args:
        word_split: Where words end.
    """

    def __init__(self, word_split: WordSplit) -> None:
        self._splitter = WordSplitter(word_split)
        self._index: dict[str, int] = {}
        self._tokens: list[str] = []
        self._counts = np.zeros(0, dtype=np.int64)

    def split(self, text: str, *, joined: bool, counted: bool) -> tuple[Numbers, bool]:
        """Number the tokens of a text that begins and ends between two."""
        tokens, joined = self._splitter.split_part(text, joined=joined)
        index = self._index
        for token in dict.fromkeys(tokens):
            if token not in index:
                index[token] = len(index)
                self._tokens.append(token)
        found = np.fromiter(map(index.__getitem__, tokens), dtype=np.int32, count=len(tokens))
        new = np.zeros(len(index) - len(self._counts), dtype=np.int64)
        self._counts = np.concatenate([self._counts, new]) if len(new) else self._counts
        if counted:
            np.add.at(self._counts, found, 1)
        return found, joined

    @property
    def counts(self) -> Counts:
        """How often each token was counted."""
        return self._counts

    def token(self, number: int) -> str:
        """Return a token."""
        return self._tokens[number]

    def find(self, token: str) -> int:
        """Return a token's number; -1 where it was not met."""
        return self._index.get(token, -1)


class CompiledWordNumbers:
    """Number words by the compiled part.

    Args:
        library: The compiled part.
        word_split: Where words end.
    """

    def __init__(self, library: ctypes.CDLL, word_split: WordSplit) -> None:
        self._library = library
        self._classes = character_classes()
        self._words = library.rnnstudio_words(
            self._classes.ctypes.data, int(word_split == "punctuation")
        )
        if not self._words:
            raise MemoryError
        weakref.finalize(self, library.rnnstudio_words_free, self._words)

    def split(self, text: str, *, joined: bool, counted: bool) -> tuple[Numbers, bool]:
        """Number the tokens of a text that begins and ends between two."""
        codes = code_points(text)
        found = np.empty(len(codes), dtype=np.int32)
        state = ctypes.c_int64(joined)
        count = self._library.rnnstudio_words_split(
            self._words,
            codes.ctypes.data,
            len(codes),
            ctypes.byref(state),
            int(counted),
            found.ctypes.data,
        )
        if count < 0:
            raise MemoryError
        return found[:count], bool(state.value)

    @property
    def counts(self) -> Counts:
        """How often each token was counted."""
        counts = np.empty(self._library.rnnstudio_words_distinct(self._words), dtype=np.int64)
        self._library.rnnstudio_words_counts(self._words, counts.ctypes.data)
        return counts

    def token(self, number: int) -> str:
        """Return a token."""
        length = ctypes.c_int64()
        place = self._library.rnnstudio_words_token(self._words, number, ctypes.byref(length))
        data = ctypes.string_at(place, 4 * length.value) if length.value else b""
        return data.decode(f"utf-32-{sys.byteorder[:1]}e", "surrogatepass")

    def find(self, token: str) -> int:
        """Return a token's number; -1 where it was not met."""
        codes = code_points(token)
        return int(self._library.rnnstudio_words_find(self._words, codes.ctypes.data, len(codes)))
