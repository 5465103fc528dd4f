"""The encoding that a file probably has, worked out from its bytes."""

import codecs
import re

CANDIDATES = (
    *("gb18030", "big5", "shift_jis", "euc_kr"),
    *("cp1252", "cp1251", "koi8_r"),
)
"""Encodings in which texts come; each holds what its narrower relatives do, such as latin-1."""

WITH_NUL = ("utf_16_le", "utf_16_be")
"""Encodings of texts that hold NUL bytes, if only in their line ends."""

FEWEST_BYTES = 32
"""Fewer bytes say nothing."""

LOOKED_AT_BYTES = 2**14
"""How much of a file is looked at."""

CONTEXT_BYTES = 200
"""How much of that stands before the first byte that is not ASCII."""

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def likely_encoding(data: bytes) -> str:
    """Return the name of the encoding that some bytes fit best; empty where none does.

    Args:
        data: A part of a file without its byte-order mark, of which the beginning is looked at
            from where it is not ASCII any more.
    """
    if len(data) < FEWEST_BYTES:
        return ""
    # Imported here, since only a file that cannot be read needs it.
    from charset_normalizer import from_bytes

    candidates = WITH_NUL if b"\0" in data else CANDIDATES
    beyond = _BEYOND_ASCII.search(data)
    # From an even place on, so that UTF-16 is not cut; what is cut of others changes nothing.
    start = max(0, beyond.start() - CONTEXT_BYTES) & ~1 if beyond else 0
    found = from_bytes(data[start : start + LOOKED_AT_BYTES], cp_isolation=list(candidates)).best()
    return codecs.lookup(found.encoding).name.replace("_", "-") if found is not None else ""


def is_mostly_utf8(data: bytes) -> bool:
    """Tell whether more characters beyond ASCII are valid UTF-8 than bytes are not."""
    text = data.decode("utf-8", "replace")
    beyond = sum(not char.isascii() for char in text)
    return beyond > 2 * text.count("\ufffd")
