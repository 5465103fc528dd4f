"""Small corpora and a trainer without a workspace, for the tests of training."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from core.config import Config, make_config
from core.control import Control
from core.events import CheckpointSaved, Event, StepsDone
from core.settings import Value
from core.text.corpus import Corpus, make_corpus
from core.training.checkpoint import Checkpoint
from core.training.tasks import Data
from core.training.trainer import Trainer

Kind = TypeVar("Kind", bound=Event)

TEXT = "the quick brown fox jumps over the lazy dog; pack my box with five dozen jugs.\n" * 24

SMALL: dict[str, Value] = {
    "hidden_size": 12,
    "num_layers": 2,
    "embedding_dim": 8,
    "batch_size": 4,
    "seq_length": 16,
    "epochs": 2,
    "threads": 1,
    "warmup_steps": 3,
    "sample_length": 5,
}


def small_config(**changes: Value) -> Config:
    """Return settings that train in milliseconds."""
    return make_config({**SMALL, **changes})


def small_corpus(config: Config, text: str = TEXT) -> Corpus:
    """Return a corpus of some two thousand characters."""
    return make_corpus("pangrams", text, config)


@dataclass
class Recorder:
    """Keep the events of a run, and its checkpoints in memory."""

    control: Control = field(default_factory=Control)
    events: list[Event] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Take an event."""
        self.events.append(event)

    def save(self, checkpoint: Checkpoint, is_best: bool) -> CheckpointSaved:
        """Keep a checkpoint."""
        self.checkpoints.append(checkpoint)
        return CheckpointSaved(
            step=checkpoint.header.progress.step,
            path=str(Path("/nowhere") / str(len(self.checkpoints))),
            sha256=hashlib.sha256(msgspec.json.encode(checkpoint.header)).hexdigest(),
            size=0,
            is_best=is_best,
        )

    def trainer(
        self,
        config: Config,
        corpus: Data | None = None,
        resume_from: Checkpoint | None = None,
        *,
        is_new_run: bool = False,
    ) -> Trainer:
        """Make a trainer that reports here."""
        return Trainer(
            config,
            corpus or small_corpus(config),
            name="test",
            emit=self.emit,
            control=self.control,
            save=self.save,
            resume_from=resume_from,
            is_new_run=is_new_run,
        )

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return the events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def losses(self) -> list[str]:
        """Return each step's loss as hexadecimal, so that equal means to the last bit."""
        return [
            "nan" if loss is None else loss.hex()
            for event in self.of(StepsDone)
            for loss in event.losses
        ]


def after_steps(trainer: Trainer, act: Callable[[int], None]) -> None:
    """Let a trainer call `act` with the number of each step that it has taken."""
    take = trainer._take_step

    def take_and_act() -> None:
        take()
        act(trainer.step)

    trainer._take_step = take_and_act  # type: ignore[method-assign]


def weights_of(trainer: Trainer) -> str:
    """Return a hash of a trainer's weights."""
    digest = hashlib.sha256()
    for weight in trainer.model.parameters():
        digest.update(weight.detach().numpy().tobytes())
    return digest.hexdigest()
