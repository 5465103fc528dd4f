"""The straight lines of a chart and their labels: levels, marks, and what hides what."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len

from tui.cells import fitting
from tui.widgets.canvas import Grid
from tui.widgets.chart_frame import INDEX, Frame
from tui.widgets.plot import LevelLine, MarkLine

_LABEL_CELLS = 29
"""Longest label of a mark."""

_LABEL_SHARE = 0.4
"""The upper part of the frame that labels of marks may stand in: more would hide the picture."""


class LinePainter:
    """Draw lines on a grid where no curve is."""

    def __init__(self, grid: Grid, frame: Frame, lines: npt.NDArray[np.bool_]) -> None:
        """Make a painter.

        Args:
            grid: What to draw on.
            frame: Where the curves lie.
            lines: Cells of the frame that hold a curve or a label, which no line may hide.
        """
        self._grid, self._frame, self._lines = grid, frame, lines

    def level(self, height: float, sign: str, style: str) -> None:
        """Draw a horizontal line at a scaled value, where it is in the frame."""
        row = self._frame.row(height) if np.isfinite(height) else -1
        if self._frame.holds(row):
            self._horizontal(row, sign, style)

    def labelled_levels(self, by_row: Mapping[int, Sequence[LevelLine]]) -> None:
        """Draw levels, and on each what it stands for, or else beside it with an arrow to it.

        Those that share a row share the line and its label. One that need not be in view is left
        out where its label has no place.

        Args:
            by_row: The levels by their row of the grid, inside of the frame.
        """
        for row, levels in by_row.items():
            beside = [at for at in (row + 1, row - 1) if at not in by_row]
            is_labelled = self._label_levels(row, beside, [line.label for line in levels])
            if is_labelled or any(line.always_in_view for line in levels):
                self._horizontal(row, "┄", "baseline")

    def _label_levels(self, row: int, beside: Sequence[int], labels: Sequence[str]) -> bool:
        """Write the labels of a row, or the first with the number of the others."""
        texts = [" · ".join(labels)]
        if len(labels) > 1:
            texts.append(f"{labels[0]} +{len(labels) - 1}")
        return any(
            self._put_label(at, f" {text} " if at == row else f"{'↑' if at > row else '↓'} {text}")
            for text in texts
            for at in (row, *beside)
        )

    def _horizontal(self, row: int, sign: str, style: str) -> None:
        """Draw a line through a row of the frame, behind what stands there."""
        left = self._frame.left
        styles = self._grid.styles[row, left:]
        free = (styles == INDEX["blank"]) | (styles == INDEX["grid"])
        self._grid.codes[row, left:][free] = ord(sign)
        styles[free] = INDEX[style]

    def _put_label(self, row: int, text: str) -> bool:
        """Write a label as far to the right as it hides nothing; tell whether it has a place."""
        frame = self._frame
        if not frame.holds(row):
            return False
        cells = cell_len(text)
        for start in range(frame.width - cells, -1, -1):
            if self._is_free(row - frame.top, start, start + cells):
                self._grid.write(row, frame.left + start, text, INDEX["baseline"])
                self._lines[row - frame.top, start : start + cells] = True
                return True
        return False

    def marks(self, marks: Sequence[MarkLine]) -> None:
        """Draw vertical lines, then each label where no curve, no line and no other label is."""
        by_column: dict[int, list[MarkLine]] = {}
        for mark in marks:
            by_column.setdefault(self._frame.column(mark.x), []).append(mark)
        for column, there in by_column.items():
            self.vertical(column, "┆", _style_of(there))
        # The newest label is placed first, since it matters most.
        for column, there in reversed(by_column.items()):
            self._mark_label(column, there, by_column.keys())

    def vertical(self, column: int, sign: str, style: str) -> None:
        """Draw a vertical line in a column of the grid."""
        frame = self._frame
        window = np.s_[frame.top : frame.top + frame.height, column]
        free = ~self._lines[:, column - frame.left]
        self._grid.codes[window][free] = ord(sign)
        self._grid.styles[window][free] = INDEX[style]

    def _mark_label(self, column: int, marks: Sequence[MarkLine], taken: Collection[int]) -> None:
        """Write what happened in a column beside its line, where that touches nothing."""
        frame = self._frame
        text = fitting(_joined_labels(marks), _LABEL_CELLS)
        cells = cell_len(text)
        for start in (column + 1, column - cells):
            end = start + cells
            if start < frame.left or end > self._grid.width:
                continue
            if any(start - 1 <= other <= end for other in taken if other != column):
                continue
            for row in range(max(int(frame.height * _LABEL_SHARE), 1)):
                if self._is_free(row, start - frame.left, end - frame.left):
                    self._grid.write(frame.top + row, start, text, INDEX[_style_of(marks)])
                    self._lines[row, start - frame.left : end - frame.left] = True
                    return

    def _is_free(self, row: int, start: int, end: int) -> bool:
        """Tell whether cells of the frame, and one on either side, hold no curve and no label."""
        return not self._lines[row, max(start - 1, 0) : end + 1].any()


def _style_of(marks: Sequence[MarkLine]) -> str:
    return "alarm" if any(mark.alarming for mark in marks) else "mark"


def _joined_labels(marks: Sequence[MarkLine]) -> str:
    """Return what marks that share a column say, each text once, the newest first."""
    counts = Counter(mark.label for mark in reversed(marks))
    texts = (f"{label} ×{count}" if count > 1 else label for label, count in counts.items())
    return " · ".join(texts)
