"""A text file read piece by piece, however large it is, and always from the same open file."""

import codecs
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from core.background import InOrder
from core.errors import DataError
from core.home import expanded
from core.language import tr
from core.text.newlines import NewlineDecoder, PairCounter
from core.text.reading import (
    Reading,
    byte_order_mark,
    check_encoding,
    open_regular,
    printable,
    read_text,
    undecodable,
    undecodable_somewhere,
)

PIECE_BYTES = 2**20
"""How much is read at a time, and between two looks at whether to give up."""

_WHOLE_ONLY = frozenset({"idna", "punycode"})
"""Encodings that Python can only decode at once."""

Told = Callable[[int], None]
"""Told how many bytes are done; may raise to give up."""


class FileState(msgspec.Struct, frozen=True):
    """Say which file it is, as far as a look from outside tells."""

    path: str
    """Absolute, with links resolved."""
    size: int
    """Bytes."""
    mtime_ns: int
    """When its content was changed last, nanoseconds."""


def file_state(path: str | os.PathLike[str]) -> FileState:
    """Look at a file from outside.

    Raises:
        OSError: It is not there.
    """
    place = expanded(path).resolve()
    found = place.stat()
    return FileState(str(place), found.st_size, found.st_mtime_ns)


def hash_file(path: str, given_up: Callable[[], bool]) -> str | None:
    """Return the SHA-256 of a file in hexadecimal; None where it was given up.

    Raises:
        OSError: It cannot be read.
    """
    sha256 = hashlib.sha256()
    with Path(path).open("rb") as file:
        while data := file.read(PIECE_BYTES):
            if given_up():
                return None
            sha256.update(data)
    return sha256.hexdigest()


def check_text(path: str, encoding: str) -> None:
    """Refuse a file that cannot be read as text, by all of a small one or the first of a large one.

    Args:
        path: The file; a leading `~` is the user's home.
        encoding: A name that Python knows; a byte-order mark in the file overrides it.

    Raises:
        DataError: As for `read_text`.
    """
    check_encoding(encoding)
    try:
        is_small = file_state(path).size <= PIECE_BYTES
    except (OSError, ValueError, RuntimeError):
        is_small = True  # reading says what is the matter with it
    if is_small:
        read_text(path, encoding)
    elif reads_in_pieces(encoding):
        with TextFile(path, Reading(encoding)) as file:
            next(file.pieces(), None)


def reads_in_pieces(encoding: str) -> bool:
    """Tell whether an encoding that Python knows can be decoded piece by piece."""
    found = codecs.lookup(encoding)
    return found.incrementaldecoder is not None and found.name not in _WHOLE_ONLY


class TextFile:
    """Read a text file as often as needed, piece by piece, always in the same way.

    Args:
        path: The file; a leading `~` is the user's home.
        reading: Its encoding, and whether line ends are kept as they are.

    Raises:
        DataError: The file is missing, no regular file or not readable, or the encoding unknown.
    """

    def __init__(self, path: str, reading: Reading) -> None:
        check_encoding(reading.encoding)
        self.name = printable(path)
        """The file as messages call it."""
        self._file = open_regular(path)
        try:
            self.state = file_state(path)
            """Which file it is."""
            self._head = self._read(4096)
        except OSError as error:
            self._file.close()
            raise self._unreadable(error) from None
        self._mark, found = byte_order_mark(self._head)
        self._encoding = found or _with_byte_order(reading.encoding)
        self._keeps_newlines = reading.newlines == "keep"
        self.line_ends = ""
        """The line ends other than LF that were read as LF, once it was read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def measure(self, told: Told) -> tuple[int, str]:
        """Count the characters and hash the bytes.

        Returns:
            The characters, and the SHA-256 of the file in hexadecimal.

        Raises:
            DataError: It cannot be read, or does not fit its encoding; of UTF-8 only `pieces`
                finds that out.
        """
        sha256, chars = hashlib.sha256(), -1 if self._mark == codecs.BOM_UTF8 else 0
        pairs = PairCounter()
        is_utf8 = codecs.lookup(self._encoding).name == "utf-8"
        with InOrder() as beside:
            for data, done in self._blocks(0):
                beside.do(partial(sha256.update, data))
                if is_utf8:
                    # All bytes but those that continue a character, which are below -64.
                    chars += int(np.count_nonzero(np.frombuffer(data, dtype=np.int8) >= -64))
                    if not self._keeps_newlines:
                        pairs.take(data)
                told(done)
            beside.finish()
        if not is_utf8:
            chars = sum(len(text) for text, _ in self.pieces())
        return chars - pairs.pairs, sha256.hexdigest()

    def pieces(self) -> Iterator[tuple[str, int]]:
        """Yield the text in pieces, each with the number of bytes done so far.

        Raises:
            DataError: It cannot be read, or does not fit its encoding.
        """
        decoder = codecs.getincrementaldecoder(self._encoding)()
        newlines = None if self._keeps_newlines else NewlineDecoder(decoder)
        decode = newlines.decode if newlines is not None else decoder.decode
        before = len(self._mark)
        try:
            for data, done in self._blocks(before):
                before = done - len(data) - len(decoder.getstate()[0])
                if text := decode(data):
                    yield text, done
            before = self.state.size - len(decoder.getstate()[0])
            if text := decode(b"", final=True):
                yield text, self.state.size
            self.line_ends = newlines.line_ends if newlines is not None else ""
        except UnicodeDecodeError as error:
            byte = error.object[error.start : error.start + 1]
            raise undecodable(
                self.name,
                self._encoding,
                before + error.start,
                byte,
                self._head[len(self._mark) :] + error.object,
                marked=bool(self._mark),
            ) from None
        except UnicodeError:
            raise undecodable_somewhere(self.name, self._encoding) from None

    def require_unchanged(self) -> None:
        """Refuse a file that was written while it was read.

        Raises:
            DataError: Its size or time is another one now.
        """
        found = os.fstat(self._file.fileno())
        if (found.st_size, found.st_mtime_ns) != (self.state.size, self.state.mtime_ns):
            raise DataError(
                tr(
                    "{name} was changed while it was read; start again when nobody writes it",
                    name=self.name,
                )
            )

    def _blocks(self, start: int) -> Iterator[tuple[bytes, int]]:
        """Yield the bytes from a place on, each block with where it ends."""
        try:
            self._file.seek(start)
            while data := self._read(PIECE_BYTES):
                start += len(data)
                yield data, start
        except OSError as error:
            raise self._unreadable(error) from None

    def _read(self, size: int) -> bytes:
        return self._file.read(size)

    def _unreadable(self, error: OSError) -> DataError:
        return DataError(tr("{name} cannot be read: {why}", name=self.name, why=error.strerror))


def _with_byte_order(encoding: str) -> str:
    """Name the machine's own byte order where a name leaves it open, as decoding at once does."""
    name = codecs.lookup(encoding).name
    return f"{name}-{sys.byteorder[:1]}e" if name in ("utf-16", "utf-32") else encoding
