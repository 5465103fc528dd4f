"""A widget that draws all of its lines at once, only when something changed."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from operator import ne
from typing import ClassVar

import numpy as np
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.glyphs import BRAILLE, Glyphs

_EMPTY = 0
"""Stands in the second cell of a wide character."""


class Grid:
    """Hold a character and a style for each cell of a rectangle."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.codes = np.full((height, width), ord(" "), dtype=np.uint32)
        """Code point by row and column."""
        self.styles = np.zeros((height, width), dtype=np.int16)
        """Index of the style by row and column."""

    def write(self, row: int, column: int, text: str, style: int) -> None:
        """Write a text that is displayable, cut at the right edge; `column` is at least 0."""
        if not 0 <= row < self.height:
            return
        codes: list[int] = []
        for character in text:
            width = 1 if character.isascii() else _width(character)
            if width:
                # A wide character takes a second cell, which stays empty.
                codes += [ord(character)] if width == 1 else [ord(character), _EMPTY]
        room = self.width - column
        if room <= 0 or not codes:
            return
        if len(codes) > room and codes[room] == _EMPTY:
            codes[room - 1] = ord(" ")
        codes = codes[:room]
        end = column + len(codes)
        # Of a wide character that is written over in part, the other half goes too.
        if column and self.codes[row, column] == _EMPTY:
            self.codes[row, column - 1] = ord(" ")
        if end < self.width and self.codes[row, end] == _EMPTY:
            self.codes[row, end] = ord(" ")
        self.codes[row, column:end] = codes
        self.styles[row, column:end] = style

    def fill(self, area: tuple[slice | int, slice | int], sign: str, style: int) -> None:
        """Put a sign of one cell into every cell of an area."""
        self.codes[area] = ord(sign)
        self.styles[area] = style

    def strips(self, styles: Sequence[Style], glyphs: Glyphs) -> list[Strip]:
        """Turn the cells into Textual's lines."""
        return [self._strip(row, styles, glyphs) for row in range(self.height)]

    def _strip(self, row: int, styles: Sequence[Style], glyphs: Glyphs) -> Strip:
        text = glyphs.text(self.codes[row].tobytes().decode("utf-32"))
        used = self.styles[row]
        starts = [0, *(np.flatnonzero(np.diff(used)) + 1).tolist(), self.width]
        segments = [
            Segment(text[start:end].replace(chr(_EMPTY), ""), styles[used[start]])
            for start, end in pairwise(starts)
            if end > start
        ]
        return Strip(segments, self.width)


@cache
def _width(character: str) -> int:
    return cell_len(character)


class Canvas(Widget):
    """Draw with component styles; a subclass names them and fills the grid."""

    STYLES: ClassVar[tuple[str, ...]] = ()
    """Names of the component classes, by the index that `Grid.styles` holds."""

    def __init__(
        self, *, glyphs: Glyphs = BRAILLE, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.glyphs = glyphs
        self._strips: list[Strip] = []
        self._drawn_at: tuple[int, int] | None = None
        self._looks: list[Style] = []

    def draw(self, grid: Grid) -> None:
        """Fill the grid, which has the widget's size and at least one cell."""
        raise NotImplementedError

    def styles_of_cells(self) -> list[Style]:
        """Return the style of each index that `Grid.styles` holds, in the theme in force."""
        return [self.get_component_rich_style(name) for name in self.STYLES]

    def redraw(self) -> None:
        """Draw anew, and let the terminal have the lines that changed."""
        size = (self.size.width, self.size.height)
        if self._drawn_at != size or not self.is_on_screen:
            self._drawn_at = None
            self.refresh()
            return
        before, self._strips = self._strips, self._draw_strips(*size)
        changed = [y for y, pair in enumerate(zip(before, self._strips, strict=True)) if ne(*pair)]
        if changed:
            self.refresh(*(Region(0, y, size[0], 1) for y in changed))

    def notify_style_update(self) -> None:
        """Draw anew, since the colours may be others."""
        self._drawn_at = None
        self._looks = []
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Return one line of what was drawn."""
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return some lines of what was drawn.

        They have all of their colours and no edge, so that there is nothing for Textual (8.2) to
        add, which would take as long again.
        """
        width, height = self.size
        if self._drawn_at != (width, height):
            self._drawn_at = (width, height)
            self._strips = self._draw_strips(width, height)
        lines = self._strips[crop.y : crop.bottom]
        lines += [Strip.blank(crop.width)] * (crop.height - len(lines))
        for line_filter in self.get_line_filters():
            background = self.background_colors[1]
            lines = [line.apply_filter(line_filter, background) for line in lines]
        return lines if crop.width == width else [line.crop(crop.x, crop.right) for line in lines]

    def _draw_strips(self, width: int, height: int) -> list[Strip]:
        if not width or not height:
            return []
        grid = Grid(width, height)
        self.draw(grid)
        # Textual forgets them at each refresh, and looking them up is a third of a frame's cost.
        self._looks = self._looks or self.styles_of_cells()
        return grid.strips(self._looks, self.glyphs)
