"""What pictures are made of: braille dots, quarter blocks or plain ASCII.

Everything else on the screen is written with Unicode signs; where only ASCII may be used,
`Glyphs.text` puts another sign of the same width in place of each.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui.ascii_text import as_ascii

_BRAILLE_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_THIRDS = " '-|.:||"


@dataclass(frozen=True)
class Glyphs:
    """Say how a grid of dots becomes characters."""

    name: str
    dot_columns: int
    """Dots side by side in one cell."""
    dot_rows: int
    """Dots above each other in one cell."""
    weights: npt.NDArray[np.uint32]
    """What each dot of a cell adds to the index in `codes`; (dot_rows, dot_columns)."""
    codes: npt.NDArray[np.uint32]
    """Code point by the sum of the weights of the dots that are set; 0 dots is a space."""
    ascii_only: bool = False

    def text(self, text: str) -> str:
        """Return our own signs in a form that may be written here; the length stays."""
        return as_ascii(text) if self.ascii_only else text

    def cells(self, dots: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint32]:
        """Turn dots (rows × dot_rows, columns × dot_columns) into code points by cell."""
        rows = dots.shape[0] // self.dot_rows
        columns = dots.shape[1] // self.dot_columns
        by_cell = dots.reshape(rows, self.dot_rows, columns, self.dot_columns)
        total = np.zeros((rows, columns), dtype=np.uint32)
        for row in range(self.dot_rows):
            for column in range(self.dot_columns):
                total += by_cell[:, row, :, column] * self.weights[row, column]
        return self.codes[total]


def _braille_codes() -> npt.NDArray[np.uint32]:
    codes = np.arange(0x2800, 0x2900, dtype=np.uint32)
    codes[0] = ord(" ")
    return codes


def _codes_of(characters: str) -> npt.NDArray[np.uint32]:
    return np.array([ord(character) for character in characters], dtype=np.uint32)


BRAILLE = Glyphs("braille", 2, 4, np.array(_BRAILLE_BITS, dtype=np.uint32), _braille_codes())
BLOCKS = Glyphs("blocks", 2, 2, np.array(((1, 2), (4, 8)), dtype=np.uint32), _codes_of(_QUARTERS))
ASCII = Glyphs(
    "ascii",
    1,
    3,
    np.array(((1,), (2,), (4,)), dtype=np.uint32),
    _codes_of(_THIRDS),
    ascii_only=True,
)
