"""Curves of a report: short, and yet with every extreme."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.report.curves import Curve, averaged, curve_of, loss_curve, thinned

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=400)


@given(VALUES, st.integers(10, 60))
def test_thinning_keeps_extremes_and_gaps(values: list[float | None], most: int) -> None:
    """A subset of the points, in order, with the ends, the lowest, the highest and a gap if any."""
    curve = curve_of(enumerate(values))
    thin = thinned(curve, most)
    assert len(thin.x) <= max(most, 3 * (most // 2) + 2)
    assert np.all(np.diff(thin.x) > 0)
    places = thin.x.astype(int)
    np.testing.assert_array_equal(thin.y, curve.y[places])
    assert (thin.x[0], thin.x[-1]) == (0, len(values) - 1)
    if not np.isnan(curve.y).all():
        assert np.nanmin(thin.y) == np.nanmin(curve.y)
        assert np.nanmax(thin.y) == np.nanmax(curve.y)
    assert np.isnan(thin.y).any() == np.isnan(curve.y).any()


def test_a_spike_of_one_step_in_a_million_is_seen() -> None:
    """However long the run was, its worst step is drawn, by few points."""
    losses: dict[int, float | None] = dict.fromkeys(range(1, 1_000_001), 2.0)
    losses[777_777] = 9.0
    thin = thinned(loss_curve(losses))
    assert len(thin.x) < 2000
    assert thin.x[np.nanargmax(thin.y)] == 777_777


@given(VALUES)
def test_the_average_is_the_mean_of_what_is_known_around(values: list[float | None]) -> None:
    """Compared with the sum written out; nothing known around is a gap."""
    curve = curve_of(enumerate(values))
    mean = averaged(curve)
    half = max(1, len(values) // 50) // 2
    for at in range(len(values)):
        near = [v for v in values[max(0, at - half) : at + half + 1] if v is not None]
        if near:
            assert np.isclose(mean.y[at], np.mean(near), rtol=1e-6, atol=1e-3)
        else:
            assert np.isnan(mean.y[at])


def test_nothing_is_a_curve_too() -> None:
    """A run without a step has an empty one."""
    empty = loss_curve({})
    assert isinstance(thinned(averaged(empty)), Curve)
    assert len(empty.x) == 0
