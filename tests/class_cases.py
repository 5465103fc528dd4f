"""Events of a made-up classification run, for tests of what is drawn from them."""

import math
from collections.abc import Sequence

import msgspec

from core.config import config_values, make_config
from core.confusion import class_scores
from core.events import (
    Baseline,
    BaselinesMeasured,
    ClassesMeasured,
    Evaluated,
    Mistake,
    RunStarted,
    TextClassified,
)
from event_cases import evaluated, started, steps
from tui.history import History

LABELS = ["negative", "neutral", "positive"]

CONFUSION = [[80, 15, 5], [10, 60, 30], [0, 0, 100]]

WORDS = ["not", " a", " good", " film"]


def classifier_started(**changes: object) -> RunStarted:
    """Return the start of a classification run of 1,000 steps."""
    settings = {"task": "classify", "vocab_type": "word", "epochs": 10}
    config = config_values(make_config(settings))
    event = started(name="topics-bilstm", config=config, labels=LABELS)
    return msgspec.structs.replace(event, **{"train_texts": 3000, "val_texts": 300, **changes})


def class_evaluated(step: int, share: float, *, best: float) -> Evaluated:
    """Return an evaluation at which a share of the texts was classified right."""
    loss = -math.log(share)
    return msgspec.structs.replace(
        evaluated(step, loss, best=loss), accuracy=share, macro_f1=share - 0.02, best_accuracy=best
    )


def mistake(text: str, label: str = "neutral", predicted: str = "positive") -> Mistake:
    """Return a mistake that the model was rather sure of."""
    return Mistake(text=text, label=label, predicted=predicted, probability=0.913)


def classes_measured(
    step: int,
    labels: Sequence[str] = LABELS,
    confusion: Sequence[Sequence[int]] = CONFUSION,
    mistakes: Sequence[Mistake] = (),
) -> ClassesMeasured:
    """Return how the classes fared."""
    scores = class_scores(confusion)
    return ClassesMeasured(
        step=step,
        labels=list(labels),
        confusion=[list(row) for row in confusion],
        precision=[score.precision for score in scores],
        recall=[score.recall for score in scores],
        mistakes=list(mistakes),
    )


def baselines() -> BaselinesMeasured:
    """Return what the two simple methods reach."""
    return BaselinesMeasured(
        baselines=[
            Baseline(name="majority class", loss=1.1, accuracy=0.333, macro_f1=0.167),
            Baseline(name="bag of words", loss=0.7, accuracy=0.704, macro_f1=0.69),
        ]
    )


def classified(
    number: int, text: str = "not a good film", *, step: int = 600, **changes: object
) -> TextClassified:
    """Return the console's answer to a text of four words."""
    event = TextClassified(
        sample=number,
        step=step,
        text=text,
        labels=LABELS,
        probabilities=[0.83, 0.12, 0.05],
        tokens=WORDS,
        weights=[1.2, 0.01, -0.6, 0.3],
        method="gradient × input",
    )
    return msgspec.structs.replace(event, **changes)


def classified_run(count: int = 600) -> History:
    """Return a classification run after some steps, each hundredth evaluated."""
    history = History()
    history.fold(classifier_started())
    history.fold(baselines())
    for step in range(1, count + 1):
        share = 0.9 - 0.5 * math.exp(-step / 150)
        history.fold(steps(step, [-math.log(share)], accuracy=share))
        if step % 100 == 0:
            history.fold(class_evaluated(step, share - 0.04, best=share - 0.04))
            mistakes = [mistake(f"the film number {n}, which nobody saw") for n in range(12)]
            history.fold(classes_measured(step, mistakes=mistakes))
    return history


def many_classes(count: int) -> tuple[list[str], list[list[int]]]:
    """Return labels and a confusion matrix in which the last classes are confused the most."""
    labels = [f"class number {n}" for n in range(count)]
    confusion = [[100 if row == n else 0 for n in range(count)] for row in range(count)]
    for row in range(count):
        confusion[row][(row + 1) % count] += row
    return labels, confusion
