"""Tokens flowed into lines: which token stands where, wrapped at blanks, fed piece by piece."""

import re
from typing import NamedTuple

from rich.cells import cell_len

from tui.safe_text import displayable

PROMPT = -1
"""The token number of the prompt's pieces."""

_WORDS = re.compile(r"\n|[^\S\n]+|\S+")


class Piece(NamedTuple):
    """Hold what of one token stands on one line."""

    token: int
    """The token's number from 0, or `PROMPT`."""
    text: str
    width: int
    """Terminal cells."""


class TokenFlow:
    """Lay tokens out in lines of at most `width` cells.

    Only the last line ever changes, so a stream costs what is new in it.
    """

    def __init__(self, width: int) -> None:
        self.width = max(width, 1)
        self.lines: list[list[Piece]] = [[]]
        """The pieces of each line, in reading order."""
        self._filled = 0

    def add(self, token: int, text: str) -> None:
        """Put the next token at the end."""
        for part in _WORDS.findall(displayable(text, keep_newlines=True)):
            if part == "\n":
                # A blank keeps the line end itself visible to the crosshair.
                self.lines[-1].append(Piece(token, " ", 1))
                self._begin_line([])
            else:
                self._add_part(token, part)

    def line_of(self, token: int) -> int | None:
        """Return the first line that a token stands on; None if it shows nothing."""
        low, high = 0, len(self.lines) - 1
        while low < high:
            middle = (low + high) // 2
            line = self.lines[middle]
            if not line or line[-1].token < token:
                low = middle + 1
            else:
                high = middle
        return low if any(piece.token == token for piece in self.lines[low]) else None

    def _add_part(self, token: int, part: str) -> None:
        width = cell_len(part)
        if self._filled + width <= self.width:
            self._put(Piece(token, part, width))
        elif part.isspace():
            # Blanks at a line's end hang over it, unseen, and the next word begins a line.
            self.lines[-1].append(Piece(token, part, 0))
            self._filled = self.width
        elif width > self.width:
            for character in part:
                self._put_or_wrap(Piece(token, character, cell_len(character)))
        else:
            self._put_or_wrap(Piece(token, part, width))

    def _put_or_wrap(self, piece: Piece) -> None:
        if self._filled + piece.width > self.width:
            self._begin_line(self._take_last_word(piece))
        self._put(piece)

    def _take_last_word(self, piece: Piece) -> list[Piece]:
        """Take the begun word off the line, if there is a blank before it to wrap at."""
        line = self.lines[-1]
        position = len(line)
        while position and not line[position - 1].text[-1:].isspace():
            position -= 1
        word = line[position:]
        if not position or sum(p.width for p in word) + piece.width > self.width:
            return []
        del line[position:]
        return word

    def _begin_line(self, pieces: list[Piece]) -> None:
        self.lines.append(pieces)
        self._filled = sum(piece.width for piece in pieces)

    def _put(self, piece: Piece) -> None:
        self.lines[-1].append(piece)
        self._filled += piece.width
