"""The fold turns a run's events into what the panels draw, in bounded memory."""

import math
from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import config_values, make_config
from core.events import (
    CheckpointSaved,
    Diagnosed,
    Diverged,
    Event,
    Noticed,
    Paused,
    PhaseChanged,
    Resumed,
    RunFailed,
    RunStarted,
    SettingChange,
    SettingsChanged,
    TextSampled,
)
from core.experiment_budget import ENDLESS_EPOCHS
from core.settings import Value
from event_cases import ended, evaluated, previewed, started, steps
from tui.history import History
from tui.samples import MAX_TOKENS, Sample
from tui.series import Floats, Series
from tui.smoothing import Smoother


def config_of(**values: Value) -> dict[str, Value]:
    """Return every setting, some of them as given."""
    return config_values(make_config(values))


def fold(*events: Event) -> History:
    """Return the history of some events."""
    history = History()
    for event in events:
        history.fold(event)
    return history


def test_every_step_becomes_a_row() -> None:
    """A report of several steps is spread over its steps, its epochs and its time."""
    norms = {"embedding": 0.1, "output": None}
    history = fold(
        started(),
        steps(1, [4.0, 3.0, 2.0], grad_norms=norms),
        steps(4, [1.0, None], grad_norms=norms),
    )
    assert history.training["step"].tolist() == [1, 2, 3, 4, 5]
    assert history.training["epoch"].tolist() == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])
    assert history.training["elapsed_s"].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    losses = history.training["loss"].tolist()
    assert losses[:4] == [4.0, 3.0, 2.0, 1.0]
    assert math.isnan(losses[4])
    assert (history.step, history.epoch, history.loss) == (5, 1, None)
    assert history.groups.grad_norms == norms
    assert history.groups.trend("embedding") == [0.1, 0.1]
    assert all(math.isnan(norm) for norm in history.groups.trend("output"))


def test_each_event_changes_the_version() -> None:
    """Who draws can see by one number whether there is news."""
    history = History()
    events: list[Event] = [started(), steps(1, [1.0]), Noticed(message="hm")]
    for count, event in enumerate(events, start=1):
        history.fold(event)
        assert history.version == count


def test_diagnoses_are_kept_up_to_where_a_run_goes_on() -> None:
    """What the doctor said is at hand, the newest last; a resumed run forgets what came later.

    What is known before the first step it says anew.
    """
    history = History()
    said = [
        Diagnosed(step=step, code="overfitting", message="m.", evidence="e", fix={"dropout": 0.5})
        for step in (0, 8, 20)
    ]
    events: list[Event] = [started(), *said]
    for event in events:
        history.fold(event)
    assert [found.said for found in history.findings] == said
    assert history.findings.standing == said[-1:]  # the same thing found again is one finding
    history.fold(started(start_step=10))
    assert [found.said for found in history.findings] == said[1:2]
    assert history.findings.standing == []  # the doctor says it again if it still holds


def test_the_state_follows_the_phases() -> None:
    """Preparing, training, evaluating, saving, paused and ended are told apart."""
    history = History()
    assert history.state == "idle"
    seen = []
    events: list[Event] = [
        PhaseChanged(phase="loading_torch", step=0),
        PhaseChanged(phase="reading_text", step=0, detail="tiny.txt", progress=0.5),
        started(),
        PhaseChanged(phase="first_batch", step=0),
        steps(1, [1.0]),
        PhaseChanged(phase="evaluating", step=1),
        PhaseChanged(phase="sampling", step=1),
        PhaseChanged(phase="training", step=1),
        Paused(step=1),
        PhaseChanged(phase="saving", step=1),
        CheckpointSaved(step=1, path="/c", sha256="0", size=1, is_best=True),
        Resumed(step=1),
        ended(),
    ]
    for event in events:
        history.fold(event)
        seen.append(history.state)
    assert seen == [
        "preparing",
        "preparing",
        "training",
        "preparing",
        "training",
        "evaluating",
        "evaluating",
        "training",
        "paused",
        "saving",
        "paused",
        "training",
        "ended",
    ]
    assert (history.reason, history.checkpoint, history.best_step) == ("finished", "/c", 8)


def test_a_live_change_is_in_force_and_leaves_a_mark() -> None:
    """The config, the planned end and the marks follow a change of settings."""
    changes = [
        SettingChange(name="learning_rate", old=0.001, new=0.0005),
        SettingChange(name="epochs", old=10, new=5),
    ]
    history = fold(started(), steps(1, [1.0]), SettingsChanged(step=1, changes=changes))
    assert history.config["learning_rate"] == 0.0005
    assert history.planned_steps == 500
    assert [mark.text for mark in history.marks] == ["lr 0.001→0.0005", "epochs 10→5"]
    assert {mark.step for mark in history.marks} == {1}


