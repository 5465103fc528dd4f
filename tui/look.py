"""What everything is drawn with, chosen once: Unicode signs and braille, or plain ASCII."""

from typing import NamedTuple

from tui.signs import ASCII as ASCII_SIGNS
from tui.signs import UNICODE, Signs
from tui.widgets.glyphs import ASCII, BRAILLE, Glyphs


class Look(NamedTuple):
    """Join the signs of the panels with the glyphs of the pictures."""

    signs: Signs
    glyphs: Glyphs

    @classmethod
    def of(cls, *, ascii_only: bool) -> "Look":
        """Return the look for a terminal."""
        return cls(ASCII_SIGNS, ASCII) if ascii_only else cls(UNICODE, BRAILLE)
