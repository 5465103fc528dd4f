"""The fold from events to what the panels draw; no widget and no engine in it."""

import math
from collections import deque
from typing import Literal, assert_never

from core.doctor.edits import UNINFLUENTIAL
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
    Reason,
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
from core.experiment_budget import ENDLESS_EPOCHS
from core.language import tr
from core.settings import Value
from tui.classes import Classes
from tui.findings import Findings
from tui.group_norms import GroupNorms
from tui.looks import Looks
from tui.marks import Mark, change_mark
from tui.outlook import Outlook
from tui.pace import Pace
from tui.rows import (
    TRAINING_COLUMNS,
    VALIDATION_COLUMNS,
    best_before,
    evaluation_row,
    gap_row,
    step_rows,
)
from tui.samples import Sample, Samples
from tui.series import Series
from tui.tasks import Task, task_of

State = Literal[
    "idle", "preparing", "training", "paused", "evaluating", "saving", "elsewhere", "ended"
]

_STATE_OF_PHASE: dict[Phase, State] = {
    "loading_torch": "preparing",
    "reading_text": "preparing",
    "building_vocabulary": "preparing",
    "measuring_baselines": "preparing",
    "first_batch": "preparing",
    "training": "training",
    "evaluating": "evaluating",
    "saving": "saving",
    "ended": "ended",
}
"""Phases that change the state; sampling happens within any of them."""

MOST_BRANCHES = 3
"""How many of the branches that were left are remembered."""


