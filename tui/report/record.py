"""All that a report tells of one run, gathered from its stored events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from core.events import (
    Baseline,
    BaselinesMeasured,
    ClassesMeasured,
    Diagnosed,
    Diverged,
    Evaluated,
    Event,
    GatesMeasured,
    GradientsThroughTime,
    Noticed,
    ReplayCompared,
    RunFailed,
    RunStarted,
    StepsDone,
    TextSampled,
    Yardstick,
    YardsticksMeasured,
)
from core.language import tr
from tui.cli.best_classes import BestClasses
from tui.fixes import options_text
from workspace.records import Run
from workspace.timeline import Timeline


class Pace(NamedTuple):
    """Hold what a report of a few steps says, but for their losses."""

    step: int
    grad_norm: float | None
    max_grad_norm: float
    learning_rate: float
    accuracy: float | None
    tokens_per_s: float


class Remark(NamedTuple):
    """Hold a sentence that the run told its user."""

    kind: str
    """`note`, `diverged`, `failed` or `diagnosed`."""
    text: str


@dataclass
class Record:
    """Gather what a run told; what a resume dropped is left out of every curve."""

    run: Run
    timeline: Timeline = field(default_factory=Timeline)
    paces: list[Pace] = field(default_factory=list)
    evaluations: list[Evaluated] = field(default_factory=list)
    gradients: list[GradientsThroughTime] = field(default_factory=list)
    gates: list[GatesMeasured] = field(default_factory=list)
    """The first look and the newest one."""
    classes: BestClasses = field(default_factory=BestClasses)
    baselines: list[Baseline] = field(default_factory=list)
    yardsticks: list[Yardstick] = field(default_factory=list)
    samples: list[TextSampled] = field(default_factory=list)
    """Those drawn at evaluations."""
    asked: list[TextSampled] = field(default_factory=list)
    """Those asked for in the console."""
    remarks: list[Remark] = field(default_factory=list)
    diverged: Diverged | None = None
    replay: ReplayCompared | None = None

    @property
    def is_language(self) -> bool:
        """Whether it learned to predict text, not to classify it."""
        return self.run.task == "language"

    @property
    def resumed_at(self) -> list[int]:
        """Steps from which it was resumed."""
        return [start.start_step for start in self.timeline.starts[1:]]

    @property
    def best(self) -> Evaluated | None:
        """The evaluation of the best model."""
        best = [event for event in self.evaluations if event.is_best]
        return best[-1] if best else None

    def take(self, event: Event) -> None:
        """Take in the next event of the run."""
        self.timeline.fold(event)
        self.classes.take(event)
        match event:
            case RunStarted():
                self._go_back_to(event.start_step)
            case StepsDone():
                self.paces.append(_pace(event))
            case Evaluated():
                self.evaluations.append(event)
            case GradientsThroughTime():
                self.gradients.append(event)
            case GatesMeasured():
                self.gates = [*self.gates[:1], event]
            case BaselinesMeasured():
                self.baselines = event.baselines
            case YardsticksMeasured():
                self.yardsticks = event.yardsticks
            case TextSampled():
                (self.samples if event.origin == "training" else self.asked).append(event)
            case ReplayCompared():
                self.replay = event
            case ClassesMeasured():
                pass  # taken above
            case _:
                self._take_remark(event)

    def _take_remark(self, event: Event) -> None:
        match event:
            case Noticed():
                self.remarks.append(Remark("note", event.message))
            case Diverged():
                self.diverged = event
                self.remarks.append(Remark("diverged", event.message))
            case RunFailed():
                self.remarks.append(Remark("failed", event.message))
            case Diagnosed():
                self.remarks.append(Remark("diagnosed", _diagnosis_text(event)))
            case _:
                pass

    def _go_back_to(self, step: int) -> None:
        """Drop what was done after the checkpoint that the run goes on from."""
        self.diverged = None
        self.paces = [pace for pace in self.paces if pace.step <= step]
        self.evaluations = [event for event in self.evaluations if event.step <= step]
        self.gradients = [event for event in self.gradients if event.step <= step]
        self.gates = [event for event in self.gates if event.step <= step]
        self.samples = [event for event in self.samples if event.step <= step]
        self.asked = [event for event in self.asked if event.step <= step]


def gather(run: Run, events: Iterable[Event]) -> Record:
    """Gather all that is stored of a run."""
    record = Record(run)
    for event in events:
        record.take(event)
    return record


def _diagnosis_text(event: Diagnosed) -> str:
    said = {"step": event.step, "message": event.message, "evidence": event.evidence}
    if not event.fix:
        return tr("step {step:,}: {message} ({evidence})", **said)
    fix = options_text(event.fix)
    return tr("step {step:,}: {message} ({evidence}) fix: {fix}", **said, fix=fix)


def _pace(event: StepsDone) -> Pace:
    return Pace(
        event.step,
        event.grad_norm,
        event.max_grad_norm,
        event.learning_rate,
        event.accuracy,
        event.tokens_per_s,
    )