def test_divergence_leaves_a_gap_and_says_where() -> None:
    """The step that was not taken is a gap with a mark."""
    event = Diverged(step=3, what="gradient", parameter="head.weight", message="no")
    history = fold(started(), steps(1, [1.0, 1.0]), event, ended(reason="diverged", step=2))
    assert math.isnan(history.training["loss"][-1])
    assert history.training["step"][-1] == 3
    assert history.marks[-1].kind == "diverged"
    assert history.diverged is event
    assert history.reason == "diverged"


def test_resuming_drops_what_came_after_the_checkpoint() -> None:
    """A run that goes on from step 3 keeps the curve up to there and no further."""
    history = fold(
        started(),
        steps(1, [5.0, 4.0, 3.0, 2.0, 1.0]),
        evaluated(2, 4.5, best=4.5),
        evaluated(5, 1.5, best=1.5),
        ended(reason="stopped", step=5),
        started(start_step=3),
        steps(4, [2.5], elapsed_s=0.4),
    )
    assert history.training["step"].tolist() == [1, 2, 3, 4]
    assert history.training["loss"].tolist() == [5.0, 4.0, 3.0, 2.5]
    assert history.validation["step"].tolist() == [2]
    assert [mark.kind for mark in history.marks] == ["resumed"]
    assert history.reason is None
    assert np.all(np.diff(history.training["elapsed_s"]) >= 0)


@pytest.mark.parametrize("second", [started(), started(run=15, start_step=3)])
def test_another_run_begins_anew(second: RunStarted) -> None:
    """Nothing of the run before is left when a run starts from scratch or is another one."""
    history = fold(started(), steps(1, [1.0, 2.0]), evaluated(2, 1.0, best=1.0), ended(), second)
    assert len(history.training) == len(history.validation) == 0
    assert history.best_val_loss is None
    assert history.loss is None


def test_clipping_and_remaining_time_look_back_on_recent_steps() -> None:
    """Half of the steps clipped is a share of 0.5, and ten steps a second leave 98 seconds."""
    history = fold(started(), steps(1, [1.0] * 10, clipped=10), steps(11, [1.0] * 10, clipped=0))
    assert history.clipped_share == 0.5
    assert history.steps_per_s == pytest.approx(10.0)
    assert history.eta_s == pytest.approx(98.0)
    history.fold(ended())
    assert history.eta_s is None


def test_a_time_limit_bounds_the_remaining_time() -> None:
    """`max_seconds` counts where it comes before the planned steps."""
    config = config_values(make_config({"max_seconds": 5.0}))
    history = fold(started(config=config), steps(1, [1.0] * 10), steps(11, [1.0] * 10))
    assert history.eta_s == pytest.approx(3.0)


def test_samples_are_joined_by_number() -> None:
    """Fragments of training and console samples end up in their own sample."""

    def fragment(
        sample: int, origin: Literal["training", "console"], tokens: list[str], done: bool = False
    ) -> TextSampled:
        return TextSampled(
            sample=sample,
            step=7,
            origin=origin,
            prompt="RO",
            tokens=tokens,
            probabilities=[0.5] * len(tokens),
            done=done,
        )

    history = fold(
        started(),
        fragment(1, "training", ["a", "b"]),
        fragment(1, "console", ["x"]),
        fragment(1, "training", ["c"], done=True),
        fragment(1, "console", ["y"], done=True),
        fragment(2, "console", ["z"]),
    )

    def asked(number: int) -> Sample:
        sample = history.samples.asked_for(number)
        assert sample is not None
        return sample

    assert history.sample is not None
    assert (history.sample.text, history.sample.done, history.sample.step) == ("abc", True, 7)
    assert asked(1).text == "xy"
    assert asked(1).probabilities == [0.5, 0.5]
    assert not asked(2).done
    history.fold(fragment(2, "console", ["w"] * (MAX_TOKENS + 10)))
    long = asked(2)
    assert len(long.tokens) == len(long.probabilities) <= MAX_TOKENS
    assert long.total == MAX_TOKENS + 11


def test_an_error_is_kept_for_the_screen() -> None:
    """What failed can be read after the end."""
    history = fold(RunFailed(message="disk full"), ended(reason="failed"))
    assert (history.last_error, history.reason, history.state) == ("disk full", "failed", "ended")


