"""Shares as bars: the largest on top, those that have no room counted in the last line."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len

from core.language import trn
from tui.cells import fitting
from tui.widgets.canvas import Canvas, Grid
from tui.widgets.meter import bar_text

VALUE_CELLS = 7
MOST_LABEL = 24


class Bar(NamedTuple):
    """Give one share."""

    label: str
    """Displayable."""
    share: float
    """0 to 1."""


def fitting_bars(bars: Sequence[Bar], rows: int) -> list[Bar]:
    """Return the bars that fit, the largest first; the last one stands for all that do not."""
    ordered = sorted(bars, key=lambda bar: -bar.share)
    if len(ordered) <= rows or rows < 1:
        return ordered[: max(rows, 0)]
    rest = ordered[rows - 1 :]
    if rows > 1:
        name = trn("{n} other", "{n} others", len(rest))
    else:
        name = trn("{n} class", "{n} classes", len(rest))
    return [*ordered[: rows - 1], Bar(name, sum(bar.share for bar in rest))]


class Bars(Canvas):
    """Draw a line for each share: label, percentage and bar."""

    STYLES: ClassVar[tuple[str, ...]] = (
        "bars--blank",
        "bars--first",
        "bars--label",
        "bars--value",
        "bars--track",
        "bars--first-bar",
        "bars--bar",
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    DEFAULT_CSS = """
    Bars {
        width: 1fr;
        height: 1fr;
        & > .bars--first { color: $text-success; text-style: bold; }
        & > .bars--label { color: $text-muted; }
        & > .bars--value { color: $foreground; }
        & > .bars--track { color: $foreground 12%; }
        & > .bars--first-bar { color: $success; text-style: bold; }
        & > .bars--bar { color: $primary; }
    }
    """
    bars: Sequence[Bar] = ()
    """What is shown."""

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show other shares."""
        if bars != self.bars:
            self.bars = bars
            self.redraw()

    def draw(self, grid: Grid) -> None:
        """Paint the bars that fit."""
        bars = fitting_bars(self.bars, grid.height)
        longest = max((cell_len(bar.label) for bar in bars), default=0)
        label = min(longest, MOST_LABEL, max(grid.width // 2, 1))
        for row, bar in enumerate(bars):
            first = "first" if row == 0 else "label"
            grid.write(row, 0, fitting(bar.label, label), self.STYLES.index(f"bars--{first}"))
            value = f"{bar.share:.1%}".rjust(VALUE_CELLS)
            style = "bars--first" if row == 0 else "bars--value"
            grid.write(row, label, value, self.STYLES.index(style))
            self._draw_bar(grid, row, bar.share, label + VALUE_CELLS + 1)

    def _draw_bar(self, grid: Grid, row: int, share: float, start: int) -> None:
        width = grid.width - start
        if width < 2:
            return
        grid.fill((row, slice(start, grid.width)), "─", self.STYLES.index("bars--track"))
        style = "bars--first-bar" if row == 0 else "bars--bar"
        grid.write(row, start, bar_text(share, width), self.STYLES.index(style))
