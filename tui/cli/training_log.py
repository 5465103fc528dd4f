"""A run as lines of text: each event in, the lines that are worth printing out."""

from pathlib import Path
from typing import assert_never

from core.events import (
    BaselinesMeasured,
    CheckpointSaved,
    ClassesMeasured,
    Diagnosed,
    DiagnosisEnded,
    Diverged,
    Evaluated,
    Event,
    GatesMeasured,
    GradientsThroughTime,
    Noticed,
    Paused,
    Phase,
    PhaseChanged,
    Previewed,
    ReplayCompared,
    Resumed,
    RunEnded,
    RunFailed,
    RunStarted,
    SettingsChanged,
    StepsDone,
    TextClassified,
    TextInspected,
    TextSampled,
    YardsticksMeasured,
)
from core.language import tr
from tui.cli.best_classes import BestClasses
from tui.cli.class_table import class_lines
from tui.cli.wording import (
    baselines_line,
    changed_line,
    clock,
    compact,
    diagnosed_line,
    diagnosis_ended_line,
    diverged_line,
    evaluated_line,
    loss_text,
    paused_line,
    percent,
    perplexity_text,
    previewed_line,
    replay_line,
    saved_line,
    started_line,
    yardsticks_line,
)
from tui.closing import closing_lines
from tui.history import History
from tui.names import said
from tui.safe_text import displayable
from tui.samples import copied_text

PREPARATION: tuple[Phase, ...] = (
    "loading_torch",
    "reading_text",
    "building_vocabulary",
    "measuring_baselines",
    "first_batch",
)
"""Phases that get a line of their own; the others come back with each evaluation."""


MOST_CLASSES = 10
"""Classes listed at the end of a run."""


class TrainingLog:
    """Turn a run's events into lines.

    Args:
        every_s: Seconds of training between two lines of steps; None for no lines of steps and
            of preparation, where a moving display shows them.
        workspace: The folder to name in later commands; None where it is the usual one.
    """

    def __init__(self, every_s: float | None, workspace: Path | None) -> None:
        self.history = History()
        """The run so far."""
        self._classes = BestClasses()
        self._every_s = every_s
        self._workspace = workspace
        self._next_at_s = 0.0
        self._last_phase: Phase | None = None

    def lines(self, event: Event) -> list[str]:
        """Take in the next event and return what to print, often nothing."""
        self.history.fold(event)
        self._classes.take(event)
        match event:
            case PhaseChanged():
                return self._phase_lines(event)
            case RunStarted():
                self._next_at_s = 0.0
                return [started_line(event)]
            case StepsDone():
                return self._step_lines(event)
            case BaselinesMeasured():
                return [baselines_line(event)]
            case YardsticksMeasured():
                return [yardsticks_line(event)] if event.yardsticks else []
            case Evaluated():
                return [evaluated_line(event, self.history.classes.baselines)]
            case Previewed():
                return [previewed_line(event)]
            case TextSampled():
                return self._sample_lines(event)
            case SettingsChanged():
                return [changed_line(event)]
            case CheckpointSaved():
                return [saved_line(event)]
            case Diverged():
                return [diverged_line(event)]
            case Diagnosed():
                return [diagnosed_line(event)]
            case DiagnosisEnded():
                return [diagnosis_ended_line(event)]
            case Noticed():
                return [tr("note: {message}", message=displayable(event.message))]
            case Paused():
                return [paused_line(event)]
            case Resumed():
                return [tr("step {step:,}: resumed", step=event.step)]
            case ReplayCompared():
                return [replay_line(event)]
            case RunEnded():
                closing = closing_lines(self.history, workspace=self._workspace)
                return self._class_lines() + closing
            case GradientsThroughTime() | GatesMeasured():
                return []  # many numbers a second are for the dashboard and for --json
            case RunFailed() | ClassesMeasured() | TextClassified() | TextInspected():
                # Standard error gets the failure, the end the classes, a console the answers.
                return []
            case _:
                assert_never(event)

    def _phase_lines(self, event: PhaseChanged) -> list[str]:
        if self._every_s is None or event.phase == self._last_phase:
            return []
        self._last_phase = event.phase
        if event.phase not in PREPARATION:
            return []
        detail = f": {displayable(event.detail)}" if event.detail else ""
        return [f"{said(event.phase)}{detail}"]

    def _step_lines(self, event: StepsDone) -> list[str]:
        if self._every_s is None or event.elapsed_s < self._next_at_s:
            return []
        self._next_at_s = event.elapsed_s + self._every_s
        return [step_line(self.history)]

    def _class_lines(self) -> list[str]:
        """Say at the end of a run how the classes fared."""
        found = self._classes.found
        if found is None:
            return []
        if self._classes.is_best:
            heading = tr("classes at step {step:,}, the best model:", step=found.step)
        else:
            heading = tr("classes at step {step:,}, the last evaluation:", step=found.step)
        return ["", heading, *class_lines(found.labels, found.confusion, most=MOST_CLASSES), ""]

    def _sample_lines(self, event: TextSampled) -> list[str]:
        sample = self.history.sample
        if event.origin != "training" or not event.done or sample is None:
            return []
        text = displayable(sample.prompt + sample.text, keep_newlines=True)
        copied = copied_text(sample.copied)
        heading = tr("sample ({copied}):", copied=copied) if copied else tr("sample:")
        return [heading, *(f"  {line}".rstrip() for line in text.split("\n"))]


def step_line(history: History) -> str:
    """Say where training stands, in one line."""
    step = f"{history.step:,}"
    if history.nearest_steps is not None:
        step += f"/{history.nearest_steps:,}"
    epoch = f"{history.epoch}{_of_epochs(history)}"
    parts = [tr("epoch {epoch}  step {step}", epoch=epoch, step=step), metrics_text(history)]
    if history.tokens_per_s:
        parts.append(tr("{rate} tok/s", rate=compact(history.tokens_per_s)))
    if history.eta_s is not None:
        parts.append(tr("eta {clock}", clock=clock(history.eta_s)))
    return "  ".join(parts)


def metrics_text(history: History) -> str:
    """Write the last report's loss, perplexity or accuracy, gradient norm and learning rate."""
    if history.task == "classify":
        quality = tr("accuracy {accuracy}", accuracy=percent(history.classes.accuracy))
    else:
        quality = tr("ppl {perplexity}", perplexity=perplexity_text(history.perplexity))
    norm = history.grad_norm
    return tr(
        "loss {loss}  {quality}  grad {grad_norm}  lr {rate:.3g}",
        loss=loss_text(history.loss),
        quality=quality,
        grad_norm=tr("not finite") if norm is None else f"{norm:.3g}",
        rate=history.learning_rate or 0,
    )


def _of_epochs(history: History) -> str:
    return f"/{history.planned_epochs}" if history.planned_epochs is not None else ""
