"""Reading a user's text file exactly, or saying in one line why it cannot be read."""

import codecs
import os
import stat
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, Self

from core.config import Config
from core.control import StopRequested
from core.errors import DataError
from core.home import expanded
from core.language import tr
from core.text.encodings import is_mostly_utf8, likely_encoding
from core.text.newlines import Newlines, newline_notice, normalized

CHUNK_BYTES = 4 * 2**20
"""How much is read between two looks at `should_stop`."""

_LOOKED_AT = 4096
"""Bytes that are looked at to tell whether a file that cannot be decoded is a text at all."""

# UTF-32's little-endian mark begins with UTF-16's, so it is looked for first.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Reading(NamedTuple):
    """Say how a text file is read."""

    encoding: str = "utf-8"
    """A name that Python knows; a byte-order mark in the file overrides it."""
    newlines: Newlines = "keep"

    @classmethod
    def of(cls, config: Config) -> Self:
        """Return what the settings say."""
        return cls(config.encoding, config.newlines)


class ReadText(NamedTuple):
    """Hold a text that was read from a file."""

    text: str
    notices: list[str]
    """What the user should know of it, a sentence each."""


def read_as(
    path: str | os.PathLike[str],
    reading: Reading,
    should_stop: Callable[[], bool] | None = None,
) -> ReadText:
    """Read a text file as the settings say.

    Args:
        path: The file; a leading `~` is the user's home.
        reading: The settings.
        should_stop: Asked between chunks whether to give up.

    Raises:
        DataError: As for `read_text`.
        StopRequested: `should_stop` became true.
    """
    text = read_text(path, reading.encoding, should_stop)
    return with_newlines(text, printable(path), reading.newlines)


def with_newlines(text: str, name: str, newlines: Newlines) -> ReadText:
    """Return a text with its line ends as the setting says.

    Args:
        text: As it was decoded.
        name: Of the text, fit for a message.
        newlines: The setting.
    """
    if newlines == "keep":
        return ReadText(text, [])
    text, line_ends = normalized(text)
    return ReadText(text, [newline_notice(name, line_ends)] if line_ends else [])


def read_text(
    path: str | os.PathLike[str],
    encoding: str = "utf-8",
    should_stop: Callable[[], bool] | None = None,
) -> str:
    """Read a text file, keeping every character and line end as it is.

    Args:
        path: The file; a leading `~` is the user's home.
        encoding: A name that Python knows; a byte-order mark in the file overrides it.
        should_stop: Asked between chunks whether to give up.

    Raises:
        DataError: The file is missing, empty, no regular file or not readable; the encoding is
            unknown; or a byte does not fit it.
        StopRequested: `should_stop` became true.
    """
    check_encoding(encoding)
    data = read_bytes(path, should_stop)
    name = printable(path)
    if not data:
        raise DataError(tr("{name} is empty; name a file with text in it", name=name))
    mark, found = byte_order_mark(data)
    text = _decoded(data[len(mark) :], found or encoding, name, marked=len(mark))
    if not text:
        raise DataError(
            tr("{name} holds only a byte-order mark; name a file with text in it", name=name)
        )
    return text


