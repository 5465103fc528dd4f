"""A classification run read as lines: its measures, its baselines, and its classes at the end."""

import io

import msgspec
from rich.console import Console

from class_cases import (
    baselines,
    class_evaluated,
    classes_measured,
    classified,
    classifier_started,
    many_classes,
    mistake,
)
from core.events import Event
from event_cases import ended, steps
from tui.cli.class_table import class_lines, mistake_lines
from tui.cli.progress_display import moving_part
from tui.cli.training_log import TrainingLog
from tui.history import History


def lines_of(*events: Event) -> list[str]:
    """Return all lines that the events give."""
    log = TrainingLog(1.0, None)
    return [line for event in events for line in log.lines(event)]


def test_a_classifier_is_told_in_its_own_words() -> None:
    """Accuracy and macro-F1 stand where a language model has its perplexity."""
    lines = lines_of(
        classifier_started(),
        baselines(),
        steps(1, [0.7], accuracy=0.5),
        class_evaluated(10, 0.8243, best=0.8243),
        classes_measured(10),
        classified(1),
    )
    assert lines[0].startswith("run 14 topics-bilstm: bilstm ")
    assert "1k parameters, on tiny" in lines[0]
    assert "(3,000 + 300 texts of 3 classes, 65 words in the vocabulary)" in lines[0]
    assert lines[1] == "baselines: majority class 33.30 %, bag of words 70.40 %"
    assert "loss 0.7000  accuracy 50.00 %" in lines[2]
    assert lines[3:] == [
        "step 10: validation accuracy 82.43 % (bag of words 70.40 %), macro-F1 0.8043, "
        "loss 0.1932 (best so far)"
    ]
    assert not any(word in line for line in lines for word in ("ppl", "perplexity"))


def test_a_worse_evaluation_names_the_best_model() -> None:
    """Beside what was found stands the accuracy of the best model; before there is one, none."""
    worse = msgspec.structs.replace(class_evaluated(20, 0.5, best=0.75), is_best=False)
    assert lines_of(worse) == [
        "step 20: validation accuracy 50.00 %, macro-F1 0.4800, loss 0.6931 (best 75.00 %)"
    ]
    unknown = msgspec.structs.replace(worse, val_loss=None, best_accuracy=None)
    assert lines_of(unknown)[0].endswith("loss not finite (best none)")


def test_the_end_shows_the_classes_of_the_best_model() -> None:
    """A table and a matrix say how each class fared at the best step, not at the last one."""
    poor = [[0, 100, 0], [0, 100, 0], [0, 100, 0]]
    worse = msgspec.structs.replace(class_evaluated(20, 0.5, best=0.8), is_best=False)
    log = TrainingLog(1.0, None)
    for event in (
        classifier_started(),
        class_evaluated(10, 0.8, best=0.8),
        classes_measured(10),
        worse,
        classes_measured(20, confusion=poor),
    ):
        log.lines(event)
    lines = log.lines(ended())
    assert "classes at step 10, the best model:" in lines
    # How far apart columns stand differs between Rich's releases.
    rows = [line.split() for line in lines]
    assert ["negative", "0.8889", "0.8000", "0.8421", "100"] in rows
    assert ["neutral", "10", "60", "30"] in rows
    assert "rnnstudio resume 14" in lines[-1]


def test_a_resumed_run_that_got_no_better_shows_its_last_classes() -> None:
    """What the best model did before is not told again, so the newest stands in its place."""
    worse = msgspec.structs.replace(class_evaluated(20, 0.5, best=0.8), is_best=False)
    lines = lines_of(classifier_started(start_step=10), worse, classes_measured(20), ended())
    assert "classes at step 20, the last evaluation:" in lines
    again = lines_of(classifier_started(), classes_measured(20), classifier_started(), ended())
    assert not any(line.startswith("classes at") for line in again)


def test_of_many_classes_the_worst_are_shown() -> None:
    """The end of a run stays short: ten classes, and no matrix that nobody could read."""
    labels, confusion = many_classes(40)
    event = classes_measured(20, labels, confusion)
    lines = lines_of(classifier_started(labels=labels), event, ended())
    assert "the 10 of 40 classes with the lowest F1:" in lines
    assert len([line for line in lines if line.startswith("class number")]) == 10
    assert any(line.startswith("class number 39 ") for line in lines)
    assert not any("rows" in line for line in lines)


def test_long_names_of_classes_become_numbers_over_a_matrix() -> None:
    """A matrix stays narrow: numbers stand over it that its rows explain."""
    labels, confusion = many_classes(8)
    lines = class_lines(labels, confusion)
    rows = lines[lines.index("texts by class (rows) and answer (columns):") + 1 :]
    assert rows[0].split() == list("12345678")
    assert rows[2].startswith("2 class number 1 ")
    assert class_lines(["x" * 5000, "y"], [[1, 0], [0, 0]])[1].startswith("x" * 27 + "...  ")
    assert class_lines(["x", "y"], [[1, 0], [0, 0]])[2].split() == ["y", "-", "-", "-", "0"]


def test_a_mistake_is_one_line() -> None:
    """A text of any length, with line ends in it, is cut to a line that names both classes."""
    (line,) = mistake_lines([mistake("a\nb\x1b[2J" + "c" * 500), mistake("d")], 1)
    assert line.startswith("  neutral, taken for positive (91.30 %): a↵b␛[2Jccc")
    assert line.endswith("ccc...")
    assert len(line) < 220


def test_the_moving_part_shows_accuracy() -> None:
    """A classifier's display has the accuracy now and that of the best model."""
    history = History()
    for event in (
        classifier_started(),
        steps(1, [0.7], accuracy=0.5),
        class_evaluated(1, 0.8, best=0.8),
    ):
        history.fold(event)
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        console.print(moving_part(history, stopping=False))
    assert "accuracy 50.00 %" in captured.get()
    assert "best validation accuracy 80.00 %" in captured.get()
    assert "ppl" not in captured.get()
