"""Meters show values on one scale, and say by sign and word what colour says too."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.canvas import Grid
from tui.widgets.glyphs import ASCII, BRAILLE
from tui.widgets.meter import Meters, Reading, Scale, bar_text
from tui.widgets.sparkline import Sparkline, buckets, spark_text

ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True)


def drawn(meters: Meters | Sparkline, width: int, height: int) -> list[str]:
    """Return what a widget draws at a size, as text."""
    grid = Grid(width, height)
    meters.draw(grid)
    return [meters.glyphs.text(row.tobytes().decode("utf-32")) for row in grid.codes]


@given(st.floats(-1, 2), st.integers(1, 60))
def test_a_bar_is_as_long_as_its_share(share: float, width: int) -> None:
    """The bar fills its share of the width to half a cell, and never more than the width."""
    bar = bar_text(share, width)
    length = bar.count("━") + bar.count("╸") / 2
    assert len(bar) <= width
    assert abs(length - min(max(share, 0.0), 1.0) * width) <= 0.26


def test_the_scale_is_logarithmic_and_bounded() -> None:
    """Each decade takes the same share; what is outside, zero or negative stays at the ends."""
    scale = Scale(1e-2, 1e2)
    assert [scale.share(value) for value in (1e-2, 1.0, 1e2)] == pytest.approx([0.0, 0.5, 1.0])
    assert [scale.share(value) for value in (0.0, -1.0, math.nan, 1e-9)] == [0.0] * 4
    assert scale.share(math.inf) == 1.0


def test_a_row_has_label_bar_threshold_value_and_sign() -> None:
    """Everything about one quantity stands in one line, at the width of the sketch and wider."""
    meters = Meters()
    reading = Reading("l0.hh", 1.9, "high", "over", trend=[1.0, 2.0, 3.0])
    meters.show_readings([reading, Reading("out", None, "alarm", "NaN/inf")], Scale(1e-2, 1e2), 1.0)
    narrow, missing = drawn(meters, 25, 2)
    assert narrow.startswith("l0.hh ━")
    assert "┃" in narrow
    assert narrow.endswith("  1.90 !")
    assert "━" not in missing
    assert missing.endswith("— ▲")
    wide, _ = drawn(meters, 60, 2)
    assert wide.rstrip().endswith("! over")
    assert "▁▄▇" in wide


def test_what_does_not_fit_is_scrolled_to() -> None:
    """The window moves over the meters and stops at the last one."""
    meters = Meters()
    meters.show_readings([Reading(f"g{index}", 1.0) for index in range(10)], Scale(0.1, 10.0))
    meters.scroll_rows(4)
    assert drawn(meters, 30, 3)[0].startswith("g4")
    meters.scroll_rows(-9)
    assert drawn(meters, 30, 3)[0].startswith("g0")


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.none(), ANY_NUMBER), max_size=8),
    st.integers(1, 80),
    st.integers(1, 6),
    st.booleans(),
)
def test_any_value_at_any_size(
    values: list[float | None], width: int, height: int, ascii_only: bool
) -> None:
    """Unknown, huge, negative and infinite values are drawn from one cell on."""
    meters = Meters(glyphs=ASCII if ascii_only else BRAILLE)
    trend = [value for value in values if value is not None]
    readings = [Reading("group", value, "low", "vanishes", trend) for value in values]
    meters.show_readings(readings, Scale(1e-3, 10.0), 1.0)
    rows = drawn(meters, width, height)
    assert [len(row) for row in rows] == [width] * height
    if ascii_only:
        assert "".join(rows).isascii()


@settings(deadline=None)
@given(st.lists(ANY_NUMBER, max_size=100), st.integers(1, 40), st.integers(1, 5), st.booleans())
def test_any_values_make_a_sparkline(
    values: list[float], width: int, height: int, from_zero: bool
) -> None:
    """NaN and infinities leave gaps; nothing crashes and no line is too long."""
    text = spark_text(values, width)
    assert len(text) <= width
    assert set(text) <= set(" ▁▂▃▄▅▆▇")
    area = Sparkline("speed", from_zero=from_zero)
    area.show_values(values)
    assert [len(row) for row in drawn(area, width, height)] == [width] * height


def test_a_sparkline_goes_from_low_to_high() -> None:
    """The smallest value is the lowest block, the largest the highest, a flat line between."""
    assert spark_text([0.0, 1.0, 2.0, math.nan, 3.0], 8) == "▁▃▅ ▇"
    assert spark_text([2.0, 2.0], 8) == "▄▄"
    assert spark_text([math.nan], 8) == ""
    assert buckets([1.0, 3.0, math.nan, 5.0, math.nan, math.nan], 3).tolist()[:2] == [2.0, 5.0]


def test_an_area_is_filled_from_the_ground() -> None:
    """The newest values are on the right, and twice the value is twice as high."""
    area = Sparkline("lr")
    area.show_values([1.0, 1.0, 2.0, 2.0], "2")
    rows = drawn(area, 6, 3)
    assert rows[0] == "lr   2"
    assert rows[1] == "     ⣿"
    assert rows[2] == "    ⣿⣿"
