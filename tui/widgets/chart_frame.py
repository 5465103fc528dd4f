"""Where the curves of a chart lie in its grid, and what is told apart by colour."""

from typing import NamedTuple

import numpy as np

STYLES = (
    "blank",
    "axis",
    "grid",
    "ghost",
    "noise",
    "train",
    "val",
    "overlay-1",
    "overlay-2",
    "overlay-3",
    "overlay-4",
    "mark",
    "alarm",
    "level",
    "baseline",
    "crosshair",
    "message",
)
"""What the painter tells apart by colour, by the index that the grid holds."""

INDEX = {name: index for index, name in enumerate(STYLES)}


class Frame(NamedTuple):
    """Say where the curves lie in the grid, in cells, and what they span."""

    left: int
    top: int
    width: int
    height: int
    footer: int
    """Rows below for the position axis: none, one, or two with labels of their own row."""
    bottom: float
    """Value at the lower edge; its logarithm on a logarithmic axis."""
    ceiling: float
    """The same at the upper edge."""
    start: float
    """Position of the left edge."""
    end: float
    """Position of the right edge, above `start`."""

    def row(self, value: float) -> int:
        """Return the row of the grid for a value; outside of the frame if it is out of range."""
        share = (self.ceiling - value) / (self.ceiling - self.bottom)
        return self.top + int(np.floor(min(max(share, -1.0), 2.0) * self.height))

    def column(self, x: float) -> int:
        """Return the column of the grid for a position, kept inside of the frame."""
        share = (x - self.start) / (self.end - self.start)
        return self.left + min(max(int(share * self.width), 0), self.width - 1)

    def holds(self, row: int) -> bool:
        """Tell whether a row of the grid is one of the frame's."""
        return self.top <= row < self.top + self.height
