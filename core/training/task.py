"""What a run learns, as the engine sees it: a task has the data, the model and what measures it.

The trainer counts, reports, saves and obeys; what a batch is, what its loss is and what an
evaluation says is the task's alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from core.config import Config
from core.control import Inspect, Sample, ShouldStop
from core.errors import InputError
from core.events import (
    BaselinesMeasured,
    Event,
    TextClassified,
    TextInspected,
    TextSampled,
    YardsticksMeasured,
)
from core.language import tr
from core.models import RecurrentModel
from core.models.recurrence import State
from core.text.vocabulary import Vocabulary
from core.training.live_sample import LiveSample
from core.training.measures import Measures


class Outcome(NamedTuple):
    """Hold what a forward pass over a batch gave, still on the device."""

    objective: Tensor
    """What the gradient is still to be taken of, ()."""
    loss: Tensor
    """Mean nats per token or per text, which is told, ()."""
    state: State | None
    """The state to carry on, where the task carries one."""
    right: Tensor | None
    """How many texts were classified right, (); None where none are classified."""


class Batch(Protocol):
    """Hold what one step learns from, and know how to put it through the model."""

    @property
    def tokens(self) -> int:
        """Tokens that the model learns from, padding not counted."""

    @property
    def texts(self) -> int:
        """Labelled texts in it; 0 where there are none."""

    def outcome(self, state: State | None) -> Outcome:
        """Run the model forward, from a state or from zero."""

    def tensors(self) -> tuple[Tensor, ...] | None:
        """Return all that its step depends on but the model; None where there is more."""

    def over(self, tensors: Sequence[Tensor]) -> "Batch":
        """Return a batch like this one of other tensors, which `tensors` has returned."""


@dataclass(frozen=True)
class Facts:
    """Describe the data of a task for `RunStarted` and for checkpoints."""

    name: str
    """Of the data: a corpus or a file's base name."""
    digest: str
    """SHA-256 of the data as numbers, in hexadecimal."""
    notices: list[str]
    """What the user should know, a sentence each."""
    train_tokens: int
    val_tokens: int
    train_texts: int = 0
    val_texts: int = 0


class Task(ABC):
    """Join data and model; the base of language modelling and classification.

    Args:
        config: The settings of the run.
        model: The model to train, on the device.
        vocabulary: Numbers the tokens of the data.
        device: Where the model is.
        facts: Describes the data.
    """

    labels: Sequence[str] = ()
    """The classes in their order, where texts are classified."""
    writes_text = False
    """Whether samples can be drawn."""
    has_baselines = False
    """Whether there are simple methods to compare with."""
    has_yardsticks = False
    """Whether counting and compressing can be compared with."""

    def __init__(
        self,
        config: Config,
        model: RecurrentModel,
        vocabulary: Vocabulary,
        device: torch.device,
        facts: Facts,
    ) -> None:
        self.config = config
        self.vocabulary = vocabulary
        self.device = device
        self.facts = facts
        self.generators: dict[str, torch.Generator] = {}
        """The random generators of its own, by name; they are part of a checkpoint."""
        self._model = model

    @property
    def model(self) -> RecurrentModel:
        """The model that is being trained."""
        return self._model

    @property
    def validates(self) -> bool:
        """Whether there is something to evaluate the model on."""
        return self.facts.val_tokens > 0

    @property
    @abstractmethod
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""

    @abstractmethod
    def batch(self, epoch: int, index: int) -> Batch:
        """Return a batch of an epoch, the same one whenever it is asked for."""

    @abstractmethod
    def resets(self, index: int) -> bool:
        """Tell whether the state is zero at the start of a batch."""

    @abstractmethod
    def evaluate(self, step: int, should_stop: ShouldStop, *, most: int = 0) -> Measures:
        """Measure the model on all of the validation data; its mode is restored.

        Args:
            step: Steps taken.
            should_stop: Looked at now and then.
            most: Tokens of an evenly spread part to measure, about; 0 for as an evaluation does.

        Raises:
            StopRequested: `should_stop` became true.
        """

    def reconfigure(self, config: Config) -> None:
        """Put changed live settings in force."""
        self.config = config
        self._model.set_dropout(config.dropout)

    def baselines(self, should_stop: ShouldStop) -> BaselinesMeasured:
        """Measure what simple methods reach, before the first step of a run.

        Raises:
            StopRequested: `should_stop` became true.
        """
        raise NotImplementedError("this task has no baselines")

    def yardsticks(self, should_stop: ShouldStop) -> YardsticksMeasured:
        """Measure how far counting and compressing get, once in a run.

        Raises:
            StopRequested: `should_stop` became true.
        """
        raise NotImplementedError("this task has no yardsticks")

    def look(self, step: int) -> Sequence[Event]:
        """Look inside of the model as it is, which stays as it is; nothing where that says little.

        Args:
            step: Steps taken.
        """
        return ()

    def sample(self, number: int, step: int, should_stop: ShouldStop) -> TextSampled:
        """Draw the sample that goes with an evaluation; for a task that writes text."""
        raise NotImplementedError("this task writes no text")

    def inspected(self, request: Inspect, step: int) -> TextInspected:
        """Put a text under the microscope; the weights stay as they are.

        Raises:
            InputError: The task predicts no next token, or there is no text.
        """
        raise InputError(tr("this run classifies texts; it predicts none that could surprise it"))

    @abstractmethod
    def live_sample(self, request: Sample, step: int) -> LiveSample:
        """Begin the sample that the console asked for.

        Raises:
            InputError: The task writes no text.
        """

    @abstractmethod
    def classified(self, number: int, text: str, step: int) -> TextClassified:
        """Classify a text with the weights as they are, which stay as they are.

        Raises:
            InputError: The task classifies nothing, or the text is empty.
        """
