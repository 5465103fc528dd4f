"""The chart draws any data at any size, keeps gaps and extremes, and reads without colour."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from tui.series import Floats
from tui.widgets.axes import (
    clock,
    decade_texts,
    linear_ticks,
    log_ticks,
    number_texts,
    row_scale,
    short_count,
    short_number,
    time_texts,
    time_ticks,
)
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.canvas import Grid
from tui.widgets.chart_frame import INDEX
from tui.widgets.chart_painter import ChartPainter
from tui.widgets.curve_colours import curve_colours
from tui.widgets.curve_looks import look_of
from tui.widgets.glyphs import ASCII, BLOCKS, BRAILLE, Glyphs
from tui.widgets.plot import Curve, LevelLine, MarkLine, Plot, XAxis, value_text
from tui.widgets.raster import dots_of, extent_of

ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True)


def painted(plot: Plot, width: int, height: int, glyphs: Glyphs = BRAILLE) -> Grid:
    """Return the grid that a plot is painted on."""
    grid = Grid(width, height)
    ChartPainter(grid, plot, glyphs).paint()
    return grid


def lines_of(grid: Grid, glyphs: Glyphs = BRAILLE) -> list[str]:
    """Return the grid as text."""
    return [glyphs.text(row.tobytes().decode("utf-32")) for row in grid.codes]


def curve(y: list[float], label: str = "train") -> Curve:
    """Return a curve over the positions from 0 on."""
    return Curve(label, np.arange(len(y), dtype=float), np.array(y, dtype=float), "train")


@settings(max_examples=200, deadline=None)
@example([0.0, 1e308], 1, 5, False, BRAILLE, (0.0, 1.0), False)
@example([1.0, 1e308], 1, 5, True, BRAILLE, (0.0, 1.0), False)
@given(
    y=st.lists(ANY_NUMBER, max_size=60),
    width=st.integers(1, 90),
    height=st.integers(1, 20),
    log=st.booleans(),
    glyphs=st.sampled_from([BRAILLE, BLOCKS, ASCII]),
    ends=st.tuples(st.floats(-10, 100), st.floats(1e-6, 1e6)),
    clock_axis=st.booleans(),
)
def test_any_data_at_any_size(
    y: list[float],
    width: int,
    height: int,
    log: bool,
    glyphs: Glyphs,
    ends: tuple[float, float],
    clock_axis: bool,
) -> None:
    """Empty, constant, huge, NaN and infinite data are drawn from one cell to a whole screen."""
    line = curve(y)
    noise = Curve("", line.x, line.y, "train", "stipple")
    points = Curve("val", line.x, line.y, "val", "dashed", "◆")
    plot = Plot(
        curves=(points, noise, line),
        start=ends[0],
        end=ends[0] + ends[1],
        marks=[MarkLine(3.0, "lr 0.1→0.2"), MarkLine(4.0, "diverged", alarming=True)],
        level=y[0] if y else None,
        levels=[LevelLine(value, "bag of words") for value in y[:2]],
        unit="%" if clock_axis else "",
        crosshair=2.5,
        log=log,
        x_axis=XAxis("time", clock=clock_axis),
        message="nothing yet",
    )
    rows = lines_of(painted(plot, width, height, glyphs), glyphs)
    assert [len(row) for row in rows] == [width] * height
    if glyphs is ASCII:
        assert "".join(rows).isascii()


@settings(max_examples=100, deadline=None)
@given(
    y=st.lists(st.one_of(st.floats(-5, 5), st.just(math.nan)), min_size=1, max_size=300),
    columns=st.integers(1, 40),
)
def test_no_extreme_is_lost(y: list[float], columns: int) -> None:
    """However many points share a column, the smallest and the largest are in its extent."""
    values: Floats = np.array(y)
    x = np.arange(len(y), dtype=float)
    extent = extent_of(x, values, 0.0, float(len(y)), columns)
    known = values[np.isfinite(values)]
    if len(known):
        assert np.nanmin(extent.low) == known.min()
        assert np.nanmax(extent.high) == known.max()
    column = (x * columns / len(y)).astype(int)
    for index in range(columns):
        inside = values[column == index]
        if len(inside) and np.isnan(inside).all():
            assert np.isnan(extent.low[index])


@settings(max_examples=100, deadline=None)
@given(y=st.lists(st.floats(0, 1), min_size=2, max_size=80), rows=st.integers(1, 40))
def test_a_line_has_no_holes(y: list[float], rows: int) -> None:
    """Neighbouring columns of dots touch, so that a steep curve stays one line."""
    values: Floats = np.array(y)
    extent = extent_of(
        np.arange(len(y), dtype=np.float64) + 0.5, values, 0.0, float(len(y)), len(y)
    )
    dots = dots_of(extent, -0.1, 1.1, rows, "solid")
    for left, right in pairwise(dots.T):
        here, there = np.flatnonzero(left), np.flatnonzero(right)
        assert len(here)
        assert here.min() <= there.max() + 1
        assert there.min() <= here.max() + 1


def test_a_gap_is_not_bridged() -> None:
    """Where the values are NaN nothing is drawn, and the curve goes on after it."""
    grid = painted(Plot([curve([1.0] * 10 + [math.nan] * 10 + [1.0] * 10)], 0.0, 30.0), 36, 3)
    drawn = (grid.styles == INDEX["train"]).any(axis=0)
    assert drawn[6:15].all()
    assert not drawn[16:26].any()
    assert drawn[26:].all()


def test_axes_legend_marks_and_level() -> None:
    """Ticks, legend with newest values, a labelled mark and the level are all to be read."""
    falling = [4.0 - 3.0 * step / 999 for step in range(1000)]
    validation = Curve("val", np.array([250.0, 750.0]), np.array([3.5, 2.0]), "val", "dashed", "◆")
    plot = Plot(
        [validation, curve(falling)],
        0.0,
        999.0,
        marks=[MarkLine(600.0, "lr 0.001→0.0005")],
        level=2.0,
    )
    rows = lines_of(painted(plot, 70, 16))
    text = "\n".join(rows)
    assert "━━ train 1.000" in rows[0]
    assert "◆╍ val 2.000" in rows[0]
    assert "┆lr 0.001→0.0005" in text
    assert "╌╌╌" in text
    assert text.count("◆") == 3
    assert [row[:6] for row in rows if "┤" in row[:6]] == ["    4┤", "    3┤", "    2┤", "    1┤"]
    assert rows[-1].split() == ["0", "200", "400", "600", "800"]


def test_a_legend_names_every_curve_however_narrow() -> None:
    """Values go first, then labels are cut while they differ; curves beyond that are counted."""
    curves = [curve([1.0, 2.0], label=f"layer {number}") for number in range(4)]
    assert lines_of(painted(Plot(curves), 80, 12))[0].count("2.000") == 4
    middle = lines_of(painted(Plot(curves), 60, 12))[0]
    assert "2.000" not in middle
    assert all(f"layer {number}" in middle for number in range(4))
    assert lines_of(painted(Plot(curves), 36, 12))[0].endswith("━━ layer 3  ━━ layer 2  +2")
    cells = [curve([1.0, 2.0], label=label) for label in ("rnn", "lstm", "gru")]
    assert lines_of(painted(Plot(cells), 24, 12))[0].endswith("━━ g  ━━ l  ━━ r")
    reading = lines_of(painted(Plot(curves, crosshair=0.0), 60, 12))[0]
    assert reading.endswith("layer 3 1.000  layer 2 1.000  +2")
    many = [curve([1.0, 2.0], label="seed") for _ in range(40)]
    assert lines_of(painted(Plot(many), 60, 12))[0].split()[-1] == "+35"


def test_the_crosshair_reads_the_values() -> None:
    """Position and value under the crosshair replace the newest values in the legend."""
    plot = Plot([curve([float(step) for step in range(101)])], 0.0, 100.0, crosshair=40.0)
    rows = lines_of(painted(plot, 60, 12))
    assert rows[0].split() == ["step", "40", "━━", "train", "40.00"]
    column = rows[3].index("│", 6)
    assert rows[2][column] == "│"
    assert any(row[column] == "●" for row in rows)


def test_a_position_between_decades_is_read_as_a_number() -> None:
    """A learning rate is written as people write it."""
    axis = XAxis("learning rate", decades=True)
    assert axis.readout(-2.148) == "learning rate 0.0071"


def test_a_narrow_crosshair_reads_every_curve() -> None:
    """Where there is no place for everything, values stay, and letters that tell them apart."""
    curves = [curve([90.0] * 101, label) for label in ("train", "val")]
    plot = Plot(curves, 0.0, 100.0, crosshair=40.0, unit="%")
    assert lines_of(painted(plot, 60, 12))[0].count("━━") == 2
    assert lines_of(painted(plot, 36, 12))[0].endswith("v 90.0%  t 90.0%")


def test_curves_differ_without_colour() -> None:
    """Solid, dashed, dotted and stippled curves set different dots, each part of the solid one."""
    flat = extent_of(np.array([0.0, 100.0]), np.array([0.5, 0.5]), 0.0, 100.0, 100)
    solid = dots_of(flat, 0.0, 1.0, 9, "solid")
    assert solid.sum() == 100
    shares = {}
    for stroke in ("dashed", "dotted", "stipple"):
        dots = dots_of(flat, 0.0, 1.0, 9, stroke)
        assert not (dots & ~solid).any()
        shares[stroke] = dots.sum()
    assert 60 <= shares["dashed"] <= 70
    assert 30 <= shares["dotted"] <= 37
    assert shares["stipple"] == 50


def test_hostile_widths_do_not_shift_the_picture() -> None:
    """A label with wide and combining characters leaves every line as wide as the widget."""
    grid = painted(Plot([curve([1.0, 2.0], label="日本e\u0301")], 0.0, 1.0), 60, 10)
    strips = grid.strips([Style()] * 20, BRAILLE)
    assert {sum(segment.cell_length for segment in strip) for strip in strips} == {60}


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 60))
def test_rows_hold_the_range_and_ticks_lie_in_the_middle_of_rows(
    low: float, span: float, rows: int
) -> None:
    """Smallest and largest value are on the axis, and round values are at the centres of rows."""
    high = low + span
    bottom, ceiling, step = row_scale(low, high, rows)
    slack = (ceiling - bottom) * 1e-6
    assert bottom <= low + slack
    assert high <= ceiling + slack
    for tick in linear_ticks(bottom, ceiling, rows, step):
        row = (tick - bottom) / (ceiling - bottom) * rows
        assert row % 1 == pytest.approx(0.5, abs=0.01)


@example(400_001.0, 1.109375, 4)
@given(st.floats(1e-6, 1e6), st.floats(1.001, 1e6), st.integers(2, 40))
def test_ticks_lie_in_their_range(low: float, factor: float, rows: int) -> None:
    """No tick is outside of the axis, there is one, and there are no more than rows."""
    high = low * factor
    for ticks in (linear_ticks(low, high, rows), log_ticks(low, high, rows)):
        assert all(low * 0.99 <= tick <= high * 1.01 for tick in ticks)
        assert len(ticks) <= rows + 1
        assert ticks or rows < 4


def test_numbers_are_short_and_tell_ticks_apart() -> None:
    """Labels carry as many digits as the step between them needs, all of them as many."""
    assert number_texts([0.0, 500.0, 1000.0, 1500.0]) == ["0", "0.5k", "1.0k", "1.5k"]
    assert number_texts([3750.0, 4000.0]) == ["3.75k", "4.00k"]
    assert decade_texts([1e-4, 0.1, 1.0, 30.0, 1000.0]) == ["1e-4", "0.1", "1", "30", "1k"]
    assert number_texts([1.2, 1.4, 1.6]) == ["1.2", "1.4", "1.6"]
    assert number_texts([1.0, 2.0]) == ["1", "2"]
    assert [short_number(value) for value in (0.832, 31234.0, 1.2e6, 4e-8, math.inf)] == [
        "0.832",
        "31.2k",
        "1.20M",
        "4.0e-8",
        "inf",
    ]
    assert [short_number(value) for value in (0.3, 0.082, 9e-3, 4000.0, 3750.0)] == [
        "0.300",
        "0.082",
        "9.0e-3",
        "4.00k",
        "3.75k",
    ]
    assert [value_text(value) for value in (2.0, 2.5, 20.0, 20.25)] == [
        "2.000",
        "2.500",
        "20.00",
        "20.25",
    ]
    assert [short_count(count) for count in (200, 4000)] == ["200", "4.00k"]
    assert [clock(seconds) for seconds in (8, 65, 3700, 90_000)] == [
        "8s",
        "1:05",
        "1:01:40",
        "1d 1h",
    ]
    assert time_ticks(0, 300, 6) == [0, 60, 120, 180, 240, 300]
    assert time_texts([0, 60, 120]) == ["0s", "1:00", "2:00"]
    assert time_texts(time_ticks(8, 9.5, 4)) == ["8.0s", "8.5s", "9.0s", "9.5s"]


async def test_the_widget_follows_sizes_and_themes() -> None:
    """The chart is drawn anew for another size, another plot and another theme."""

    class ChartApp(App[None]):
        def compose(self) -> ComposeResult:
            yield BrailleChart(id="chart")

    app = ChartApp()
    async with app.run_test(size=(60, 12)) as pilot:
        chart = app.query_one(BrailleChart)
        chart.show_plot(Plot([curve([3.0, 1.0, 2.0])], 0.0, 2.0))
        await pilot.pause()
        assert "train" in chart.render_line(0).text
        first = [segment.style for segment in chart.render_line(5)]
        app.theme = "gruvbox"
        await pilot.pause()
        assert [segment.style for segment in chart.render_line(5)] != first
        await pilot.resize_terminal(30, 6)
        await pilot.pause()
        assert chart.render_line(3).cell_length == 30
        chart.show_plot(Plot(message="space starts training"))
        assert "space starts training" in "".join(chart.render_line(y).text for y in range(6))


def test_labelled_levels_are_in_view_and_named() -> None:
    """A line to compare with is drawn though no curve comes near it, its name beside the curves."""
    plot = Plot(
        curves=[curve([40.0, 60.0, 70.0, 72.0])],
        end=3.0,
        levels=[LevelLine(16.5, "majority 16.5%"), LevelLine(64.2, "words 64.2%")],
        unit="%",
        most=100.0,
    )
    text = lines_of(painted(plot, 60, 14))
    rows = [index for index, row in enumerate(text) if "┄" in row]
    assert len(rows) == 2
    assert "words 64.2%" in text[rows[0]]
    assert "majority 16.5%" in text[rows[1]]
    assert any("40%┤" in row or "50%┤" in row for row in text)
    assert "72.0%" in text[0]


def test_a_label_beside_its_line_points_to_it() -> None:
    """Where a curve takes the line's row the label stands in another one, with an arrow."""
    plot = Plot(curves=[curve([50.0, 50.0])], end=1.0, levels=[LevelLine(50.0, "half")])
    text = lines_of(painted(plot, 40, 12))
    drawn = next(index for index, row in enumerate(text) if "⠤" in row or "⣀" in row or "⠒" in row)
    assert "↑ half" in text[drawn + 1] or "↓ half" in text[drawn - 1]


