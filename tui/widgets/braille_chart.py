"""A line chart of dots: axes, several curves, marks, levels and a crosshair, at any size."""

from typing import ClassVar

from tui.widgets.canvas import Canvas, Grid
from tui.widgets.chart_frame import STYLES
from tui.widgets.chart_painter import ChartPainter
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import Plot


class BrailleChart(Canvas):
    """Draw a `Plot`.

    Curves differ by stroke and by the sign at their points, not only by colour; the legend
    above them shows both with the newest value, or with the value under the crosshair.
    """

    STYLES: ClassVar[tuple[str, ...]] = tuple(f"chart--{name}" for name in STYLES)
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    DEFAULT_CSS = """
    BrailleChart {
        width: 1fr;
        height: 1fr;
        & > .chart--axis { color: $text-muted; }
        & > .chart--grid { color: $foreground 14%; }
        & > .chart--noise { color: $accent 45%; }
        & > .chart--train { color: $accent; text-style: bold; }
        & > .chart--val { color: $success; text-style: bold; }
        & > .chart--overlay-1 { color: $text-secondary; }
        & > .chart--overlay-2 { color: $text-warning; }
        & > .chart--overlay-3 { color: $foreground 60%; }
        & > .chart--overlay-4 { color: $text-error; }
        & > .chart--mark { color: $warning; }
        & > .chart--alarm { color: $error; text-style: bold; }
        & > .chart--level { color: $success 60%; }
        & > .chart--baseline { color: $text-warning; }
        & > .chart--crosshair { color: $foreground; text-style: bold; }
        & > .chart--message { color: $text-muted; text-style: italic; }
    }
    """

    def __init__(
        self, *, glyphs: Glyphs = BRAILLE, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self.plot = Plot()
        """What is shown."""
        self.plot_columns = 1
        """Cells from the left edge of the curves to the right one, as last drawn."""

    def show_plot(self, plot: Plot) -> None:
        """Show another picture."""
        self.plot = plot
        self.redraw()

    def draw(self, grid: Grid) -> None:
        """Paint the plot on the grid."""
        painter = ChartPainter(grid, self.plot, self.glyphs)
        painter.paint()
        self.plot_columns = painter.frame.width
