"""A line chart of dots: axes, several curves, marks, levels and a crosshair, at any size."""

from typing import ClassVar

from rich.style import Style
from textual.color import Color

from tui.widgets.canvas import Canvas, Grid
from tui.widgets.chart_frame import INDEX, STYLES
from tui.widgets.chart_painter import ChartPainter
from tui.widgets.curve_colours import curve_colours
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import Plot


class BrailleChart(Canvas):
    """Draw a `Plot`.

    Curves differ by stroke and by the signs on them, not only by colour; the legend above them
    shows both with the newest value, or with the value under the crosshair. The theme's two
    liveliest colours are the run's own; what is only to compare with or to read is grey.
    """

    STYLES: ClassVar[tuple[str, ...]] = tuple(f"chart--{name}" for name in STYLES)
    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLES)
    DEFAULT_CSS = """
    BrailleChart {
        width: 1fr;
        height: 1fr;
        & > .chart--axis { color: $text-muted; }
        & > .chart--grid { color: $foreground 14%; }
        & > .chart--ghost { color: $foreground 35%; }
        & > .chart--noise { color: $accent 45%; }
        & > .chart--train, & > .chart--val { text-style: bold; }
        & > .chart--mark { color: $foreground 75%; }
        & > .chart--alarm { color: $error; text-style: bold; }
        & > .chart--level { color: $foreground 50%; }
        & > .chart--baseline { color: $foreground 45%; }
        & > .chart--crosshair { color: $foreground; text-style: bold; }
        & > .chart--message { color: $text-muted; text-style: italic; }
        /* The terminal's own colours cannot be mixed. */
        &:ansi > .chart--grid, &:ansi > .chart--ghost, &:ansi > .chart--noise,
        &:ansi > .chart--level, &:ansi > .chart--baseline {
            color: $foreground; text-style: dim;
        }
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

    def styles_of_cells(self) -> list[Style]:
        """Give each kind of curve a colour that no other has."""
        colours = curve_colours(self.app.theme_variables)
        looks = super().styles_of_cells()
        for role, colour in colours.items():
            looks[INDEX[role]] += Style(color=Color.parse(colour).rich_color)
        return looks

    def draw(self, grid: Grid) -> None:
        """Paint the plot on the grid."""
        painter = ChartPainter(grid, self.plot, self.glyphs)
        painter.paint()
        self.plot_columns = painter.frame.width
