"""The dashboard over an engine that learns nothing, but floods the screen with events.

Words: a folder, how many seconds the flood lasts, how many events a second, and the name of a
naive variant, if any.
"""

import gc
import itertools
import json
import sys
import time
from pathlib import Path

from msgspec.structs import replace

from core.config import make_config
from core.control import Control
from core.events import Emit, Event, Noticed, PhaseChanged, RunEnded
from event_cases import evaluated, started, steps
from scripted_backend import ScriptedBackend
from store_cases import fragment
from tui import engine
from tui.app import run_dashboard
from workspace.paths import Workspace
from workspace.requests import Request

PAUSE_S = 0.002


class FloodingBackend(ScriptedBackend):
    """Emit a report a step, and all kinds of other events among them."""

    def __init__(self, root: Path, seconds: float, rate: int) -> None:
        super().__init__()
        self._root = root
        self._seconds = seconds
        self._rate = rate

    def load(self) -> None:
        """Keep what is there already from being looked through, as the real engine does."""
        super().load()
        gc.freeze()

    def train(self, request: Request, emit: Emit, control: Control) -> None:
        """Emit for so many seconds, then wait for the end."""
        emit(started(planned_steps=None))
        step, begun, report = 0, time.perf_counter(), steps(1, [2.0])
        others: itertools.cycle[Event] = itertools.cycle(
            [PhaseChanged(phase="saving", step=0), PhaseChanged(phase="training", step=0)]
        )
        while (
            not control.should_stop() and (lasted_s := time.perf_counter() - begun) < self._seconds
        ):
            while step < int(self._rate * lasted_s) and not control.should_stop():
                step += 1
                emit(replace(report, first_step=step, step=step))
                if step % 50 == 0:
                    emit(next(others))
                if step % 100 == 0:
                    emit(fragment(step // 10_000, ["to", " be"]))
                if step % 5_000 == 0:
                    emit(evaluated(step, 2.0, best=2.0))
                if step % 50_000 == 0:
                    emit(Noticed(message=f"step {step}"))
            time.sleep(PAUSE_S)
        (self._root / "flood.json").write_text(json.dumps([step, time.perf_counter() - begun]))
        while not control.should_stop():
            control.wait(0.5)
        emit(RunEnded(run=14, reason="signal", step=step, best_val_loss=2.0, checkpoint=None))


def keep_everything() -> None:
    """Let the mailbox grow as it will, and take in each event by itself."""
    setattr(engine, "compact", list)  # noqa: B010  said to be a function


def trust_sizes() -> None:
    """Believe that there is always some width left beside the settings."""
    from tui.screens.panels import PanelScreen

    rearrange = PanelScreen.rearrange

    def trusting(self: PanelScreen) -> None:
        assert 100 // max(0, self.app.size.width - 40)
        rearrange(self)

    PanelScreen.rearrange = trusting  # type: ignore[method-assign]


def main(root: Path, seconds: float, rate: int) -> int:
    """Open the dashboard."""
    backend = FloodingBackend(root, seconds, rate)
    return run_dashboard(make_config(), Workspace(root / "studio"), backend=backend)


if __name__ == "__main__":
    for name in sys.argv[4:]:
        {"keep_everything": keep_everything, "trust_sizes": trust_sizes}[name]()
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