def test_the_axis_names_no_impossible_value() -> None:
    """A share has no tick above 100 %."""
    plot = Plot(curves=[curve([90.0, 99.0, 100.0])], end=2.0, unit="%", most=100.0)
    for height in range(5, 30):
        text = "\n".join(lines_of(painted(plot, 60, height)))
        assert not any(f"{tick}%┤" in text for tick in range(101, 130))


def test_labels_neither_touch_nor_pile_up() -> None:
    """Marks of one column share a label, and between any two there is a space."""
    steps = (40.0, 40.2, 43.0, 46.0, 46.1)
    marks = [MarkLine(step, "resumed") for step in steps]
    rows = lines_of(painted(Plot([curve([1.0] * 101)], 0.0, 100.0, marks=marks), 60, 14))
    text = "\n".join(rows)
    assert "resumed ×2" in text
    assert "resumedresumed" not in text
    for row in rows:
        assert "d┆r" not in row
    assert not any("resumed" in row for row in rows[7:])


def test_the_crosshair_names_what_happened_there() -> None:
    """A mark whose label has no room is read with the crosshair."""
    marks = [MarkLine(50.0, "lr 0.1→0.2")]
    plot = Plot([curve([1.0] * 101)], 0.0, 100.0, marks=marks, crosshair=50.0)
    assert lines_of(painted(plot, 60, 12))[0].strip().startswith("step 50 · lr 0.1→0.2")


