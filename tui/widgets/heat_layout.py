"""Which classes of a confusion matrix are shown, and which cells of the screen they take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from core.confusion import ClassScore

LEAST_LABEL = 8
"""Cells that a class's name is given at least, if it has as many."""

MOST_LABEL = 22
"""Cells that a class's name is given at most."""

LEAST_CELL, MOST_CELL = 3, 6
"""Cells of one share: three digits at least, for 100."""

CORNER = 12
"""Cells that it takes to say what rows and columns are."""

REST_CELLS = 5
"""Cells of the column for what was given to classes that are not shown."""

SCORES = (("F1", 4), ("prec", 5), ("texts", 6), ("rec", 5))
"""Columns beside the matrix with their cells, the most wanted first."""


@dataclass(frozen=True)
class Matrix:
    """Give how classes were told apart, as plain values."""

    labels: Sequence[str] = ()
    """The classes, displayable."""
    counts: Sequence[Sequence[int]] = ()
    """Texts by class (row) and by what they were given (column)."""
    scores: Sequence[ClassScore] = ()

    def share(self, row: int, column: int) -> float | None:
        """Return the share of a class's texts that was given another, or None without texts."""
        texts = sum(self.counts[row])
        return self.counts[row][column] / texts if texts else None

    def by_confusion(self) -> list[int]:
        """Return the classes, those with the most texts given wrongly or wrongly given first."""
        wrong = [
            score.texts + score.given - 2 * self.counts[index][index]
            for index, score in enumerate(self.scores)
        ]
        return sorted(range(len(wrong)), key=lambda index: -wrong[index])


class HeatLayout(NamedTuple):
    """Say what of a matrix is shown and how wide its parts are, in cells."""

    shown: list[int]
    """The classes, in the order of rows and columns."""
    left_out: int
    """How many classes have no row."""
    numbered: bool
    """Whether columns are headed by the classes' numbers instead of their names."""
    number: int
    """Cells of a row's number with the blank behind it."""
    label: int
    cell: int
    scores: tuple[tuple[str, int], ...]
    """The score columns that fit."""

    @property
    def first_cell(self) -> int:
        """Return where the matrix itself begins."""
        return self.number + self.label


def layout_of(matrix: Matrix, width: int, height: int, first: int = 0) -> HeatLayout:
    """Fit a matrix into a rectangle, its head in the first row.

    Args:
        matrix: What to show.
        width: Cells of a row.
        height: Rows.
        first: How many of the most confused classes to pass over, where not all have room.
    """
    count = len(matrix.labels)
    longest = max((cell_len(label) for label in matrix.labels), default=0)
    rows = max(height - 1, 0)
    named = longest + max(longest + 1, LEAST_CELL) * count
    if 0 < count <= rows and named + SCORES[0][1] <= width:
        return _named(count, longest, width - named)
    number, label = len(str(count)) + 1, min(longest, LEAST_LABEL)
    shown = count
    if count > rows or number + label + LEAST_CELL * count > width:
        room = (width - number - label - REST_CELLS) // LEAST_CELL
        shown = max(min(room, rows, count - 1), 0)
    left_out = count - shown
    order = list(range(count))
    if left_out:
        first = min(first, left_out)
        order = matrix.by_confusion()[first : first + shown]
    spare = width - number - label - LEAST_CELL * shown - (REST_CELLS if left_out else 0)
    least = HeatLayout(order, left_out, True, number, label, LEAST_CELL, ())
    return _widened(least, longest, spare)


def _named(count: int, longest: int, spare: int) -> HeatLayout:
    """Head columns by name, and spend what is left of the width on scores and wider cells."""
    scores = _fitting(spare)
    spare -= sum(cells for _, cells in scores)
    label = max(longest, min(CORNER, longest + spare))
    cell = max(longest + 1, LEAST_CELL)
    cell += max(min((spare - label + longest) // count, MOST_CELL - cell), 0)
    return HeatLayout(list(range(count)), 0, False, 0, label, cell, scores)


def _widened(least: HeatLayout, longest: int, spare: int) -> HeatLayout:
    """Spend what is left of the width on a score, longer names, more scores and wider cells."""
    label = least.label
    scores = _fitting(spare)[:1]
    spare -= sum(cells for _, cells in scores)
    grown = max(min(longest, MOST_LABEL, label + spare), label)
    spare -= grown - label
    more = _fitting(spare, 1) if scores else ()
    spare -= sum(cells for _, cells in more)
    cell = LEAST_CELL + max(min(spare // max(len(least.shown), 1), MOST_CELL - LEAST_CELL), 0)
    return least._replace(label=grown, cell=cell, scores=scores + more)


def _fitting(room: int, skipped: int = 0) -> tuple[tuple[str, int], ...]:
    """Return as many of the score columns, in their order, as there is room for."""
    fitting = []
    for name, cells in SCORES[skipped:]:
        room -= cells
        if room < 0:
            break
        fitting.append((name, cells))
    return tuple(fitting)
