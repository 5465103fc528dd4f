"""Widths are counted in terminal cells, of which a Chinese character takes two."""

import numpy as np
import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widget import Widget

from tui.cells import cell_ljust, cell_rjust, fitting
from tui.commands import COMMANDS
from tui.keymap import Keymap
from tui.widgets.canvas import Canvas, Grid
from tui.widgets.chart_painter import ChartPainter
from tui.widgets.distributions import Distribution, Distributions, Group
from tui.widgets.glyphs import BRAILLE
from tui.widgets.heat_map import HeatMap
from tui.widgets.key_line import KeyLine
from tui.widgets.meter import Meters, Reading, Scale
from tui.widgets.plot import Curve, LevelLine, MarkLine, Plot
from tui.widgets.sparkline import Sparkline


class Shown(App[None]):
    """Show one widget."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        """Let it fill the screen."""
        yield self._widget


def drawn(grid: Grid) -> list[str]:
    """Return the lines of a grid as they are written."""
    return ["".join(map(chr, row)).replace("\0", "") for row in grid.codes]


def lines(canvas: Canvas) -> list[str]:
    """Return the lines of a canvas as they are written."""
    return [canvas.render_line(row).text for row in range(canvas.size.height)]


def place(line: str, text: str) -> int:
    """Return the cell at which a text begins in a line."""
    return cell_len(line[: line.index(text)])


def test_texts_are_filled_up_to_a_width() -> None:
    """A text that is as wide or wider stays as it is."""
    assert [cell_ljust(text, 4) for text in ("ab", "门", "隐状态")] == ["ab  ", "门  ", "隐状态"]
    assert [cell_rjust(text, 4) for text in ("ab", "门", "隐状态")] == ["  ab", "  门", "隐状态"]


@pytest.mark.parametrize(
    ("width", "cut"), [(6, "隐状态"), (5, "隐状…"), (4, "隐 …"), (1, "…"), (0, "")]
)
def test_texts_are_cut_at_a_width(width: int, cut: str) -> None:
    """No character is halved: a blank stands where one has no room."""
    assert fitting("隐状态", width) == cut
    assert cell_len(fitting("隐状态", width)) == min(width, 6)


@pytest.mark.parametrize("column", range(6))
def test_a_character_written_over_in_part_goes_whole(column: int) -> None:
    """What stands behind it does not move."""
    grid = Grid(8, 1)
    grid.write(0, 0, "隐状态|", 0)
    grid.write(0, column, "x", 0)
    (line,) = drawn(grid)
    assert cell_len(line) == 8
    assert place(line, "|") == 6
    assert place(line, "x") == column


def test_labels_of_a_chart_are_measured_in_cells() -> None:
    """Legend, levels, marks and message stay whole and inside of the chart."""
    x = np.arange(100.0)
    plot = Plot(
        curves=[Curve("红楼梦", x, 4 - x / 50, "train"), Curve("水浒传", x, 4.2 - x / 50, "val")],
        end=99,
        levels=[LevelLine(3.9, "均匀猜测 3.900")],
        marks=[MarkLine(90, "语料→唐诗三百首")],
    )
    grid = Grid(60, 16)
    ChartPainter(grid, plot, BRAILLE).paint()
    found = drawn(grid)
    assert {cell_len(line) for line in found} == {60}
    text = "\n".join(found)
    assert all(label in text for label in ("红楼梦", "水浒传", "均匀猜测 3.900", "语料→唐诗三百首"))
    assert place(found[0], "红楼梦") + cell_len("红楼梦 2.020") == 60
    grid = Grid(20, 3)
    ChartPainter(grid, Plot(message="按键开始"), BRAILLE).paint()
    assert place(drawn(grid)[1], "按键开始") == 6


async def test_columns_of_meters_begin_in_one_cell() -> None:
    """A long label in wide characters does not run into its bar."""
    meters = Meters()
    async with Shown(meters).run_test(size=(40, 3)):
        readings = [Reading("合计的梯度", 1.0, "high", "被裁剪"), Reading("output", 0.5)]
        meters.show_readings(readings, Scale(1e-4, 1.0))
        first, second, _ = lines(meters)
    assert place(first, "━") == place(second, "━") == 11
    assert cell_len(first) == cell_len(second) == 40


async def test_columns_of_gates_begin_in_one_cell() -> None:
    """Wide names take no more room than others."""
    view = Distributions()
    async with Shown(view).run_test(size=(60, 3)):
        of = [Distribution(name, 0.0, [0.05] * 20, 0.1, 0.1) for name in ("隐状态", "forget")]
        view.show_groups([Group("第 1 层", False, of)])
        _, first, second = lines(view)
    assert place(first, "█") == place(second, "█")


async def test_headings_and_messages_keep_their_place() -> None:
    """A value stands at the right edge, a message in the middle."""
    spark, heat = Sparkline("学习率"), HeatMap(empty="每次评估时测量")
    async with Shown(spark).run_test(size=(20, 3)):
        spark.show_values([1.0, 2.0], "0.001")
        assert lines(spark)[0] == "学习率         0.001"
    async with Shown(heat).run_test(size=(20, 3)):
        assert place(lines(heat)[1], "每") == 3


@pytest.mark.parametrize("width", [40, 60, 80, 120])
async def test_the_key_line_shows_whole_entries_however_wide(width: int) -> None:
    """It is fitted by cells: the way out stays, and nothing is cut at the edge."""
    keys = KeyLine(Keymap())
    labels = {command.id: f"标签{number}" for number, command in enumerate(COMMANDS)}
    async with Shown(keys).run_test(size=(width, 3)):
        keys.show("microscope", labels)
        shown = keys.render().plain
    assert cell_len(shown) <= width
    quitting = next(n for n, command in enumerate(COMMANDS) if command.id == "app.help")
    assert f"标签{quitting} " in shown
