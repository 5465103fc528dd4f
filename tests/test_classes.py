"""The fold keeps what is known of the classes of a classification run, and nothing of a text's."""

import math

import numpy as np
import pytest

from class_cases import (
    baselines,
    class_evaluated,
    classes_measured,
    classified,
    classified_run,
    classifier_started,
)
from core.events import Event, PhaseChanged, StepsDone
from event_cases import ended, started, steps
from tui.history import History
from tui.merging import compact


def fold(*events: Event) -> History:
    """Return the history of some events."""
    history = History()
    for event in events:
        history.fold(event)
    return history


def test_the_task_is_that_of_the_run() -> None:
    """The settings say what is learned; before there is a run, whoever made the history does."""
    assert History().task == "language"
    assert History("classify").task == "classify"
    assert fold(classifier_started()).task == "classify"
    assert fold(classifier_started(), started(run=15)).task == "language"


def test_accuracies_become_columns() -> None:
    """Each step and each evaluation has its accuracy; a language model's are unknown."""
    history = fold(
        classifier_started(),
        steps(1, [1.0, 1.0], accuracy=0.5),
        class_evaluated(2, 0.75, best=0.75),
    )
    assert history.training["accuracy"].tolist() == [0.5, 0.5]
    assert history.validation["accuracy"].tolist() == [0.75]
    assert history.validation["macro_f1"].tolist() == [0.73]
    classes = history.classes
    assert (classes.accuracy, classes.val_accuracy, classes.best_accuracy) == (0.5, 0.75, 0.75)
    assert classes.evaluated_at == 2
    language = fold(started(), steps(1, [1.0]))
    assert np.isnan(language.training["accuracy"]).all()
    assert language.classes.accuracy is None


def test_classes_baselines_and_answers_are_kept() -> None:
    """The newest matrix with its scores, the baselines and the newest answer can be read."""
    history = fold(classifier_started(), baselines(), classes_measured(5), classified(3))
    classes = history.classes
    assert classes.labels == ["negative", "neutral", "positive"]
    assert classes.measured == classes_measured(5)
    assert classes.scores[2].recall == 1.0
    assert classes.scores[2].precision == pytest.approx(100 / 135)
    assert [line.name for line in classes.baselines] == ["majority class", "bag of words"]
    assert classes.answer == classified(3)
    history.fold(ended(best_accuracy=0.8))
    assert history.classes.best_accuracy == 0.8


def test_resuming_forgets_what_was_measured_later() -> None:
    """A run that goes on from step 150 keeps its baselines and no later matrix."""
    history = classified_run(200)
    history.fold(classifier_started(start_step=150))
    assert history.classes.measured is None
    assert history.classes.evaluated_at is None
    assert history.classes.baselines
    assert history.validation["accuracy"].tolist() == pytest.approx(
        [0.9 - 0.5 / math.e ** (2 / 3) - 0.04]
    )
    history.fold(started(run=15))
    assert not history.classes.baselines


def test_measuring_baselines_is_part_of_the_preparation() -> None:
    """The phase between the start and the first step is a state of its own."""
    history = fold(classifier_started(), PhaseChanged(phase="measuring_baselines", step=0))
    assert history.state == "preparing"


def test_merged_steps_have_the_right_accuracy() -> None:
    """Accuracies are weighted by steps; one that is unknown leaves the mean unknown."""
    [merged] = compact([steps(1, [1.0] * 3, accuracy=0.5), steps(4, [1.0], accuracy=0.9)])
    assert isinstance(merged, StepsDone)
    assert merged.accuracy == pytest.approx(0.6)
    [unknown] = compact([steps(1, [1.0], accuracy=0.5), steps(2, [1.0])])
    assert isinstance(unknown, StepsDone)
    assert unknown.accuracy is None


def test_of_two_answers_the_newest_is_enough() -> None:
    """A screen that fell behind shows only what was typed last."""
    assert compact([classified(1, "no"), classified(2, "not")]) == [classified(2, "not")]
