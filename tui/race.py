"""An experiment as the screen shows it: a lane for each run, folded from what the store holds."""

import time
from dataclasses import dataclass, field

from core.events import PhaseChanged
from core.settings import text_of
from tui.history import History
from tui.widgets.curve_looks import CurveLook, look_of
from workspace.experiments import Experiment, ExperimentStore, MemberState

SLICE_S = 0.008
"""How long reading may keep the screen waiting at a time."""


@dataclass
class Lane:
    """Hold one run of an experiment and what its events told so far."""

    member: MemberState
    history: History = field(default_factory=History)
    last_event: int = 0
    """The number of the newest event that is folded."""
    is_read: bool = False
    """Whether its run is over and all of its events are folded."""

    @property
    def label(self) -> str:
        """What tells it from the others: the values that vary."""
        return ", ".join(map(text_of, self.member.values.values()))

    @property
    def run(self) -> int | None:
        """The number of its run, once it has begun."""
        return self.member.run.run if self.member.run is not None else None

    @property
    def look(self) -> CurveLook:
        """How its curve is drawn, in every chart."""
        return look_of(self.member.member - 1)

    @property
    def share_done(self) -> float:
        """How much of its budget it has used, 0 to 1."""
        planned = self.history.planned_steps
        if self.member.is_over or not planned or float(self.member.config["max_seconds"]):
            return self.member.share_done
        return min(self.history.step / planned, 1.0)


class Race:
    """Follow an experiment, whoever trains it; call `refresh` now and then.

    Args:
        store: Where it is, for this thread.
        experiment: What to follow.
    """

    def __init__(self, store: ExperimentStore, experiment: Experiment) -> None:
        self._store = store
        self.experiment = experiment
        self.lanes: list[Lane] = []
        self.version = 0
        """Changes where there is news."""

    @property
    def several_seeds(self) -> bool:
        """Whether a lane's values do not tell it from all others."""
        return len({lane.member.seed for lane in self.lanes}) > 1

    @property
    def over(self) -> int:
        """How many runs have done what was planned, or diverged."""
        return sum(lane.member.is_over for lane in self.lanes)

    @property
    def results(self) -> list[tuple[str, float | None, float | None]]:
        """What the lanes say that a list of runs says as well: status and best of each."""
        begun = [lane.member.run for lane in self.lanes if lane.member.run is not None]
        return [(run.status, run.best_val_loss, run.best_accuracy) for run in begun]

    @property
    def can_go_on(self) -> bool:
        """Whether something is left to train that nobody trains."""
        return self.over < len(self.lanes) and not self.experiment.is_running

    @property
    def leader(self) -> Lane | None:
        """The lane with the best model so far; None before the first evaluation."""
        known = [lane for lane in self.lanes if _goodness(lane) is not None]
        return max(known, key=lambda lane: _goodness(lane) or 0.0, default=None)

    def label_of(self, lane: Lane) -> str:
        """Return what tells a lane from all others."""
        return f"{lane.label} s{lane.member.seed}" if self.several_seeds else lane.label

    def refresh(self) -> bool:
        """Take in what is new, for a few milliseconds at most.

        Returns:
            Whether all that there is has been read.

        Raises:
            RnnStudioError: The database cannot be used.
        """
        until = time.monotonic() + SLICE_S
        number = self.experiment.experiment
        before = self.experiment, [lane.member for lane in self.lanes]
        self.experiment = self._store.find(number)
        members = self._store.members(number)
        old = {lane.member.member: lane for lane in self.lanes}
        self.lanes = [_continued(old.get(member.member), member) for member in members]
        self.version += (self.experiment, members) != before
        return all(self._read(lane, until) for lane in self.lanes)

    def _read(self, lane: Lane, until: float) -> bool:
        """Fold a lane's new events until some time; return whether these were all."""
        run = lane.member.run
        if run is None or lane.is_read:
            return True
        for number, event in self._store.runs.events_after(run.run, lane.last_event):
            lane.history.fold(event)
            lane.last_event = number
            self.version += 1
            if time.monotonic() > until:
                return False
        if not run.is_live:
            # A run whose process died has no end of its own.
            lane.history.fold(PhaseChanged(phase="ended", step=lane.history.step))
        lane.is_read = lane.member.is_over
        return True


def _continued(lane: Lane | None, member: MemberState) -> Lane:
    """Return a member's lane as it goes on; a new one where its run is another."""
    run = member.run.run if member.run is not None else None
    if lane is None or lane.run not in (None, run):
        return Lane(member)
    lane.member = member
    return lane


def _goodness(lane: Lane) -> float | None:
    """Return what the best model of all has most of: accuracy, else the negative loss."""
    run = lane.member.run
    if run is None:
        return None
    if run.best_accuracy is not None:
        return run.best_accuracy
    return -run.best_val_loss if run.best_val_loss is not None else None