def test_a_branch_that_was_left_stretches_no_axis() -> None:
    """It is drawn in grey where the curves are, and beyond them it is cut off."""
    x = np.arange(101, dtype=float)
    ghost = Curve("", x, np.linspace(1.0, 1e6, 101), "ghost", "dashed", stretches=False)
    live = curve([2.0 - step / 100 for step in range(101)])
    alone = painted(Plot([live], 0.0, 100.0), 60, 14)
    both = painted(Plot([ghost, live], 0.0, 100.0), 60, 14)
    assert [row[:6] for row in lines_of(both)] == [row[:6] for row in lines_of(alone)]
    assert (both.styles == INDEX["ghost"]).any()


def test_a_decade_is_divided_by_minor_ticks() -> None:
    """A logarithmic axis that has the rows for it shows where 2 to 9 lie."""
    plot = Plot([curve([1.0, 100.0])], 0.0, 1.0, log=True)
    rows = lines_of(painted(plot, 60, 30))
    assert sum("╡" in row[:6] for row in rows) >= 6
    assert not any("╡" in row[:6] for row in lines_of(painted(plot, 60, 8)))


def test_signs_tell_curves_apart_without_colour() -> None:
    """Curves with signs carry them, in the legend and on the line, in ASCII too."""
    curves = [
        Curve(f"#{at}", np.arange(50.0), np.full(50, float(at)), *look_of(at)[:2], sign=sign)
        for at, sign in enumerate("○□△")
    ]
    for glyphs, signs in ((BRAILLE, "○□△"), (ASCII, "o#^")):
        rows = lines_of(painted(Plot(curves, 0.0, 49.0), 80, 16, glyphs), glyphs)
        for sign in signs:
            assert sign in rows[0]
            assert any(sign in row for row in rows[1:])


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""

    def luminance(colour: Color) -> float:
        parts = [part / 255 for part in colour.rgb]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", sorted(BUILTIN_THEMES))
async def test_no_two_roles_share_a_colour(theme: str) -> None:
    """In every theme each kind of curve has its own; what is to compare with takes none of them."""

    class ChartApp(App[None]):
        def compose(self) -> ComposeResult:
            yield BrailleChart()

    app = ChartApp()
    async with app.run_test(size=(60, 12)) as pilot:
        app.theme = theme
        await pilot.pause()
        chart = app.query_one(BrailleChart)
        looks = chart.styles_of_cells()
        curves = [looks[INDEX[role]].color for role in curve_colours(app.theme_variables)]
        assert len(curves) == 6
        others = [looks[INDEX[name]].color for name in ("mark", "level", "baseline", "ghost")]
        assert len(set(curves)) == 6
        assert not set(curves) & set(others)
        if app.native_ansi_color:
            assert all(looks[INDEX[name]].dim for name in ("baseline", "ghost", "grid"))
            return
        background = chart.background_colors[1]
        for role, colour in curve_colours(app.theme_variables).items():
            if role.startswith("overlay"):
                assert contrast(background, Color.parse(colour)) >= 3
