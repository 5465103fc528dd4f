"""How far a general compressor gets: the bits it takes for a text, once it has seen another."""

import lzma
import zlib
from collections.abc import Callable
from typing import Literal

from core.control import StopRequested
from core.errors import DataError
from core.language import tr

LONGEST_SEEN = 8 * 2**20
"""Bytes of the training text that are used: the whole memory of xz at preset 6."""

CHUNK_BYTES = 2**20
"""How much is compressed between two looks at `should_stop`."""

Method = Literal["gzip", "xz"]


def compressed_bits_per_char(
    train_text: str,
    val_text: str,
    method: Method,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> float:
    """Measure what a text adds to the compressed length of another that stands before it.

    Both are taken as UTF-8, and of the training text at most the last 8 MiB. gzip (level 9) looks
    only 32 KiB back, so what it has seen helps it little; xz (preset 6) looks back 8 MiB.

    Args:
        train_text: What the compressor sees first; may be empty.
        val_text: What is measured.
        method: The compressor.
        should_stop: Asked after each MiB.

    Returns:
        Bits per character of `val_text`.

    Raises:
        DataError: `val_text` is empty.
        StopRequested: `should_stop` became true.
    """
    if not val_text:
        raise DataError(tr("there is no validation text to compress; name one that is not empty"))
    # A character has at least one byte, so that no more of them are needed than bytes.
    seen = _bytes_of(train_text[-LONGEST_SEEN:])[-LONGEST_SEEN:]
    before = _compressed_size(seen, method, should_stop)
    both = _compressed_size(seen + _bytes_of(val_text), method, should_stop)
    return 8 * (both - before) / len(val_text)


def _bytes_of(text: str) -> bytes:
    """Encode any string, halves of surrogate pairs included."""
    return text.encode("utf-8", "surrogatepass")


def _compressed_size(data: bytes, method: Method, should_stop: Callable[[], bool] | None) -> int:
    gzip_format = zlib.MAX_WBITS + 16
    compressor = (
        zlib.compressobj(level=9, wbits=gzip_format)
        if method == "gzip"
        else lzma.LZMACompressor(preset=6)
    )
    size = 0
    for start in range(0, len(data), CHUNK_BYTES):
        if should_stop is not None and should_stop():
            raise StopRequested
        size += len(compressor.compress(data[start : start + CHUNK_BYTES]))
    return size + len(compressor.flush())
