"""The learning rate at each step, and the step at which a run is over."""

import math

import pytest

from core.config import make_config
from core.events import perplexity
from core.training.measures import Measures
from core.training.progress import Progress
from core.training.schedule import cut_on_plateau, learning_rate, planned_end, planned_steps


def measures(loss: float | None) -> Measures:
    """Return what an evaluation of a language model found."""
    merit = None if loss is None else (-loss,)
    return Measures(loss=loss, perplexity=perplexity(loss), merit=merit)


def test_warm_up_rises_linearly_to_the_peak() -> None:
    """With 3 warm-up steps the rate is 1/4, 2/4, 3/4 of the peak, then the peak."""
    config = make_config({"schedule": "constant", "warmup_steps": 3, "learning_rate": 0.4})
    rates = [learning_rate(config, Progress(step=step), 100) for step in range(5)]
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])


def test_cosine_falls_from_the_peak_to_the_floor_at_the_planned_end() -> None:
    """Half way it stands in the middle between peak and floor; at the end on the floor."""
    config = make_config(
        {
            "schedule": "cosine",
            "warmup_steps": 0,
            "learning_rate": 1.0,
            "lr_floor": 0.1,
            "epochs": 2,
            "max_steps": 100,
        }
    )
    rates = [learning_rate(config, Progress(step=step), 1000) for step in (0, 50, 100)]
    assert rates == pytest.approx([1.0, 0.55, 0.1])


def test_the_horizon_is_the_nearest_bound() -> None:
    """Seconds count where they run out first."""
    config = make_config(
        {
            "schedule": "cosine",
            "warmup_steps": 0,
            "learning_rate": 1.0,
            "lr_floor": 0.0,
            "max_seconds": 10.0,
        }
    )
    late = learning_rate(config, Progress(step=1, elapsed_s=9.0), 1000)
    assert late == pytest.approx(0.5 * (1 + math.cos(math.pi * 0.9)))


@pytest.mark.parametrize("seconds", [5.0, 60.0, 300.0])
def test_the_fast_preset_cools_down_with_its_time(seconds: float) -> None:
    """Half of the peak at half of the time, nothing at its end, whatever the steps."""
    config = make_config({"max_seconds": seconds}, preset="fast")
    halfway, end = (Progress(step=100, elapsed_s=share * seconds) for share in (0.5, 1.0))
    assert learning_rate(config, halfway, 1000) == pytest.approx(config.learning_rate / 2)
    assert learning_rate(config, end, 1000) == pytest.approx(0)
    assert planned_end(config, halfway, 1000) is None
    assert planned_end(config, end, 1000) == "max_seconds"


def test_plateau_cuts_after_its_patience_and_stops_at_the_floor() -> None:
    """With patience 1 the second stalled evaluation halves the rate, down to lr_floor."""
    config = make_config(
        {"schedule": "plateau", "plateau_patience": 1, "lr_floor": 0.3, "warmup_steps": 0}
    )
    progress = Progress()
    cuts = []
    for loss in (2.0, 3.0, 3.0, 3.0, 3.0):
        progress.judge(measures(loss))
        cuts.append(cut_on_plateau(config, progress))
    assert cuts == [False, False, True, False, True]
    assert progress.plateau_scale == 0.3
    assert learning_rate(config, progress, 10) == pytest.approx(0.0003)


def test_plateau_at_its_floor_cuts_no_more() -> None:
    """A rate that stands at lr_floor is not said to be cut, nor one below it raised."""
    config = make_config({"schedule": "plateau", "plateau_patience": 0, "lr_floor": 0.5})
    for scale in (0.5, 0.2):
        progress = Progress(plateau_scale=scale, plateau_bad_evals=1)
        assert not cut_on_plateau(config, progress)
        assert progress.plateau_scale == scale


def test_the_plan_ends_at_its_first_bound() -> None:
    """Epochs, steps, seconds and patience each end a run under their own name."""
    config = make_config({"epochs": 3, "max_steps": 20, "max_seconds": 5.0, "patience": 2})
    assert planned_steps(config, 10) == 20
    assert planned_end(config, Progress(step=19), 10) is None
    assert planned_end(config, Progress(step=20), 10) == "max_steps"
    assert planned_end(config, Progress(step=30), 10) == "finished"
    assert planned_end(config, Progress(step=5, elapsed_s=5.0), 10) == "max_seconds"
    assert planned_end(config, Progress(step=5, bad_evals=2), 10) == "early_stop"


def test_a_loss_that_is_not_finite_is_never_the_best() -> None:
    """None counts as an evaluation without improvement."""
    progress = Progress(step=4)
    assert not progress.judge(measures(None))
    assert progress.judge(measures(3.0))
    assert not progress.judge(measures(3.0))
    assert (progress.best_val_loss, progress.best_step, progress.bad_evals) == (3.0, 4, 1)


def test_an_older_checkpoint_keeps_its_best() -> None:
    """One from before models were chosen by merit is beaten by a lower loss only."""
    progress = Progress(step=9, best_val_loss=2.0, best_step=5)
    assert not progress.judge(measures(2.5))
    assert (progress.best_val_loss, progress.best_step) == (2.0, 5)
    assert progress.judge(measures(1.5))
    assert (progress.best_val_loss, progress.best_step) == (1.5, 9)
