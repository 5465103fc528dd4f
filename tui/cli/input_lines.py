"""Lines of standard input as they arrive, be it a file, or a pipe that goes on."""

import io
import sys
from collections.abc import Iterator

from core.errors import InputError
from core.language import tr
from tui.cli.output import complain

CHUNK_BYTES = 2**16
"""How much is taken from standard input at once."""

BYTE_ORDER_MARK = "\ufeff"


def is_given() -> bool:
    """Tell whether something other than a keyboard is on standard input."""
    return sys.stdin is not None and not sys.stdin.isatty()


def line_batches() -> Iterator[list[str]]:
    """Yield the lines, blank ones too, those that arrived together in one list.

    What does not fit the encoding becomes replacement characters, which is told once.

    Raises:
        InputError: Standard input cannot be read.
    """
    encoding = sys.stdin.encoding or "utf-8"
    is_first, is_told = True, False
    for data in _whole_lines():
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            text = data.decode(encoding, "replace")
            if not is_told:
                complain(
                    tr(
                        "standard input is not all valid {encoding}; what does not fit is read as "
                        "replacement characters; convert it, for instance by iconv",
                        encoding=encoding,
                    )
                )
            is_told = True
        if is_first:
            text = text.removeprefix(BYTE_ORDER_MARK)
        is_first = False
        yield [line.removesuffix("\r") for line in text.split("\n")]


def _whole_lines() -> Iterator[bytes]:
    """Yield the lines that arrived together, without the last one's end."""
    begun: list[bytes] = []
    while chunk := _next_chunk():
        whole, end, rest = chunk.rpartition(b"\n")
        if end:
            yield b"".join([*begun, whole])
            begun = []
        begun.append(rest)
    if rest := b"".join(begun):
        yield rest


def _next_chunk() -> bytes:
    """Return what is there; wait only where nothing is."""
    stream = sys.stdin.buffer
    assert isinstance(stream, io.BufferedIOBase)
    try:
        return stream.read1(CHUNK_BYTES)
    except OSError as error:
        raise InputError(
            tr("standard input cannot be read: {strerror}", strerror=error.strerror)
        ) from None
