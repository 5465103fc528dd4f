"""What looks inside have shown is remembered in bounded memory, and forgotten on going back."""

from itertools import pairwise

from core.events import GatesMeasured, GradientsThroughTime
from event_cases import started
from tui.history import History
from tui.looks import MOST_KEPT


def gradients(step: int) -> GradientsThroughTime:
    """Return a look at one layer."""
    return GradientsThroughTime(step=step, lags=[0, 1], norms=[[1.0, 0.5]], half_lives=[1.0])


def test_a_long_run_is_thinned_out_evenly() -> None:
    """The first and the newest look stay, and no part of the run is forgotten."""
    history = History()
    history.fold(started())
    for step in range(1, 3000):
        history.fold(gradients(step))
    kept = [seen.step for seen in history.looks.gradients]
    assert len(kept) <= MOST_KEPT
    assert kept[-1] == 2999
    assert kept == sorted(kept)
    assert kept[0] < 20
    assert max(b - a for a, b in pairwise(kept)) <= 16


def test_going_back_forgets_what_came_after() -> None:
    """A run resumed from an earlier step has not been looked into after it."""
    history = History()
    history.fold(started())
    for step in (10, 20, 30):
        history.fold(gradients(step))
        history.fold(GatesMeasured(step=step, layers=[]))
    history.fold(started(start_step=20))
    assert [seen.step for seen in history.looks.gradients] == [10, 20]
    assert history.looks.gates is None
