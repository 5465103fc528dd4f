r"""Line ends of a text: read as line feeds, or kept as they are.

A CRLF is two characters that always stand together, which makes a text look easier than it is; a
text whose lines end with CR alone is one line to whatever looks for `\n`.
"""

import codecs
import io
from pathlib import Path
from typing import Literal

from core.language import joined, tr

Newlines = Literal["normalize", "keep"]
"""Whether CRLF and CR are read as LF."""

_NAMES = {"\r\n": "CRLF", "\r": "CR", "\n": "LF"}


class NewlineDecoder:
    """Decode a text piece by piece, reading each line end as a line feed.

    Args:
        decoder: Decodes the bytes; None where the pieces are texts already.
    """

    def __init__(self, decoder: codecs.IncrementalDecoder | None = None) -> None:
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)

    def decode(self, data: bytes | str, *, final: bool = False) -> str:
        """Decode a piece; a CR at its end waits for what follows it."""
        return self._decoder.decode(data, final)

    @property
    def line_ends(self) -> str:
        """Name the line ends other than LF that were read so far; empty if there were none."""
        found = self._decoder.newlines or ()
        kinds = (found,) if isinstance(found, str) else found
        return " ".join(_NAMES[kind] for kind in ("\r\n", "\r") if kind in kinds)


def normalized(text: str) -> tuple[str, str]:
    """Return a text with a line feed for each line end, and the names of those that were others."""
    if "\r" not in text:
        return text, ""
    decoder = NewlineDecoder()
    return decoder.decode(text, final=True), decoder.line_ends


def newline_notice(name: str, line_ends: str) -> str:
    """Say that other line ends were read as line feeds.

    Args:
        name: Of the file or its path, fit for a message.
        line_ends: Their names, one at least.
    """
    return tr(
        "lines of {name} end with {line_ends}, which is read as a line feed (LF); --newlines keep "
        "learns it as it is",
        name=Path(name).name,
        line_ends=joined(line_ends.split()),
    )


class PairCounter:
    """Count the CRLF pairs of bytes that come in blocks."""

    def __init__(self) -> None:
        self.pairs = 0
        """Those counted so far."""
        self._ends_in_cr = False

    def take(self, data: bytes) -> None:
        r"""Count the pairs of a block, and one that its first byte closes."""
        self.pairs += self._ends_in_cr and data.startswith(b"\n")
        if b"\r" in data:
            self.pairs += data.count(b"\r\n")
        self._ends_in_cr = data.endswith(b"\r")
