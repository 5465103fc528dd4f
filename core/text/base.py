"""What every vocabulary does: numbering tokens, and being stored as JSON.

Number 0 is `<unk>` at both levels: whatever is not known maps to it, and models never sample it.
"""

import contextlib
import itertools
import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import msgspec
import numpy as np
import numpy.typing as npt

from core.errors import DataError, SaveError
from core.language import tr
from core.text.reading import printable, read_bytes
from core.text.words import UNKNOWN, WordSplit

UNKNOWN_INDEX = 0
"""The number of `<unk>`."""

MOST_REPORTED = 20
"""How many unknown tokens of a text are named."""

Ids = npt.NDArray[np.integer[Any]]
"""Token numbers, one-dimensional: int32, or the narrowest type that holds those of a large text."""

Progress = Callable[[int], None]
"""Told how many characters are done; may raise to give up."""


@runtime_checkable
class ArrayLike(Protocol):
    """Stand for a NumPy array or a tensor."""

    def tolist(self) -> list[int]:
        """Return its values."""
        ...


class StoredVocabulary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold a vocabulary as it is written to a file or a checkpoint."""

    version: Literal[1] = 1
    vocab_type: Literal["char", "word"]
    max_vocab_size: int | None = None
    """Word level only."""
    word_split: WordSplit | None = None
    """Word level only."""
    tokens: list[str]
    """By number; the first is `<unk>`."""


class Vocabulary(ABC):
    """Number the tokens of texts; the base of both levels."""

    vocab_type: ClassVar[Literal["char", "word"]]
    """The level."""

    def __init__(self) -> None:
        self._fill([UNKNOWN])

    def __len__(self) -> int:
        return len(self._tokens)

    @abstractmethod
    def build_vocabulary(self, texts: Iterable[str], on_progress: Progress | None = None) -> None:
        """Take over the tokens of some texts, forgetting those known before.

        Args:
            texts: The texts, or a single one.
            on_progress: Told from time to time how many characters are done.
        """

    @abstractmethod
    def text_to_indices(self, text: str, on_progress: Progress | None = None) -> Ids:
        """Return the numbers of a text's tokens.

        Args:
            text: Any text; what is not known in it becomes `<unk>`.
            on_progress: Told from time to time how many characters are done.
        """

    @abstractmethod
    def piece(self, previous: int | None, index: int) -> str:
        """Write one token as it follows another, or begins a text where that is None.

        The pieces of a sequence make the same text as `indices_to_text`.

        Raises:
            IndexError: The vocabulary has no such number.
        """

    @abstractmethod
    def unknown_tokens(self, text: str) -> list[str]:
        """Return what is not known in a text: each once, in order, the first 20."""

    @abstractmethod
    def unknown_counts(self, text: str) -> dict[str, int]:
        """Return each token of a text that is not known, with how often it occurs.

        A `<unk>` that stands in the text itself is known, as what it says.
        """

    @abstractmethod
    def can_write(self, text: str) -> bool:
        """Tell whether known tokens, one after another, can write something that holds a text."""

    def token(self, index: int) -> str:
        """Return a token as the vocabulary stores it.

        Raises:
            IndexError: The vocabulary has no such number.
        """
        self._check_index(index)
        return self._tokens[index]

    @property
    @abstractmethod
    def start_index(self) -> int:
        """The token to start from without a prompt: a line end, or else the most natural one."""

    def indices_to_text(self, indices: Iterable[int] | ArrayLike) -> str:
        """Write a sequence of numbers (a list, an array or a tensor) as text.

        Raises:
            IndexError: The vocabulary has no such number.
        """
        values = indices.tolist() if isinstance(indices, ArrayLike) else list(indices)
        return "".join(map(self.piece, itertools.chain([None], values), values))

    def to_dict(self) -> dict[str, object]:
        """Return all that is needed to make it again, as plain values for JSON."""
        stored: dict[str, object] = msgspec.to_builtins(self._stored())
        return stored

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file, whole or not at all.

        Raises:
            SaveError: The file cannot be written.
        """
        data = msgspec.json.format(msgspec.json.encode(self._stored()), indent=1)
        _write_atomically(Path(path), data + b"\n")

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take over the tokens of a file that `save` wrote, forgetting those known before.

        Raises:
            DataError: The file cannot be read, or is no vocabulary of this level.
        """
        try:
            stored = msgspec.json.decode(read_bytes(path), type=StoredVocabulary)
            self.take(stored)
        except (msgspec.MsgspecError, ValueError) as error:
            raise DataError(
                tr(
                    "{path} is not a {vocab_type} vocabulary: {error}; name a .json file that "
                    "rnnstudio wrote",
                    path=printable(path),
                    vocab_type=self.vocab_type,
                    error=printable(str(error)),
                )
            ) from None

    def take(self, stored: StoredVocabulary) -> None:
        """Take over stored tokens, forgetting those known before.

        Raises:
            ValueError: They are of another level or contradict each other.
        """
        tokens = stored.tokens
        if stored.vocab_type != self.vocab_type:
            raise ValueError(tr("it is of type {vocab_type}", vocab_type=stored.vocab_type))
        if not tokens or tokens[0] != UNKNOWN:
            raise ValueError(tr("its first token is not {token}", token=UNKNOWN))
        if len(set(tokens)) != len(tokens):
            raise ValueError(tr("it names a token twice"))
        if not all(map(is_text, tokens)):
            raise ValueError(tr("a token holds half a surrogate pair"))
        self._check(stored)
        self._fill(tokens)

    @abstractmethod
    def _stored(self) -> StoredVocabulary:
        """Return what `take` takes."""

    @abstractmethod
    def _check(self, stored: StoredVocabulary) -> None:
        """Refuse what only this level cannot hold, by a ValueError."""

    def _fill(self, tokens: list[str]) -> None:
        """Set the tokens, in the order of their numbers."""
        self._tokens = tokens
        self._index = {token: index for index, token in enumerate(tokens)}
        self._reverse = dict(enumerate(tokens))

    def _check_index(self, index: int) -> None:
        if not 0 <= index < len(self._tokens):
            raise IndexError(f"token {index} is outside of the vocabulary of {len(self)} tokens")


def is_text(token: str) -> bool:
    """Tell whether a string has no lone surrogates, which no file can hold."""
    try:
        token.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_texts(texts: Iterable[str]) -> Iterable[str]:
    """Take a single text for a list of one."""
    return [texts] if isinstance(texts, str) else texts


def tell(on_progress: Progress | None, done: int) -> None:
    """Report progress where somebody wants to know."""
    if on_progress is not None:
        on_progress(done)


def first_distinct(tokens: Iterable[str]) -> list[str]:
    """Return the first few tokens, each once, in order."""
    found: dict[str, None] = {}
    for token in tokens:
        found[token] = None
        if len(found) == MOST_REPORTED:
            break
    return list(found)


def _write_atomically(path: Path, data: bytes) -> None:
    """Write a file under another name, then give it its own."""
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink()
        why = error.strerror if isinstance(error, OSError) else error
        raise SaveError(
            tr(
                "the vocabulary cannot be written to {path}: {why}; name another place",
                path=printable(path),
                why=why,
            )
        ) from None
