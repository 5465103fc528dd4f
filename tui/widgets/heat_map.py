"""A confusion matrix as a heat map: each cell has its share as a number on a shade of it."""

from typing import ClassVar

from rich.cells import cell_len
from textual.geometry import Size

from core.confusion import ClassScore
from core.language import tr
from tui.cells import cell_rjust, fitting
from tui.widgets.canvas import Canvas, Grid
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.heat_layout import REST_CELLS, HeatLayout, Matrix, layout_of

SHADES = (0.1, 0.3, 0.6)
"""The shares at which the next darker shade begins; a cell without texts has none."""

SCORE_NAMES = {"F1": tr("F1"), "prec": tr("prec"), "texts": tr("texts"), "rec": tr("rec")}
"""What the score columns are headed by, as narrow as they are."""


class HeatMap(Canvas):
    """Draw true classes as rows and given ones as columns, in percent of each row's texts.

    Nothing rests on colour: the share stands in each cell, the diagonal is bold, and a dot says
    that there is not one text.
    """

    STYLES: ClassVar[tuple[str, ...]] = (
        "heat--blank",
        "heat--head",
        "heat--label",
        "heat--score",
        "heat--none",
        "heat--message",
        *(f"heat--{kind}-{shade}" for kind in ("hit", "miss") for shade in range(1, 5)),
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    DEFAULT_CSS = """
    HeatMap {
        width: 1fr;
        height: 1fr;
        & > .heat--head { color: $text-muted; }
        & > .heat--label { color: $foreground; }
        & > .heat--score { color: $text-muted; }
        & > .heat--none { color: $foreground 30%; }
        & > .heat--message { color: $text-muted; text-style: italic; }
        & > .heat--hit-1 { background: $success 12%; color: $foreground; text-style: bold; }
        & > .heat--hit-2 { background: $success 28%; color: $foreground; text-style: bold; }
        & > .heat--hit-3 { background: $success 46%; color: $foreground; text-style: bold; }
        & > .heat--hit-4 { background: $success 72%; color: auto 95%; text-style: bold; }
        & > .heat--miss-1 { background: $error 12%; color: $foreground; }
        & > .heat--miss-2 { background: $error 30%; color: $foreground; }
        & > .heat--miss-3 { background: $error 52%; color: $foreground; }
        & > .heat--miss-4 { background: $error 78%; color: auto 95%; }
    }
    """

    def __init__(self, *, glyphs: Glyphs = BRAILLE, empty: str = "", id: str | None = None) -> None:
        """Make an empty map.

        Args:
            glyphs: What to draw with.
            empty: What to say while there is no matrix.
            id: Textual's id of the widget.
        """
        super().__init__(glyphs=glyphs, id=id)
        self._empty = empty
        self._matrix = Matrix()
        self._first = 0

    def show_matrix(self, matrix: Matrix) -> None:
        """Show another matrix."""
        if matrix != self._matrix:
            self._matrix = matrix
            self.redraw()

    def scroll_classes(self, count: int) -> None:
        """Move on to less confused classes, or back, where not all of them have room."""
        self._first = min(max(self._first + count, 0), self.arranged(self.size).left_out)
        self.redraw()

    def arranged(self, size: Size) -> HeatLayout:
        """Return what is shown where, in a space of some size."""
        return layout_of(self._matrix, size.width, size.height, self._first)

    def draw(self, grid: Grid) -> None:
        """Paint the head and a row for each class."""
        layout = self.arranged(Size(grid.width, grid.height))
        if not layout.shown:
            text = fitting(self._empty, grid.width, "")
            column = (grid.width - cell_len(text)) // 2
            grid.write((grid.height - 1) // 2, column, text, self.STYLES.index("heat--message"))
            return
        self._draw_head(grid, layout)
        for row, index in enumerate(layout.shown, start=1):
            self._draw_row(grid, row, index, layout)

    def _draw_head(self, grid: Grid, layout: HeatLayout) -> None:
        style = self.STYLES.index("heat--head")
        for text in (tr("actual ↓ predicted →"), tr("actual↓ pred→"), tr("pred→")):
            if cell_len(text) <= layout.first_cell:
                grid.write(0, 0, text, style)
                break
        column = layout.first_cell
        for index in layout.shown:
            text = str(index + 1) if layout.numbered else self._matrix.labels[index]
            grid.write(0, column, cell_rjust(text, layout.cell), style)
            column += layout.cell
        if layout.left_out:
            grid.write(0, column, cell_rjust(tr("rest"), REST_CELLS), style)
            column += REST_CELLS
        for name, cells in layout.scores:
            grid.write(0, column, cell_rjust(SCORE_NAMES[name], cells), style)
            column += cells

    def _draw_row(self, grid: Grid, row: int, index: int, layout: HeatLayout) -> None:
        matrix = self._matrix
        head, label = self.STYLES.index("heat--head"), self.STYLES.index("heat--label")
        if layout.numbered:
            grid.write(row, 0, str(index + 1).rjust(layout.number - 1), head)
        grid.write(row, layout.number, fitting(matrix.labels[index], layout.label), label)
        column = layout.first_cell
        for given in layout.shown:
            share = matrix.share(row=index, column=given)
            style = self.STYLES.index(_style_of(share, hit=given == index))
            text = _share_text(share)
            if layout.cell > LEAST_PADDED and len(text) < layout.cell:
                text += " "
            # The first cell stays without a shade, unless the digits of 100 need it.
            gap = int(len(text) < layout.cell)
            grid.write(row, column + gap, cell_rjust(text, layout.cell - gap), style)
            column += layout.cell
        score_style = self.STYLES.index("heat--score")
        if layout.left_out:
            seen = sum(matrix.counts[index][given] for given in layout.shown)
            texts = sum(matrix.counts[index])
            rest = _share_text((texts - seen) / texts if texts else None)
            grid.write(row, column, rest.rjust(REST_CELLS), score_style)
            column += REST_CELLS
        for name, cells in layout.scores:
            text = _score_text(matrix.scores[index], name)
            grid.write(row, column, text.rjust(cells), score_style)
            column += cells


LEAST_PADDED = 4
"""Wider cells have a blank at their right."""


def _share_text(share: float | None) -> str:
    """Write a share in percent: a dot for none at all, a dash where there is nothing to share."""
    if share is None:
        return "—"
    return f"{100 * share:.0f}" if share else "·"


def _style_of(share: float | None, *, hit: bool) -> str:
    if not share:
        return "heat--none"
    shade = 1 + sum(share >= least for least in SHADES)
    return f"heat--{'hit' if hit else 'miss'}-{shade}"


def _score_text(score: ClassScore, name: str) -> str:
    values = {"F1": score.f1, "prec": score.precision, "rec": score.recall}
    return str(score.texts) if name == "texts" else f"{100 * values[name]:.0f}"
