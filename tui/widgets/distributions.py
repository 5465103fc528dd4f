"""How values lie between two ends: a histogram a line or a few, with the shares at the ends."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from tui.cells import cell_ljust
from tui.widgets.canvas import Canvas, Grid

_RAMP = " ▁▂▃▄▅▆▇█"

NAME_CELLS = 8
END_CELLS = 3
SHARE_CELLS = 12
"""Cells for the words about either end."""

MOST_ROWS = 4
"""Lines of one histogram at most."""

SATURATED_FROM = 0.5
"""Share of the values near one end from which it is pointed out."""


class Distribution(NamedTuple):
    """Give how the values of one kind are distributed."""

    name: str
    low: float
    """Lower end; the upper one is 1."""
    shares: Sequence[float]
    """By bin, from the lower end on."""
    at_low: float
    """Share near the lower end, 0 to 1."""
    at_high: float
    """Share near the upper end, 0 to 1."""


class Group(NamedTuple):
    """Join the distributions that stand below one heading."""

    heading: str
    """Displayable."""
    alarming: bool
    distributions: Sequence[Distribution]


class Distributions(Canvas):
    """Draw groups of histograms; those that have no room are scrolled to."""

    STYLES: ClassVar[tuple[str, ...]] = (
        "dist--blank",
        "dist--heading",
        "dist--alarm",
        "dist--name",
        "dist--end",
        "dist--bar",
        "dist--edge",
        "dist--share",
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    DEFAULT_CSS = """
    Distributions {
        width: 1fr;
        height: 1fr;
        & > .dist--heading { color: $text-accent; text-style: bold; }
        & > .dist--alarm { color: $warning; text-style: bold; }
        & > .dist--name { color: $foreground; }
        & > .dist--end { color: $text-muted; }
        & > .dist--bar { color: $primary; }
        & > .dist--edge { color: $warning; }
        & > .dist--share { color: $text-muted; }
    }
    """
    groups: Sequence[Group] = ()
    """What is shown."""
    first = 0
    """The group on top."""

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Show other distributions."""
        if groups != self.groups:
            self.groups = groups
            self.first = min(self.first, max(len(groups) - 1, 0))
            self.redraw()

    def scroll_groups(self, count: int) -> None:
        """Go to the groups below, or back, where not all have room."""
        most = max(len(self.groups) - 1, 0) if self._least_rows() > self.size.height else 0
        self.first = min(max(self.first + count, 0), most)
        self.redraw()

    def draw(self, grid: Grid) -> None:
        """Paint as many groups as fit, their histograms as high as there is room."""
        shown = self.groups[self.first :]
        histograms = sum(len(group.distributions) for group in shown) or 1
        high = min(max((grid.height - len(shown)) // histograms, 1), MOST_ROWS)
        row = 0
        for group in shown:
            style = "dist--alarm" if group.alarming else "dist--heading"
            grid.write(row, 0, group.heading, self.STYLES.index(style))
            row += 1
            for distribution in group.distributions:
                self._draw_one(grid, row, high, distribution)
                row += high

    def _least_rows(self) -> int:
        return sum(1 + len(group.distributions) for group in self.groups)

    def _draw_one(self, grid: Grid, top: int, high: int, given: Distribution) -> None:
        ground = top + high - 1
        grid.write(ground, 0, cell_ljust(given.name, NAME_CELLS), self.STYLES.index("dist--name"))
        left = NAME_CELLS + END_CELLS
        end = self.STYLES.index("dist--end")
        grid.write(ground, NAME_CELLS, f"{given.low:.0f}".rjust(END_CELLS - 1), end)
        room = grid.width - left - END_CELLS - 2 * SHARE_CELLS
        # All bins are of the same width, so that none looks larger than it is.
        wide = max(room // max(len(given.shares), 1), 1)
        self._draw_bars(grid, (top, left), (high, wide), given)
        right = left + wide * len(given.shares)
        grid.write(ground, right + 1, "1", end)
        share = self.STYLES.index("dist--share")
        low, near_high = f"{given.low + 0.1:.2g}".replace("0.", "."), ".9"
        texts = (f"<{low} {given.at_low:.0%}", f">{near_high} {given.at_high:.0%}")
        for text, value, column in zip(
            texts, (given.at_low, given.at_high), (3, 3 + SHARE_CELLS), strict=True
        ):
            much = value >= SATURATED_FROM
            style = self.STYLES.index("dist--alarm") if much else share
            grid.write(ground, right + column, text + ("!" if much else ""), style)

    def _draw_bars(
        self, grid: Grid, corner: tuple[int, int], size: tuple[int, int], given: Distribution
    ) -> None:
        (top, left), (high, wide) = corner, size
        most = max(given.shares, default=0.0) or 1.0
        for index, share in enumerate(given.shares):
            eighths = round(share / most * 8 * high)
            eighths = max(eighths, 1) if share else 0
            edge = index in (0, len(given.shares) - 1)
            style = self.STYLES.index("dist--edge" if edge else "dist--bar")
            for row in range(high):
                filled = min(max(eighths - 8 * (high - 1 - row), 0), 8)
                if filled:
                    grid.write(top + row, left + index * wide, _RAMP[filled] * wide, style)
