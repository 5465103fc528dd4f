"""Sessions over a small text in a workspace of their own, for the tests of the workspace."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from core.config import Config
from core.control import Control
from core.events import Event, RunEnded, StepsDone
from core.settings import Value
from training_cases import TEXT, small_config
from workspace.paths import Workspace
from workspace.requests import Request, ResumeRequest, StartRequest
from workspace.runs import RunStore
from workspace.session import Session

Kind = TypeVar("Kind", bound=Event)


@dataclass
class Studio:
    """Run sessions in one workspace and keep the events of the last."""

    root: Path
    events: list[Event] = field(default_factory=list)
    control: Control = field(default_factory=Control)
    patience_s: float = 0.0
    """How long a disk that refuses is waited for."""

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return Workspace(self.root / "studio")

    @property
    def store(self) -> RunStore:
        """A fresh store over it."""
        return RunStore(self.workspace)

    def config(self, **changes: Value) -> Config:
        """Return settings for training on a file beside the workspace."""
        text = self.root / "jugs.txt"
        if not text.exists():
            text.write_text(TEXT)
        return small_config(**{"data_file": str(text), **changes})

    def start(
        self, name: str | None = None, *, on_event: Callable[[Event], None] | None = None,
        **changes: Value,
    ) -> RunEnded:  # fmt: skip
        """Train a new run."""
        return self.run(StartRequest(config=self.config(**changes), name=name), on_event)

    def resume(
        self, target: str | None = None, *, on_event: Callable[[Event], None] | None = None,
        **changes: Value,
    ) -> RunEnded:  # fmt: skip
        """Go on with a run."""
        return self.run(ResumeRequest(target=target, changes=changes), on_event)

    def run(self, request: Request, on_event: Callable[[Event], None] | None = None) -> RunEnded:
        """Carry out a request, calling `on_event` after each event."""
        self.events.clear()
        self.control = Control()

        def emit(event: Event) -> None:
            self.events.append(event)
            if on_event is not None:
                on_event(event)

        return Session(
            self.workspace, request, emit=emit, control=self.control, patience_s=self.patience_s
        ).run()

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return the events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def losses(self) -> list[float | None]:
        """Each step's loss."""
        return [loss for event in self.of(StepsDone) for loss in event.losses]