@settings(max_examples=60)
@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=120),
    st.lists(st.integers(1, 120), max_size=6),
    st.integers(1, 8).map(lambda half: 2 * half),
)
def test_a_series_is_bounded_and_does_not_depend_on_the_batches(
    losses: list[float], cuts: list[int], capacity: int
) -> None:
    """However steps are reported, the rows are the same means, and at most `capacity` of them."""

    def rows(low: int, high: int) -> dict[str, float | Floats]:
        at = np.arange(low, high, dtype=float)
        return {"step": at, "epoch": 1.0, "elapsed_s": at, "loss": np.array(losses[low:high])}

    one_by_one, in_blocks = Series("loss", capacity=capacity), Series("loss", capacity=capacity)
    for index in range(len(losses)):
        one_by_one.append(rows(index, index + 1))
    edges = sorted({0, len(losses), *(cut for cut in cuts if cut < len(losses))})
    for low, high in pairwise(edges):
        in_blocks.append(rows(low, high))
    assert len(in_blocks) <= capacity
    assert in_blocks["loss"].tolist() == pytest.approx(one_by_one["loss"].tolist())
    whole = len(in_blocks) * in_blocks.stride
    means = np.array(losses[:whole]).reshape(-1, in_blocks.stride).mean(axis=1)
    assert in_blocks["loss"].tolist() == pytest.approx(means.tolist())
    assert in_blocks["step"].tolist() == list(range(in_blocks.stride - 1, whole, in_blocks.stride))


def test_a_gap_stays_a_gap_when_rows_merge() -> None:
    """A NaN is not averaged away."""
    series = Series("loss", capacity=4)
    for step, loss in enumerate([1.0, math.nan, 3.0, 3.0, 5.0, 5.0]):
        series.append({"step": step, "epoch": 0.0, "elapsed_s": 0.0, "loss": loss})
    assert [None if math.isnan(loss) else loss for loss in series["loss"]] == [None, 3.0, 5.0]


def test_smoothing_a_growing_curve_equals_smoothing_it_whole() -> None:
    """The average is carried on from one look to the next, starts unbiased and ends at a gap."""
    values = [4.0, 2.0, math.nan, 1.0, 3.0]
    growing, whole = Series("loss"), Series("loss")
    carried = Smoother(growing, "loss")
    for step, value in enumerate(values):
        row = {"step": step, "epoch": 0.0, "elapsed_s": 0.0, "loss": value}
        growing.append(row)
        whole.append(row)
        carried.values(0.5)
    smooth = carried.values(0.5)
    np.testing.assert_allclose(smooth, [4.0, 4 / 1.5, math.nan, 1.0, 3.5 / 1.5])
    np.testing.assert_allclose(smooth, Smoother(whole, "loss").values(0.5))
    np.testing.assert_array_equal(carried.values(0.0), values)


@pytest.mark.parametrize("strength", [0.5, 0.9, 0.99, 1e-30])
def test_a_moving_average_of_many_rows_is_that_of_one_after_another(strength: float) -> None:
    """However many rows come at once, with gaps among them, each average follows from the last."""
    random, series = np.random.default_rng(0), Series("loss")
    smoother, expected, total, weight = Smoother(series, "loss"), [], 0.0, 0.0
    for count in (1, 5, 1000, 1, 3000):
        losses = random.normal(size=count)
        losses[random.random(count) < 0.01] = math.nan
        series.append({"step": 0.0, "epoch": 0.0, "elapsed_s": 0.0, "loss": losses})
        averages = smoother.values(strength)
        for loss in losses.tolist():
            if math.isnan(loss):
                total = weight = 0.0
                expected.append(math.nan)
                continue
            total, weight = strength * total + loss, strength * weight + 1.0
            expected.append(total / weight)
        np.testing.assert_allclose(averages, expected, rtol=1e-12, atol=1e-14)


def test_a_plan_tells_only_what_ends_the_run() -> None:
    """Epochs that never come, and the steps in them, are no plan: something else ends it."""
    history = fold(started())
    assert (history.planned_epochs, history.planned_steps) == (10, 1000)
    of_seconds = config_of(epochs=ENDLESS_EPOCHS, max_seconds=60.0)
    history = fold(started(config=of_seconds, planned_steps=100 * ENDLESS_EPOCHS))
    assert (history.planned_epochs, history.planned_steps) == (None, None)
    of_steps = config_of(epochs=300, max_steps=300)
    history = fold(started(config=of_steps, planned_steps=300))
    assert (history.planned_epochs, history.planned_steps) == (None, 300)


