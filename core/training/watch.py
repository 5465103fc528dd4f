"""The notes that a trainer keeps of its own events: for the doctor, and of its checkpoints."""

import msgspec

from core.doctor import Doctor, watched
from core.doctor.remedy import Remedy, remedy
from core.events import CheckpointSaved, Diverged, Emit, Event, RunStarted
from core.lineage import Lineage


class Watch:
    """Take note of a run's events on their way out.

    Args:
        emit: Takes each event after it was noted, and after it what the doctor makes of it.
    """

    def __init__(self, emit: Emit) -> None:
        self.lineage = Lineage()
        """The run's checkpoints, and which of them are sane."""
        self.resumed_from = ""
        """Path of the checkpoint that the run goes on from, until it has started."""
        self._doctor = Doctor()
        self._pass_on = watched(emit, self._doctor)

    def emit(self, event: Event) -> None:
        """Complete an event and pass it on; what it says of the checkpoints is known first."""
        event = self._completed(event)
        self.lineage.take(event)
        self._pass_on(event)

    def emitted(self, event: Diverged) -> Diverged:
        """Pass a divergence on, and return it."""
        self.emit(event)
        return event

    def recall(self, event: Event) -> None:
        """Take note of one of the events of core/lineage.py from before the run was resumed."""
        self.lineage.take(event)
        self._doctor.observations.edits.take(event)

    @property
    def remedy(self) -> Remedy:
        """What to change, should the run diverge now."""
        return remedy(self._doctor.observations)

    def _completed(self, event: Event) -> Event:
        match event:
            case RunStarted():
                event = msgspec.structs.replace(event, resumed_from=self.resumed_from)
                self.resumed_from = ""
            case CheckpointSaved():
                event = msgspec.structs.replace(event, train_loss=self.lineage.train_loss)
            case _:
                pass
        return event
