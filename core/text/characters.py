"""The vocabulary of characters, which encodes by looking whole arrays up in one table."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from core.language import tr
from core.text.base import (
    UNKNOWN_INDEX,
    Ids,
    Progress,
    StoredVocabulary,
    Vocabulary,
    as_texts,
    first_distinct,
    tell,
)
from core.text.compiled import CODE_POINTS, SURROGATES, code_points, compiled
from core.text.words import UNKNOWN

CHUNK_CHARS = 2**16
"""Characters encoded at a time: few enough that the temporary arrays stay in the cache."""


class CharacterVocabulary(Vocabulary):
    """Number the characters of texts, in the order of their code points.

    A character is a Unicode code point; a lone surrogate is none and maps to `<unk>`, which is one
    token that is written as these five letters.
    """

    vocab_type: ClassVar[Literal["char", "word"]] = "char"

    @property
    def char2idx(self) -> dict[str, int]:
        """The number of each character."""
        return self._index

    @property
    def idx2char(self) -> dict[int, str]:
        """The character of each number."""
        return self._reverse

    def build_vocabulary(self, texts: Iterable[str], on_progress: Progress | None = None) -> None:
        """Take over the characters of some texts, forgetting those known before."""
        seen = np.zeros(CODE_POINTS, dtype=np.bool_)
        done = 0
        for text in as_texts(texts):
            for start, codes in _chunks(text):
                mark(codes, seen)
                tell(on_progress, done + start + len(codes))
            done += len(text)
        self.take_seen(seen)

    def take_seen(self, seen: npt.NDArray[np.bool_]) -> None:
        """Take over the characters that were marked, forgetting those known before.

        Args:
            seen: Whether each code point occurred, (0x110000,).
        """
        seen[SURROGATES] = False
        self._fill([UNKNOWN, *map(chr, np.flatnonzero(seen).tolist())])

    def text_to_indices(self, text: str, on_progress: Progress | None = None) -> Ids:
        """Return the numbers of a text's characters, 4 bytes each."""
        indices = np.empty(len(text), dtype=np.int32)
        self.number(text, indices, on_progress)
        return indices

    def number(self, text: str, out: npt.NDArray[Any], on_progress: Progress | None = None) -> None:
        """Write the numbers of a text's characters into an array, (N,), of a type that fits."""
        for start, codes in _chunks(text):
            end = start + len(codes)
            _look_up(codes, self._by_code, out[start:end])
            tell(on_progress, end)

    def piece(self, previous: int | None, index: int) -> str:
        """Write one character; what precedes it makes no difference."""
        self._check_index(index)
        return self._tokens[index]

    def unknown_tokens(self, text: str) -> list[str]:
        """Return the characters not known in a text: each once, in order, the first 20."""
        places = np.flatnonzero(self.text_to_indices(text) == UNKNOWN_INDEX)
        return first_distinct(text[place] for place in places.tolist())

    def unknown_counts(self, text: str) -> dict[str, int]:
        """Return each character of a text that is not known, with how often it occurs."""
        places = np.flatnonzero(self.text_to_indices(text) == UNKNOWN_INDEX)
        return Counter(text[place] for place in places.tolist())

    def can_write(self, text: str) -> bool:
        """Tell whether all characters of a text are known."""
        return all(character in self._index for character in text)

    @property
    def start_index(self) -> int:
        """A line end, or else a space, or else the first character known."""
        for character in "\n\r ":
            if character in self._index:
                return self._index[character]
        return min(1, len(self) - 1)

    def _fill(self, tokens: list[str]) -> None:
        super()._fill(tokens)
        codes = [ord(token) for token in tokens[1:]]
        self._by_code = np.full(max(codes, default=-1) + 2, UNKNOWN_INDEX, dtype=np.int32)
        self._by_code[codes] = np.arange(1, len(tokens), dtype=np.int32)

    def _stored(self) -> StoredVocabulary:
        return StoredVocabulary(vocab_type="char", tokens=self._tokens)

    def _check(self, stored: StoredVocabulary) -> None:
        for token in stored.tokens[1:]:
            if len(token) != 1:
                raise ValueError(tr("{token!r} is not one character", token=token[:20]))


def mark(codes: npt.NDArray[np.uint32], seen: npt.NDArray[np.bool_]) -> None:
    """Set what stands for each of some code points in `seen`, (0x110000,)."""
    library = compiled()
    if library is None:
        seen[codes] = True
    else:
        library.rnnstudio_mark(codes.ctypes.data, len(codes), seen.ctypes.data)


def _look_up(
    codes: npt.NDArray[np.uint32], by_code: npt.NDArray[np.int32], out: npt.NDArray[Any]
) -> None:
    """Write the number of each code point; what is beyond the table is `<unk>`."""
    library = compiled()
    if library is None:
        # Clipping sends all that is above the highest known character to the last entry.
        out[:] = np.take(by_code, codes, mode="clip")
        return
    library.rnnstudio_number(
        codes.ctypes.data, len(codes), by_code.ctypes.data, len(by_code),
        out.ctypes.data, out.itemsize,
    )  # fmt: skip


def _chunks(text: str) -> Iterator[tuple[int, npt.NDArray[np.uint32]]]:
    """Yield a text's code points in chunks, each with the place of its first one."""
    for start in range(0, len(text), CHUNK_CHARS):
        yield start, code_points(text[start : start + CHUNK_CHARS])