def read_bytes(
    path: str | os.PathLike[str], should_stop: Callable[[], bool] | None = None
) -> bytes:
    """Read a regular file whole, never waiting on a pipe or a device.

    Raises:
        DataError: The file is missing, no regular file or not readable.
        StopRequested: `should_stop` became true.
    """
    name = printable(path)
    try:
        with open_regular(path) as file:
            chunks = []
            while chunk := file.read(CHUNK_BYTES):
                if should_stop is not None and should_stop():
                    raise StopRequested
                chunks.append(chunk)
    except OSError as error:
        raise DataError(tr("{name} cannot be read: {why}", name=name, why=error.strerror)) from None
    return b"".join(chunks)


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file to read bytes, never waiting on a pipe or a device.

    Raises:
        DataError: The file is missing, no regular file or may not be read.
    """
    name = printable(path)
    try:
        place = expanded(path)
        # Looked at before it is opened: opening a pipe would wait for its writer.
        mode = place.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError(tr("{name} is a folder; name a text file in it", name=name))
        if not stat.S_ISREG(mode):
            raise DataError(
                tr(
                    "{name} is a pipe or device, not a file; save the text to a file first",
                    name=name,
                )
            )
        return place.open("rb")
    except FileNotFoundError:
        raise DataError(tr("{name} does not exist; check the path", name=name)) from None
    except PermissionError:
        raise DataError(tr("{name} may not be read; check its permissions", name=name)) from None
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise DataError(tr("{name} cannot be read: {why}", name=name, why=why)) from None


def byte_order_mark(head: bytes) -> tuple[bytes, str]:
    """Return the byte-order mark that a file begins with, and its encoding; empty if there is none.

    Args:
        head: The first 4 bytes, or more.
    """
    found = (pair for pair in BYTE_ORDER_MARKS if head.startswith(pair[0]))
    return next(found, (b"", ""))


def check_encoding(encoding: str) -> None:
    """Refuse a name that is no text encoding.

    Raises:
        DataError: Python knows no such encoding, or it does not turn bytes into text.
    """
    try:
        # One space, since nothing at all would be decoded without looking at the name.
        b" ".decode(encoding, "ignore")
    except (LookupError, ValueError):
        raise DataError(
            tr(
                "unknown encoding {encoding!r}; use a name such as utf-8, latin-1 or cp1252",
                encoding=encoding,
            )
        ) from None


def printable(path: str | os.PathLike[str]) -> str:
    """Return a path for a message: as it is, or quoted and escaped where it would break a line."""
    name = os.fspath(path)
    return name if name.isprintable() and name else repr(name)


def _looks_binary(data: bytes) -> bool:
    """Tell whether a file begins as texts of one byte a character do not: with NUL, or as a PDF."""
    return b"\0" in data[:_LOOKED_AT] or data.startswith(b"%PDF-")


def _decoded(data: bytes, encoding: str, name: str, *, marked: int) -> str:
    """Decode what follows a byte-order mark of `marked` bytes, or explain what does not fit."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        at, byte = error.start, data[error.start : error.start + 1]
        raise undecodable(name, encoding, marked + at, byte, data, marked=bool(marked)) from None
    except ValueError:  # a few of Python's codecs name no position
        raise undecodable_somewhere(name, encoding) from None


def undecodable_somewhere(name: str, encoding: str) -> DataError:
    """Make the error that says that a file does not fit its encoding, where no place is known."""
    return DataError(
        tr(
            "{name} is not valid {encoding}; name its encoding with --encoding",
            name=name,
            encoding=printable(encoding),
        )
    )


def undecodable(
    name: str, encoding: str, at: int, byte: bytes, head: bytes, *, marked: bool
) -> DataError:
    """Make the error that says where a file does not fit its encoding, and the way out.

    Args:
        name: The file, fit to be printed.
        encoding: What it was read as.
        at: Where the first byte stands that does not fit.
        byte: That byte.
        head: How the file begins, without its byte-order mark.
        marked: Whether it has one.
    """
    where = tr(
        "{name} is not valid {encoding} at byte {at} (0x{byte})",
        name=name,
        encoding=printable(encoding),
        at=at,
        byte=byte.hex(),
    )
    return DataError(_explained(where, head, encoding, marked=marked))


def _explained(where: str, data: bytes, encoding: str, *, marked: bool) -> str:
    """Say where a byte does not fit, and the way out."""
    if marked:
        return tr("{where}, though its byte-order mark says so; repair or convert it", where=where)
    is_utf16 = data.count(0) > len(data) // 4 and likely_encoding(data).startswith("utf-16")
    if _looks_binary(data) and not is_utf16:
        return tr("{where} and seems to be no text; name a text file", where=where)
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    if is_utf8 and is_mostly_utf8(data):
        return tr("{where}, though most of it is; correct what is in another encoding", where=where)
    other = "utf-8" if not is_utf8 else likely_encoding(data) or "cp1252"
    return tr(
        "{where}; name its encoding with --encoding, such as {other}", where=where, other=other
    )
