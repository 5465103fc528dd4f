"""The fold of what a learner has done in a lesson, over all runs since it began."""

import math
from dataclasses import dataclass, field

from core.decoding import Decoding
from core.events import (
    Diverged,
    Evaluated,
    Event,
    GradientsThroughTime,
    RunStarted,
    SettingsChanged,
    StepsDone,
    TextInspected,
    TextSampled,
)
from core.settings import Value
from tui.questions import is_of_walk

LEARNED_STEPS = 50
"""Steps after which a run has learned something that a look inside can show."""


@dataclass
class RunSeen:
    """Hold what became of one run, and its settings as they are now."""

    run: int | None = None
    """Its number in the workspace."""
    config: dict[str, Value] = field(default_factory=dict)
    first_loss: float = math.inf
    loss: float = math.inf
    """The newest."""
    lowest_loss: float = math.inf
    """Of training."""
    best_val_loss: float = math.inf
    val_loss: float = math.inf
    """The newest."""
    half_lives: dict[int, float] = field(default_factory=dict)
    """By step, the longest of a layer, in tokens; from where the run has learned something."""
    exploded: bool = False
    clipped_since: int = 0
    """Steps that were clipped after an explosion in this lesson."""
    evaluated_after: set[str] = field(default_factory=set)
    """Live settings that were changed in this run before an evaluation."""

    @property
    def cell(self) -> str:
        """The kind of its cells."""
        return str(self.config.get("model_type", ""))

    def number(self, setting: str) -> float:
        """Return a setting that is a number."""
        return float(self.config.get(setting, 0.0))

    def half_life_at(self, step: int) -> float:
        """Return the half-life that was measured last at a step, in tokens; 0 if none was."""
        return next((self.half_lives[s] for s in reversed(self.half_lives) if s <= step), 0.0)


class Watch:
    """Remember what happened since a lesson began."""

    def __init__(self) -> None:
        self.runs: list[RunSeen] = []
        """The oldest first; the last one is the present one."""
        self.samples: list[Decoding] = []
        """How the console's finished samples were drawn."""
        self.trackers: list[tuple[float, float]] = []
        """Of the newest look at a text: sizes of correlations, and what chance finds."""
        self._changed: set[str] = set()

    @property
    def has_exploded(self) -> bool:
        """Whether any run has."""
        return any(run.exploded for run in self.runs)

    def go_on_with(self, other: "Watch") -> None:
        """Take over the run that another one saw last, as far as it can still change."""
        if not other.runs:
            return
        seen = other.runs[-1]
        if not self.runs or self.runs[-1].run != seen.run:
            self.runs.append(RunSeen(seen.run))
        self.runs[-1].config = dict(seen.config)
        self._changed = set()

    def take(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case RunStarted():
                self.runs.append(RunSeen(event.run, dict(event.config)))
                self._changed = set()
            case TextSampled(origin="console", done=True) if event.decoding is not None:
                self.samples.append(event.decoding)
            case TextInspected() if not is_of_walk(event):
                self.trackers = [(abs(t.correlation), t.by_chance) for t in event.trackers]
            case _ if self.runs:
                self._take_of_run(event, self.runs[-1])
            case _:
                pass

    def _take_of_run(self, event: Event, run: RunSeen) -> None:
        match event:
            case StepsDone():
                self._take_steps(event, run)
            case Evaluated():
                run.val_loss = math.inf if event.val_loss is None else event.val_loss
                run.best_val_loss = min(run.best_val_loss, run.val_loss)
                run.evaluated_after |= self._changed
            case SettingsChanged():
                run.config |= {change.name: change.new for change in event.changes}
                self._changed |= {change.name for change in event.changes}
            case GradientsThroughTime() if event.step >= LEARNED_STEPS:
                lives = [math.inf if life is None else life for life in event.half_lives]
                run.half_lives[event.step] = max(lives)
            case Diverged():
                run.exploded = True
            case _:
                pass

    def _take_steps(self, event: StepsDone, run: RunSeen) -> None:
        loss = math.inf if event.loss is None else event.loss
        if math.isinf(run.first_loss):
            run.first_loss = loss
        run.loss, run.lowest_loss = loss, min(run.lowest_loss, loss)
        if self.has_exploded and event.clipped:
            run.clipped_since += event.clipped
        # Twice the loss of guessing, or far above what had been reached.
        run.exploded = run.exploded or loss > 2 * run.first_loss or loss > run.lowest_loss + 3
