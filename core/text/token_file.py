"""A file of tokens: the tokens themselves, then what is known of them, then how long that is.

Since the description stands at the end, a file that was not written to its end is none.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec
import numpy as np

from core.background import InOrder
from core.insight.duplicates import Duplicates
from core.text.base import StoredVocabulary
from core.text.large_corpus import LargeText
from core.text.tokens import CHUNK_TOKENS, Digest, narrowest
from core.text.vocabulary import Ids, vocabulary_from_dict

MAGIC = b"rnntoken"
"""How the file ends."""

_TRAILER_BYTES = 8 + len(MAGIC)


class TokenFileError(Exception):
    """Say that a file holds no tokens that can be used; never shown to a user."""


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what is known of a text as it is written behind its tokens."""

    version: Literal[1] = 1
    key: str
    """What the tokens were made of and how, as whoever looks for them says it."""
    vocabulary: StoredVocabulary
    train_tokens: int
    val_tokens: int
    unknown: int
    digest: str
    sha256: list[str]
    line_ends: list[str] = []
    train_chars: int
    val_chars: int
    val_words: int
    train_tail: str
    val_head: str
    duplicates: Duplicates


def write_description(file: BinaryIO, text: LargeText, key: str) -> None:
    """Finish a file behind its tokens.

    Raises:
        OSError: There is no room.
    """
    values = {
        name: getattr(text, name) for name in LargeText.__dataclass_fields__ if name != "vocabulary"
    }
    stored = msgspec.convert(text.vocabulary.to_dict(), StoredVocabulary)
    data = msgspec.json.encode(Description(key=key, vocabulary=stored, **values))
    file.seek(0, os.SEEK_END)
    file.write(data + len(data).to_bytes(8, "little") + MAGIC)
    file.flush()


def read_token_file(path: Path, key: str | None) -> tuple[LargeText, Ids]:
    """Read what is known of a text, and map its tokens into memory.

    Args:
        path: The file.
        key: What it must have been made of and how; None where that is all the same.

    Returns:
        What is known of it, and all tokens, those to train on first; they cannot be written.

    Raises:
        TokenFileError: It is not whole, or holds something else.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TRAILER_BYTES))
        trailer = file.read()
        length = int.from_bytes(trailer[:8], "little")
        if trailer[8:] != MAGIC or length > size - _TRAILER_BYTES:
            raise TokenFileError("it was not written to its end")
        file.seek(size - _TRAILER_BYTES - length)
        try:
            found = msgspec.json.decode(file.read(length), type=Description)
            vocabulary = vocabulary_from_dict(msgspec.to_builtins(found.vocabulary))
        except Exception as error:
            raise TokenFileError(str(error)) from None
    dtype = narrowest(len(vocabulary))
    count = found.train_tokens + found.val_tokens
    if found.key != (key or found.key) or count * dtype.itemsize != size - _TRAILER_BYTES - length:
        raise TokenFileError("it is of another text")
    if found.train_tokens < 1 or found.val_tokens < 0:
        raise TokenFileError("it has too few tokens")
    tokens = np.asarray(np.memmap(path, dtype=dtype, mode="r", shape=(count,)))
    values: dict[str, Any] = {
        name: getattr(found, name)
        for name in LargeText.__dataclass_fields__
        if name != "vocabulary"
    }
    return LargeText(vocabulary=vocabulary, **values), tokens


def tokens_are_whole(path: Path, text: LargeText, given_up: Callable[[], bool]) -> bool | None:
    """Hash the tokens of a file again; None where it was given up.

    Raises:
        OSError: It cannot be read.
    """
    dtype = narrowest(len(text.vocabulary))
    left = text.train_tokens + text.val_tokens
    with path.open("rb") as file, InOrder() as beside:
        digest = Digest(text.vocabulary, text.train_tokens, text.val_tokens, beside)
        while left:
            if given_up():
                return None
            tokens = np.frombuffer(file.read(min(left, CHUNK_TOKENS) * dtype.itemsize), dtype=dtype)
            if not len(tokens):
                return False
            digest.update(tokens)
            left -= len(tokens)
        return digest.hexdigest() == text.digest
