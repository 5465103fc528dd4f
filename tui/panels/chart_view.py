"""Which part of a run a chart shows, and how: the state behind the chart keys."""

from dataclasses import dataclass
from typing import Literal

XUnit = Literal["step", "epoch", "time"]

X_UNITS: tuple[XUnit, ...] = ("step", "epoch", "time")

X_COLUMNS: dict[XUnit, str] = {"step": "step", "epoch": "epoch", "time": "elapsed_s"}
"""The column of a series that holds the positions in each unit."""

_MOST_ZOOM = 4096.0


@dataclass
class ChartView:
    """Hold the window, the unit and the crosshair of one chart."""

    unit: XUnit = "step"
    zoom: float = 1.0
    """How many times narrower the window is than the whole run."""
    right: float | None = None
    """Right edge of the window; None follows the newest point."""
    crosshair: float | None = None

    def window(self, end: float) -> tuple[float, float]:
        """Return the edges of what is shown, for a run from 0 to `end`."""
        end = max(end, 1e-9)
        width = end / self.zoom
        right = end if self.right is None else min(max(self.right, width), end)
        return right - width, right

    def zoom_by(self, direction: int, end: float) -> None:
        """Show half as much or twice as much, around the crosshair or up to the right edge."""
        start, right = self.window(end)
        self.zoom = min(max(self.zoom * 2.0**direction, 1.0), _MOST_ZOOM)
        width = end / self.zoom
        if self.crosshair is not None and start <= self.crosshair <= right:
            share = (self.crosshair - start) / (right - start)
            right = self.crosshair + (1 - share) * width
        at_end = right >= end * (1 - 1e-9)
        self.right = None if at_end or self.zoom == 1.0 else max(right, width)

    def move_crosshair(self, direction: int, end: float, columns: int) -> None:
        """Move the crosshair by a column of cells; at an edge the window moves along."""
        start, right = self.window(end)
        width = right - start
        if self.crosshair is None:
            self.crosshair = right
        elif not start <= self.crosshair <= right:
            self.crosshair = min(max(self.crosshair, start), right)
        else:
            moved = self.crosshair + direction * width / max(columns, 1)
            self.crosshair = min(max(moved, 0.0), end)
        if self.crosshair < start:
            self.right = self.crosshair + width
        elif self.crosshair > right:
            self.right = None if self.crosshair >= end else self.crosshair

    def follow(self) -> None:
        """Show the whole run again, up to its newest point."""
        self.zoom, self.right, self.crosshair = 1.0, None, None

    def next_unit(self) -> None:
        """Count in the next unit; the window begins anew since its edges were in the old one."""
        self.unit = X_UNITS[(X_UNITS.index(self.unit) + 1) % len(X_UNITS)]
        self.right, self.crosshair = None, None