class History:
    """Remember one run as its events told it, in bounded memory.

    Feed it with `fold`, live or from the store; then read its attributes. A `RunStarted` of
    another run, or of the same one from step 0, begins anew; one with a later start keeps what
    came before that step.
    """

    def __init__(self, task: Task = "language") -> None:
        """Begin without a run.

        Args:
            task: What the run will learn.
        """
        self.version = 0
        """Changes with each event, so that who draws can see whether there is news."""
        self.phase: Phase | None = None
        self.phase_detail = ""
        self.phase_progress: float | None = None
        """Share of the phase done, 0 to 1; None where unknown."""
        self.state: State = "idle"
        self.pause_reason = ""
        """Why it waits, where that is the disk's doing."""
        self.task = task
        """What the run learns; what the next one would, while there is none."""
        self.notices: deque[str] = deque(maxlen=50)
        """What the user was told, the oldest first."""
        self.findings = Findings()
        """What the doctor said of the run."""
        self.samples = Samples()
        """The newest samples, those drawn at evaluations and those asked for."""
        self._forget_run()

    def _forget_run(self) -> None:
        self.run: int | None = None
        """The run's number in the workspace."""
        self.name = ""
        self.opened_at: str | None = None
        """Path of the checkpoint that the run is shown at; None where it is as it stands now."""
        self.config: dict[str, Value] = {}
        """Every setting by name, live changes included."""
        self.started: RunStarted | None = None
        self.step = 0
        self.epoch = 0
        self.steps_per_epoch = 0
        self.planned_steps: int | None = None
        """Steps to the planned end; None where that is not counted in steps."""
        self.loss: float | None = None
        """Mean of the last report, in nats per token, or per text where texts are classified."""
        self.perplexity: float | None = None
        self.tokens_per_s: float | None = None
        self.learning_rate: float | None = None
        self.max_grad_norm = 0.0
        """The clipping threshold in force; 0 for none."""
        self.elapsed_s = 0.0
        """Seconds of training."""
        self._tokens = 0
        self.best_val_loss: float | None = None
        self.best_step: int | None = None
        self.reason: Reason | None = None
        """Why the run ended; None while it has not."""
        self.checkpoint: str | None = None
        """Path of the newest checkpoint."""
        self.checkpoint_step: int | None = None
        """The step of the newest checkpoint; None where it is not known."""
        self.last_error = ""
        self.diverged: Diverged | None = None
        self._forget_curves()
        self.classes = Classes()
        """What is known of the classes, where texts are classified."""
        self.looks = Looks()
        """What was seen inside of the model."""
        self.yardsticks: YardsticksMeasured | None = None
        """What counting and compressing reach, where text is learned."""
        self._bits_measured: Evaluated | Previewed | None = None
        self.marks: deque[Mark] = deque(maxlen=200)
        self.grad_norm: float | None = None
        """Of the whole gradient, mean of the last report, before clipping."""
        self.groups = GroupNorms()
        """What was measured of the parameter groups."""
        self._paused = False
        self._pace = Pace()

    @property
    def sample(self) -> Sample | None:
        """Return the newest sample drawn at an evaluation."""
        return self.samples.newest("training")

    def _forget_curves(self) -> None:
        self.training = Series(*TRAINING_COLUMNS)
        """A row a step."""
        self.left_branches: deque[Series] = deque(maxlen=MOST_BRANCHES)
        """What was trained and then gone back from, the newest last; as in `training`."""
        self.validation = Series(*VALIDATION_COLUMNS, capacity=8192)
        """A row an evaluation."""
        self.previews = Series(*VALIDATION_COLUMNS, capacity=64)
        """A row a first look at validation, which counts for nothing."""

    @property
    def clipped_share(self) -> float | None:
        """Return the share of recent steps that were clipped, 0 to 1."""
        return self._pace.clipped_share

    @property
    def steps_per_s(self) -> float | None:
        """Return the rate in steps per second of training that the times to come are told by."""
        return self._pace.steady_steps_per_s

    @property
    def mean_tokens_per_s(self) -> float | None:
        """Return the rate of training over the whole run, as the table of an experiment does."""
        return self._tokens / self.elapsed_s if self.elapsed_s > 0 and self._tokens else None

    @property
    def eta_s(self) -> float | None:
        """Return the seconds of training to the planned end; None where unknown."""
        return None if self.state in ("elsewhere", "ended") else self._outlook.eta_s

    @property
    def next_evaluation_s(self) -> float | None:
        """Return the seconds to the next evaluation; None where unknown or nothing trains."""
        return self._outlook.next_evaluation_s if self.state == "training" else None

    @property
    def nearest_steps(self) -> int | None:
        """Return the step that ends the run; None where its seconds are used up before."""
        return self._outlook.nearest_steps

    @property
    def share_done(self) -> float | None:
        """Return how much of its plan lies behind the run, 0 to 1; None where nothing ends it."""
        return self._outlook.share_done

    @property
    def planned_epochs(self) -> int | None:
        """Return the passes over the data that end the run; None where something else does."""
        return self._outlook.planned_epochs

    @property
    def _outlook(self) -> Outlook:
        return Outlook(
            self.config, self.step, self.elapsed_s, self.steps_per_epoch, self.planned_steps,
            self.steps_per_s,
        )  # fmt: skip

    @property
    def tokens_per_char(self) -> float | None:
        """Return the tokens of a character of text: 1, or as in the last evaluation of words."""
        if self.config.get("vocab_type") == "char":
            return 1.0
        measured = self._bits_measured
        if measured is None or not measured.val_loss or measured.bits_per_char is None:
            return None
        of_tokens = measured.bits_per_char - measured.spelling_bits_per_char
        return of_tokens * math.log(2) / measured.val_loss

    @property
    def spelling_bits_per_char(self) -> float:
        """Return what spelling unknown tokens took in the last evaluation."""
        return 0.0 if self._bits_measured is None else self._bits_measured.spelling_bits_per_char

    @property
    def _epoch_steps(self) -> int:
        return max(self.steps_per_epoch, 1)

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        self.version += 1
        match event:
            case RunStarted():
                self._start(event)
            case PhaseChanged():
                self._change_phase(event)
            case StepsDone():
                self._take_steps(event)
            case Evaluated():
                self._take_evaluation(event)
            case Previewed():
                self.previews.append(evaluation_row(event, self._epoch_steps))
                self._learn_token_length(event)
            case SettingsChanged():
                self._change_settings(event)
            case CheckpointSaved():
                self.checkpoint, self.checkpoint_step = event.path, event.step
                if self.state == "saving":
                    self.state = "paused" if self._paused else "training"
            case TextSampled():
                self.samples.take(event, self.run)
            case ClassesMeasured() | BaselinesMeasured() | TextClassified():
                self.classes.take(event)
            case YardsticksMeasured():
                self.yardsticks = event
            case GradientsThroughTime() | GatesMeasured() | TextInspected():
                self.looks.take(event)
            case Paused():
                self._paused, self.state = True, "paused"
                self.pause_reason = event.reason
            case Resumed():
                self._paused, self.state, self.pause_reason = False, "training", ""
            case Noticed():
                self.notices.append(event.message)
            case Diagnosed() | DiagnosisEnded():
                self.findings.take(event)
            case Diverged():
                self._diverge(event)
            case ReplayCompared():
                pass  # a verdict on the whole run, which the command line tells
            case RunFailed():
                self.last_error = event.message
            case RunEnded():
                self._end(event)
            case _:
                assert_never(event)

    def leave_to_others(self) -> None:
        """Say that another process trains the run: what is known of it is of a moment ago."""
        self.version += 1
        self.state = "elsewhere"

    def _start(self, event: RunStarted) -> None:
        if event.start_step == 0 or event.run != self.run:
            self._forget_run()
            self.findings = Findings()
        self.findings.take(event)
        self._go_back_to(event.start_step)
        self.started = event
        self.run, self.name, self.config = event.run, event.name, dict(event.config)
        self.task = task_of(event.config)
        self.classes.start(event)
        self.looks.start(event)
        self.step = event.start_step
        self.steps_per_epoch = event.steps_per_epoch
        self.planned_steps = event.planned_steps if self._steps_are_bounded else None
        self.best_val_loss, self.best_step = best_before(event, self.validation)
        self.max_grad_norm = float(self.config.get("max_grad_norm", 0.0))
        self.state = "training"

    def _go_back_to(self, step: int) -> None:
        """Drop what a resumed run did after the checkpoint that it goes on from."""
        left = self.training.cut(step)
        if len(left) > 1:
            self.left_branches.append(left)
        self.validation.cut(step)
        self.previews.cut(step)
        self.groups.go_back_to(step)
        if self.step > step:  # figures of a branch that was left are none of the run's
            self.loss = self.perplexity = self.grad_norm = None
            self.tokens_per_s = self.learning_rate = None
        self.marks = deque((mark for mark in self.marks if mark.step <= step), maxlen=200)
        if step:
            self.marks.append(Mark(step, tr("resumed"), "resumed"))
        self._pace.forget()
        self.reason, self.diverged, self.last_error, self._paused = None, None, "", False
        self.pause_reason = ""

    def _change_phase(self, event: PhaseChanged) -> None:
        self.phase, self.phase_detail = event.phase, event.detail
        self.phase_progress = event.progress
        state = _STATE_OF_PHASE.get(event.phase, self.state)
        if state == "ended" and self.started is None:
            state = "idle"  # the program has loaded, or a start was refused
        self.state = "paused" if state == "training" and self._paused else state

    def _take_steps(self, event: StepsDone) -> None:
        since_s = self.elapsed_s if self._pace or event.first_step == 1 else event.elapsed_s
        self.training.append(step_rows(event, self._epoch_steps, since_s))
        self.step, self.epoch, self.elapsed_s = event.step, event.epoch, event.elapsed_s
        self._tokens = event.tokens
        self.loss, self.perplexity = event.loss, event.perplexity
        self.learning_rate, self.tokens_per_s = event.learning_rate, event.tokens_per_s
        self.max_grad_norm, self.grad_norm = event.max_grad_norm, event.grad_norm
        self.groups.take(event)
        self._pace.add(event.step, len(event.losses) or 1, event.elapsed_s, event.clipped)
        self.classes.take_steps(event)
        if self.state in ("idle", "preparing"):
            self.state = "training"

    def _take_evaluation(self, event: Evaluated) -> None:
        self.validation.append(evaluation_row(event, self._epoch_steps))
        self.classes.take_evaluation(event)
        self.best_val_loss = event.best_val_loss
        self._learn_token_length(event)
        if event.is_best:
            self.best_step = event.step

    def _learn_token_length(self, event: Evaluated | Previewed) -> None:
        if event.val_loss and event.bits_per_char is not None:
            self._bits_measured = event

    def _change_settings(self, event: SettingsChanged) -> None:
        self.config |= {change.name: change.new for change in event.changes}
        if not {change.name for change in event.changes} <= UNINFLUENTIAL:
            self.groups.begin_judging_at(event.step)
        self.marks.extend(change_mark(event.step, change) for change in event.changes)
        if {change.name for change in event.changes} & {"epochs", "max_steps"}:
            of_epochs = int(self.config.get("epochs", 0)) * self.steps_per_epoch
            ends = (int(self.config.get("max_steps", 0)), of_epochs)
            planned = min((end for end in ends if end), default=None)
            self.planned_steps = planned if self._steps_are_bounded else None

    @property
    def _steps_are_bounded(self) -> bool:
        """Whether the plan says how many steps there are: not where it only counts seconds."""
        endless = int(self.config.get("epochs", 0)) >= ENDLESS_EPOCHS
        return bool(self.config.get("max_steps")) or not endless

    def _diverge(self, event: Diverged) -> None:
        self.diverged = event
        text = tr("diverged at {step:,}", step=event.step)
        self.marks.append(Mark(event.step, text, "diverged"))
        self.training.append(gap_row(event.step, self._epoch_steps, self.elapsed_s))

    def _end(self, event: RunEnded) -> None:
        self.state, self.phase, self.reason = "ended", "ended", event.reason
        self.pause_reason = ""
        self.phase_detail, self.phase_progress = "", None
        self.step = event.step
        self.best_val_loss, self.best_step = event.best_val_loss, event.best_step
        if event.checkpoint and event.checkpoint != self.checkpoint:
            self.checkpoint, self.checkpoint_step = event.checkpoint, None
        self.classes.end(event)
