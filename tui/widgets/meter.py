"""Meters: a bar for each of several quantities on one common scale, with a threshold marked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.cells import cell_len

from tui.cells import fitting
from tui.widgets.axes import short_number
from tui.widgets.canvas import Canvas, Grid
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.sparkline import spark_text

_VALUE_CELLS = 6
_WORD_CELLS = 8
_TREND_FROM = 50
"""Width from which there is room for a meter's course."""
_WORD_FROM = 34
"""Width from which there is room for the word beside the sign."""

Level = Literal["fine", "high", "alarm", "low"]

SIGNS: dict[Level, str] = {"fine": " ", "high": "!", "alarm": "▲", "low": "▼"}
"""What tells the levels apart without colour."""


@dataclass(frozen=True)
class Reading:
    """Give one meter's value."""

    label: str
    """Displayable."""
    value: float | None
    """What the bar shows; None where it is not finite or not known."""
    level: Level = "fine"
    word: str = ""
    """What the level means, such as `clipped`."""
    trend: Sequence[float] = ()
    """Earlier values, the oldest first; drawn where there is room."""


def bar_text(share: float, width: int) -> str:
    """Write a bar over `share` (0 to 1) of `width` cells, to half a cell."""
    full, half = divmod(round(min(max(share, 0.0), 1.0) * width * 2), 2)
    return "━" * full + "╸" * half


@dataclass(frozen=True)
class Scale:
    """Map values to shares of a bar, logarithmically."""

    low: float
    """Value at the left end, above 0."""
    high: float
    """Value at the right end, above `low`."""

    def share(self, value: float) -> float:
        """Return where on the bar a value lies, 0 to 1."""
        if not value > 0:
            return 0.0
        span = math.log(self.high) - math.log(self.low)
        share = (math.log(min(value, self.high)) - math.log(self.low)) / span
        return min(max(share, 0.0), 1.0)


class Meters(Canvas):
    """Draw one meter a line; what does not fit is scrolled to."""

    STYLES: ClassVar[tuple[str, ...]] = (
        "meter--blank",
        "meter--label",
        "meter--value",
        "meter--track",
        "meter--fine",
        "meter--high",
        "meter--alarm",
        "meter--low",
        "meter--threshold",
        "meter--trend",
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    DEFAULT_CSS = """
    Meters {
        width: 1fr;
        height: 1fr;
        & > .meter--label { color: $text-muted; }
        & > .meter--value { color: $foreground; }
        & > .meter--track { color: $foreground 12%; }
        & > .meter--fine { color: $success; }
        & > .meter--high { color: $warning; }
        & > .meter--alarm { color: $error; text-style: bold; }
        & > .meter--low { color: $secondary; text-style: bold; }
        & > .meter--threshold { color: $foreground; text-style: bold; }
        & > .meter--trend { color: $primary; }
    }
    """

    def __init__(
        self, *, glyphs: Glyphs = BRAILLE, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self._readings: Sequence[Reading] = ()
        self._scale = Scale(1e-4, 1.0)
        self._threshold: float | None = None
        self._first = 0

    def show_readings(
        self, readings: Sequence[Reading], scale: Scale, threshold: float | None = None
    ) -> None:
        """Show other values.

        Args:
            readings: One a line, from the top.
            scale: What the bars' ends stand for.
            threshold: A value to mark on each bar.
        """
        self._readings, self._scale, self._threshold = readings, scale, threshold
        self.redraw()

    def scroll_rows(self, count: int) -> None:
        """Move the window over the meters, as far as there are some."""
        last = max(0, len(self._readings) - self.size.height)
        self._first = min(max(self._first + count, 0), last)
        self.redraw()

    @property
    def count(self) -> int:
        """Return how many meters there are."""
        return len(self._readings)

    @property
    def hidden(self) -> int:
        """Return how many meters lie below the window."""
        return max(0, len(self._readings) - self.size.height - self._first)

    def draw(self, grid: Grid) -> None:
        """Paint the meters that are in the window."""
        self._first = min(self._first, max(0, len(self._readings) - grid.height))
        label_cells = max((cell_len(reading.label) for reading in self._readings), default=0)
        label_cells = min(label_cells, max(grid.width // 3, 1))
        for row, reading in enumerate(self._readings[self._first :][: grid.height]):
            self._draw_reading(grid, row, reading, label_cells)

    def _draw_reading(self, grid: Grid, row: int, reading: Reading, label_cells: int) -> None:
        label, value = self.STYLES.index("meter--label"), self.STYLES.index("meter--value")
        sign = SIGNS[reading.level]
        style = self.STYLES.index(f"meter--{reading.level}")
        grid.write(row, 0, fitting(reading.label, label_cells, ""), label)
        right = grid.width
        if right >= _WORD_FROM:
            right -= 1 + _WORD_CELLS
            grid.write(row, right + 1, reading.word, style)
        right -= 1
        grid.write(row, max(right, 0), sign, style)
        right -= _VALUE_CELLS + 1
        text = "—" if reading.value is None else short_number(reading.value)
        grid.write(row, max(right, 0), text.rjust(_VALUE_CELLS), value)
        if grid.width >= _TREND_FROM and reading.trend:
            trend = spark_text(reading.trend, grid.width // 5)
            right -= grid.width // 5 + 1
            grid.write(row, right, trend.rjust(grid.width // 5), self.STYLES.index("meter--trend"))
        self._draw_bar(grid, row, reading, label_cells + 1, right - 1)

    def _draw_bar(self, grid: Grid, row: int, reading: Reading, start: int, end: int) -> None:
        width = end - start
        if width < 2:
            return
        grid.fill((row, slice(start, end)), "─", self.STYLES.index("meter--track"))
        share = self._scale.share(reading.value) if reading.value is not None else 0.0
        grid.write(row, start, bar_text(share, width), self.STYLES.index(f"meter--{reading.level}"))
        if self._threshold:
            column = start + min(int(self._scale.share(self._threshold) * width), width - 1)
            grid.write(row, column, "┃", self.STYLES.index("meter--threshold"))
