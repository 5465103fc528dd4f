"""The fold from a run's events to the numbers that rules look at, in bounded memory."""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import NamedTuple

from core.config import SETTINGS, Config, make_config
from core.doctor.edits import SAME_LOSS, UNINFLUENTIAL, Edits
from core.doctor.gradient_levels import whole_norm
from core.events import (
    Diverged,
    Evaluated,
    Event,
    GatesMeasured,
    GradientsThroughTime,
    RunStarted,
    SettingsChanged,
    StepsDone,
    TextSampled,
)
from core.settings import Value

MOST_STEPS = 1000
"""Steps whose losses are remembered."""
MOST_READINGS = 400
"""Reports, measurements of groups and evaluations that are remembered."""
LONGEST_SAMPLE = 2000
"""Tokens of a sample that are remembered."""


class Trial(NamedTuple):
    """Hold an evaluation, and what training's loss was at that time."""

    step: int
    val_loss: float
    train_loss: float
    """Mean over the steps before it; NaN where none are known."""


class Drawn(NamedTuple):
    """Hold a sample as far as it has been drawn."""

    event: TextSampled
    """The newest fragment."""
    tokens: list[str]
    probabilities: list[float]


class Observations:
    """Remember what was seen of a run since its settings last changed.

    Before the first `RunStarted` there is nothing to ask for.
    """

    def __init__(self) -> None:
        self.started: RunStarted | None = None
        self.config = Config()
        """Settings in force."""
        self.step = 0
        self.diverged: Diverged | None = None
        self.sample: Drawn | None = None
        """The newest sample that was asked for."""
        self.reached = math.inf
        """The lowest loss on the way here, counted as now, under earlier settings too."""
        self.edits = Edits()
        """The edits that may have broken the run."""
        self._forget()

    def _forget(self) -> None:
        """Begin to look anew: other settings make another run."""
        self.settled = self.step
        """The step from which on the settings are what they are."""
        self.losses: deque[float] = deque(maxlen=MOST_STEPS)
        """Loss of each step, infinite where it is not finite."""
        self.reports: deque[StepsDone] = deque(maxlen=MOST_READINGS)
        self.measured: deque[StepsDone] = deque(maxlen=MOST_READINGS)
        """Reports that carry the parameter groups' norms."""
        self.first_ratios: dict[str, float] = {}
        """What `update_ratios` was when it was first known."""
        self.first_loss = math.nan
        """The loss of the first step: that of the weights as these settings found them."""
        self.best_loss = math.inf
        """The lowest mean of 20 steps in a row, of those at the full learning rate."""
        self._block: list[float] = []
        self.trials: deque[Trial] = deque(maxlen=MOST_READINGS)
        """Evaluations of steps taken since then, the oldest first."""
        self.gates: deque[GatesMeasured] = deque(maxlen=3)
        self.gradients: deque[GradientsThroughTime] = deque(maxlen=3)

    def take(self, event: Event) -> None:
        """Take in the next event."""
        self.edits.take(event)
        match event:
            case RunStarted():
                self._start(event)
            case StepsDone():
                self._take_steps(event)
            case Evaluated() if event.val_loss is not None and event.step > self.settled:
                self.trials.append(Trial(event.step, event.val_loss, self.recent_loss(20)))
            case GatesMeasured():
                self.gates.append(event)
            case GradientsThroughTime():
                self.gradients.append(event)
            case TextSampled():
                self._take_fragment(event)
            case SettingsChanged():
                self._change({change.name: change.new for change in event.changes})
            case Diverged():
                self.diverged = event
            case _:
                pass

    @property
    def run(self) -> RunStarted:
        """How the run began."""
        assert self.started is not None, "rules are asked once a run has begun"
        return self.started

    @property
    def is_language(self) -> bool:
        """Whether the run learns to predict text."""
        return self.config.task == "language"

    @property
    def steps_seen(self) -> int:
        """Steps at the full learning rate under the settings in force; none while it warms up."""
        begin = max(self.settled, self.config.warmup_steps)
        return max(0, self.step - begin)

    @property
    def outputs(self) -> int:
        """Tokens, or classes, that the model tells apart."""
        return self.run.vocab_size if self.is_language else len(self.run.labels)

    @property
    def chance_loss(self) -> float:
        """The loss of guessing evenly, in nats."""
        return math.log(max(2, self.outputs))

    @property
    def has_stalled(self) -> bool:
        """Whether the loss of 150 steps is hardly lower than that of the 150 steps before."""
        newest, before = self.recent_loss(150), self.recent_loss(150, before=150)
        return self.steps_seen >= 300 and newest > 0.99 * before

    @property
    def measured_settled(self) -> list[StepsDone]:
        """Reports with the groups' norms, from 30 steps at the full learning rate on."""
        begin = max(self.settled, self.config.warmup_steps) + 30
        return [report for report in self.measured if report.step > begin]

    def recent_loss(self, steps: int, before: int = 0) -> float:
        """Return the mean loss of some steps.

        Args:
            steps: How many.
            before: How many newer ones to leave out.

        Returns:
            Nats; NaN where no such steps are known.
        """
        end = len(self.losses) - before
        chosen = list(self.losses)[max(0, end - steps) : max(0, end)]
        return fmean(chosen) if chosen else math.nan

    def recent_reports(self, steps: int) -> list[StepsDone]:
        """Return the reports that reach into the last so many steps."""
        return [report for report in self.reports if report.step > self.step - steps]

    def clipped_share(self, steps: int) -> float:
        """Return the share of the last so many steps that were clipped, 0 to 1."""
        reports = self.recent_reports(steps)
        return sum(r.clipped for r in reports) / max(1, sum(len(r.losses) for r in reports))

    def grad_norm(self, steps: int) -> float:
        """Return the middle of the last reports' gradient norms; NaN where none is known."""
        return _median(report.grad_norm for report in self.recent_reports(steps))

    def whole_norms(self) -> list[float]:
        """Return the whole gradient's norm at each step that was measured; NaN if not finite."""
        norms = (whole_norm(report.grad_norms) for report in self.measured)
        return [math.nan if norm is None else norm for norm in norms]

    def group_norms(self) -> dict[str, float]:
        """Return the middle of the last gradient norms by parameter group, once settled."""
        return _medians([report.grad_norms for report in self.measured_settled[-8:]])

    def update_ratios(self) -> dict[str, float]:
        """Return the middle of the last ‖update‖ / ‖weights‖ by parameter group.

        They are at the peak learning rate: what was measured at a lower one is scaled up, since
        an update grows with its rate. Before a run has settled, they are of its first steps.
        """
        chosen = (self.measured_settled or list(self.measured))[-8:]
        peak = self.config.learning_rate
        return _medians([
            {
                group: None if ratio is None else ratio * peak / max(report.learning_rate, 1e-30)
                for group, ratio in report.update_ratios.items()
            }
            for report in chosen
        ])  # fmt: skip

    def _start(self, event: RunStarted) -> None:
        self.started, self.step = event, event.start_step
        known = {name: value for name, value in event.config.items() if name in SETTINGS}
        self.config = make_config(known)
        self.diverged, self.sample = None, None
        # Validation drops nothing and feeds the truth, as training does at usual settings.
        is_alike = self.config.teacher_forcing_ratio == 1 and self.config.dropout <= 0.5
        best = event.best_val_loss if is_alike else None
        self.reached = math.inf if best is None else best
        self._forget()

    def _take_steps(self, event: StepsDone) -> None:
        self.step = event.step
        losses = [math.inf if loss is None else loss for loss in event.losses]
        if math.isnan(self.first_loss) and losses:
            self.first_loss = losses[0]
        self.losses.extend(losses)
        self._block += losses
        self._note_best()
        self.reports.append(event)
        if event.update_ratios:
            self.measured.append(event)
            self.first_ratios = self.first_ratios or self.update_ratios()

    def _note_best(self) -> None:
        """Take in whole blocks of 20 steps; what is left over waits for the next report."""
        while len(self._block) >= 20:
            if self.steps_seen:
                self.best_loss = min(self.best_loss, fmean(self._block[:20]))
                self.reached = min(self.reached, self.best_loss)
            del self._block[:20]

    def _take_fragment(self, event: TextSampled) -> None:
        if event.origin == "training":
            return  # drawn at an evaluation, which may come between two fragments of the other
        begun = self.sample
        tokens, odds = event.tokens, event.probabilities
        if begun and not begun.event.done and begun.event.sample == event.sample:
            tokens, odds = [*begun.tokens, *tokens], [*begun.probabilities, *odds]
        self.sample = Drawn(event, tokens[:LONGEST_SAMPLE], odds[:LONGEST_SAMPLE])

    def _change(self, values: dict[str, Value]) -> None:
        self.config = make_config(values, base=self.config)
        if not set(values) <= SAME_LOSS:
            self.reached = math.inf
        if not set(values) <= UNINFLUENTIAL:
            self._forget()


def _median(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return median(known) if known else math.nan


def _medians(rows: Sequence[Mapping[str, float | None]]) -> dict[str, float]:
    """Return the middle of each column, of what is finite in it."""
    groups = dict.fromkeys(group for row in rows for group in row)
    middles = {group: _median(row.get(group) for row in rows) for group in groups}
    return {group: middle for group, middle in middles.items() if not math.isnan(middle)}
