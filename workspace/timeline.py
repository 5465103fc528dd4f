"""A run as one line of steps: its start, its edits and its losses, however often it was cut."""

from collections.abc import Iterable

import msgspec

from core.config import SETTINGS
from core.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    Reason,
    RunEnded,
    RunStarted,
    SettingsChanged,
    StepsDone,
)
from core.settings import Value


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Name settings that changed while a run was under way."""

    step: int
    """The values are in force from the step after this one on."""
    evaluations: int
    """How many evaluations of that very step came before the change."""
    old: dict[str, Value]
    new: dict[str, Value]


class Timeline:
    """Fold a run's events to what a run without a cut would have been told.

    What a run did after the checkpoint that it was resumed from is dropped, since the weights of
    that branch are gone. Settings that changed at a resume are an edit like any other.
    """

    def __init__(self) -> None:
        self.start: RunStarted | None = None
        """The first start; None where the run never began to train."""
        self.starts: list[RunStarted] = []
        """All of them, the first included."""
        self.config: dict[str, Value] = {}
        """Every setting by name, as it is at the end."""
        self.edits: list[Edit] = []
        """In the order in which they came in force."""
        self.losses: dict[int, float | None] = {}
        """Each step's loss."""
        self.time_ends: list[int] = []
        """Steps after which the run ended because its time was up."""
        self.reason: Reason | None = None
        """Why it ended; None where it has not, or was interrupted."""
        self._evaluated = (-1, 0)
        self._saved: dict[int, tuple[int, int]] = {}

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Timeline":
        """Fold all events of a run."""
        timeline = cls()
        for event in events:
            timeline.fold(event)
        return timeline

    @property
    def last_step(self) -> int:
        """The last step whose loss is known; 0 where none was taken."""
        return max(self.losses, default=0)

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case RunStarted():
                self._begin(event)
            case StepsDone():
                self.losses.update(enumerate(event.losses, start=event.first_step))
            case Evaluated():
                self._evaluated = (event.step, self._evaluations_at(event.step) + 1)
            case CheckpointSaved():
                # Edits and evaluations that a resume from this file will have behind it.
                self._saved[event.step] = (len(self.edits), self._evaluations_at(event.step))
            case SettingsChanged():
                old = {change.name: change.old for change in event.changes}
                new = {change.name: change.new for change in event.changes}
                self._edit(event.step, self._evaluations_at(event.step), old, new)
            case RunEnded():
                self.reason = event.reason
                if event.reason == "max_seconds" and event.step not in self.time_ends:
                    self.time_ends.append(event.step)
            case _:
                pass

    def _evaluations_at(self, step: int) -> int:
        at, count = self._evaluated
        return count if at == step else 0

    def _begin(self, event: RunStarted) -> None:
        self.reason = None
        self.starts.append(event)
        if self.start is None:
            self.start, self.config = event, dict(event.config)
            return
        step = event.start_step
        before = sum(1 for edit in self.edits if edit.step < step)
        kept, evaluations = self._saved.get(step, (before, 0))
        del self.edits[kept:]
        for lost in [number for number in self.losses if number > step]:
            del self.losses[lost]
        self.time_ends = [end for end in self.time_ends if end <= step]
        self._evaluated = (step, evaluations)
        self.config = dict(self.start.config)
        for edit in self.edits:
            self.config |= edit.new
        changed = {
            name: value
            for name, value in event.config.items()
            if name in SETTINGS and SETTINGS[name].about.live and self.config.get(name) != value
        }
        if changed:
            old = {name: self.config.get(name, SETTINGS[name].default) for name in changed}
            self._edit(step, evaluations, old, changed)
        self.config = dict(event.config)

    def _edit(
        self, step: int, evaluations: int, old: dict[str, Value], new: dict[str, Value]
    ) -> None:
        self.edits.append(Edit(step=step, evaluations=evaluations, old=old, new=new))
        self.config |= new
