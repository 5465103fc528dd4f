"""A process that reads a run while another trains it, and tells all that was torn or out of order.

It is given a workspace, says when it has read all once, and reads until its input ends; then it
answers with one JSON object.
"""

import json
import select
import sys
from pathlib import Path

from core.errors import RnnStudioError
from core.events import CheckpointSaved, Evaluated, Event, Noticed, StepsDone
from core.training.checkpoint import read_checkpoint
from workspace.checkpoints import newest_intact
from workspace.paths import Workspace
from workspace.runs import RunStore


class Reader:
    """Look again and again at run 1, its rows, its events and its newest checkpoint."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[str] = []
        self.looks = self.checkpoints = 0
        self._last = self._step = 0

    def look(self) -> None:
        """Read all there is, in a store of its own, as a command does."""
        self.looks += 1
        store = RunStore(Workspace(self.root))
        try:
            run = store.find(1)
            if run.status != "running":
                self.faults.append(f"the run is {run.status}")
            for number, event in store.events_after(1, self._last):
                self._last = number
                self._follow(event)
            if store.checkpoints(1):
                self._open_newest(store)
        except RnnStudioError as error:
            self.faults.append(str(error))
        finally:
            store.close()

    def _follow(self, event: Event) -> None:
        match event:
            case StepsDone():
                if event.first_step != self._step + 1:
                    self.faults.append(f"step {event.first_step} after {self._step}")
                self._step = event.step
            case Evaluated() | CheckpointSaved():
                if event.step != self._step:
                    self.faults.append(f"{type(event).__name__} of {event.step} at {self._step}")
            case Noticed() if "cannot be read" in event.message:
                self.faults.append(event.message)
            case _:
                pass

    def _open_newest(self, store: RunStore) -> None:
        saved, notices = newest_intact(store, 1)
        self.faults += notices
        try:
            checkpoint = read_checkpoint(saved.path, saved.sha256)
        except RnnStudioError:
            if saved in store.checkpoints(1):  # else it was pruned a moment ago
                raise
            return
        self.checkpoints += 1
        if checkpoint.header.progress.step != saved.step:
            self.faults.append(f"{saved.path.name} is of step {checkpoint.header.progress.step}")


def main() -> None:
    """Read until the input ends, with a breath between two looks that lets the trainer work."""
    reader = Reader(Path(sys.argv[1]))
    reader.look()
    print("reading", flush=True)
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        reader.look()
    told = {"looks": reader.looks, "checkpoints": reader.checkpoints, "faults": reader.faults[:9]}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