def test_the_nearer_of_two_ends_is_told() -> None:
    """Epochs that the seconds do not suffice for are not, until they are nearer."""
    both = started(config=config_of(epochs=10, max_seconds=60.0), planned_steps=1000)
    history = fold(both)
    assert (history.nearest_steps, history.planned_epochs, history.share_done) == (None, None, 0)
    history = fold(both, steps(1, [1.5] * 10, elapsed_s=30.0))
    assert (history.nearest_steps, history.planned_epochs, history.share_done) == (None, None, 0.5)
    history = fold(both, steps(1, [1.5] * 500, elapsed_s=6.0))
    assert (history.nearest_steps, history.planned_epochs, history.share_done) == (1000, 10, 0.5)


def test_a_first_look_is_no_evaluation() -> None:
    """It has a table of its own, and is neither the best nor on the validation curve."""
    history = fold(started(), steps(1, [3.0] * 20), previewed(20, 2.5))
    assert history.previews["loss"].tolist() == [2.5]
    assert (len(history.validation), history.best_val_loss) == (0, None)
    history.fold(started(start_step=10))
    assert len(history.previews) == 0


def test_the_remaining_time_is_steady() -> None:
    """Where a busy machine takes thrice as long for a while, the time left does not treble."""
    history, step, elapsed_s = fold(started(planned_steps=30_000)), 0, 0.0
    for seconds_a_step in [0.1] * 3000 + [0.32] * 80:
        step, elapsed_s = step + 1, elapsed_s + seconds_a_step
        history.fold(steps(step, [2.0], elapsed_s=elapsed_s))
    undisturbed_s = (30_000 - step) * 0.1
    assert history.eta_s is not None
    assert undisturbed_s < history.eta_s < 1.5 * undisturbed_s
    for _ in range(1500):  # eight minutes later it is the rate that holds
        step, elapsed_s = step + 1, elapsed_s + 0.32
        history.fold(steps(step, [2.0], elapsed_s=elapsed_s))
    assert history.eta_s == pytest.approx((30_000 - step) * 0.32, rel=0.05)


@pytest.mark.parametrize(
    ("eval_every", "planned", "seconds"), [(0, 1000, 8.0), (50, 1000, 3.0), (50, 25, 0.5)]
)
def test_the_next_evaluation_is_foreseen(eval_every: int, planned: int, seconds: float) -> None:
    """It comes at the end of an epoch, every so many steps, or at the end of the plan."""
    config = config_of(eval_every=eval_every)
    begin = started(config=config, planned_steps=planned)
    history = fold(begin, steps(1, [2.0] * 10), steps(11, [2.0] * 10))
    assert history.next_evaluation_s == pytest.approx(seconds)
    history.fold(Paused(step=20))
    assert history.next_evaluation_s is None


def test_a_best_of_a_branch_that_was_left_is_none_of_the_run() -> None:
    """Where a run goes on, its best is what was reached on the way there, old runs' too."""
    events: list[Event] = [
        started(),
        steps(1, [3.0] * 10),
        evaluated(10, 2.505, best=2.505),
        steps(11, [2.0] * 10),
        evaluated(20, 2.424, best=2.424),
    ]
    tellings: list[dict[str, object]] = [{"best_val_loss": 2.505, "best_step": 10}, {}]
    for told in tellings:
        history = fold(*events, started(start_step=15, **told))
        assert (history.best_val_loss, history.best_step) == (2.505, 10)
        assert history.loss is None  # that of step 20 is not one of step 15
    on = fold(*events[:3], started(start_step=10))
    assert (on.best_val_loss, on.loss) == (2.505, 3.0)
    assert fold(*events, started(start_step=5)).best_val_loss is None


def test_the_rate_of_a_whole_run_is_told_apart_from_the_present_one() -> None:
    """Beside an experiment's table stands what the table counts: tokens by seconds of training."""
    history = fold(started(), steps(1, [3.0] * 10, tokens=3000, elapsed_s=2.0, tokens_per_s=9000.0))
    assert history.mean_tokens_per_s == 1500.0
    assert history.tokens_per_s == 9000.0


def test_no_evaluation_is_foreseen_after_the_end() -> None:
    """The next evaluation and the remaining time are told by one rate."""
    history, elapsed_s = fold(started(planned_steps=100)), 0.0
    for step in range(1, 61):
        elapsed_s += 0.1 if step < 50 else 0.4
        history.fold(steps(step, [2.0], elapsed_s=elapsed_s))
    assert history.next_evaluation_s == pytest.approx(history.eta_s)
