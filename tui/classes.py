"""The fold of a classification run: how its classes fare, beside what simple methods reach."""

from collections.abc import Sequence

from core.confusion import ClassScore, class_scores
from core.events import (
    Baseline,
    BaselinesMeasured,
    ClassesMeasured,
    Evaluated,
    RunEnded,
    RunStarted,
    StepsDone,
    TextClassified,
)
from core.language import joined
from tui.names import said


class Classes:
    """Remember what is known of a run's classes; nothing of a language model's."""

    def __init__(self) -> None:
        self.labels: Sequence[str] = ()
        """The classes in their order; untrusted text."""
        self.accuracy: float | None = None
        """On the training texts of the last report, 0 to 1."""
        self.val_accuracy: float | None = None
        """Of the newest evaluation, 0 to 1."""
        self.macro_f1: float | None = None
        """Of the newest evaluation, 0 to 1."""
        self.best_accuracy: float | None = None
        """Of the best model on the validation texts, 0 to 1."""
        self.evaluated_at: int | None = None
        """The step of the newest evaluation."""
        self.measured: ClassesMeasured | None = None
        """The newest confusion matrix and the worst mistakes."""
        self.scores: Sequence[ClassScore] = ()
        """How each class fared in it."""
        self.baselines: Sequence[Baseline] = ()
        """What simple methods reach on the validation texts."""
        self.answer: TextClassified | None = None
        """What the model said last in the console."""

    def start(self, event: RunStarted) -> None:
        """Begin, or go on from a step; what was measured after it is forgotten."""
        self.labels = event.labels
        self.best_accuracy = event.best_accuracy
        if self.evaluated_at is not None and self.evaluated_at > event.start_step:
            self.evaluated_at = self.val_accuracy = self.macro_f1 = None
        if self.measured is not None and self.measured.step > event.start_step:
            self.measured, self.scores = None, ()

    def take_steps(self, event: StepsDone) -> None:
        """Take in how the newest training texts were classified."""
        self.accuracy = event.accuracy

    def take_evaluation(self, event: Evaluated) -> None:
        """Take in how all validation texts were classified."""
        self.evaluated_at = event.step
        self.val_accuracy, self.macro_f1 = event.accuracy, event.macro_f1
        self.best_accuracy = event.best_accuracy

    def take(self, event: ClassesMeasured | BaselinesMeasured | TextClassified) -> None:
        """Take in what only a classification run tells."""
        match event:
            case ClassesMeasured():
                self.measured, self.scores = event, class_scores(event.confusion)
            case BaselinesMeasured():
                self.baselines = event.baselines
            case TextClassified():
                self.answer = event

    def end(self, event: RunEnded) -> None:
        """Take in what is known for good."""
        if event.best_accuracy is not None:
            self.best_accuracy = event.best_accuracy


def baselines_text(baselines: Sequence[Baseline]) -> str:
    """Say what simple methods reach; nothing where they were not measured."""
    reached = (f"{said(baseline.name)} {100 * baseline.accuracy:.2f} %" for baseline in baselines)
    return joined(reached)
