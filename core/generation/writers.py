"""What writes on the texts of a batch: the compiled part, or a stepper and the strategies."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.clamps import Clamp
from core.decoding import Decoding
from core.errors import InputError
from core.generation.ranking import MOST_RANKED, choose_one
from core.generation.steppers import NumpyStepper, Stepper, TorchStepper
from core.generation.strategies import Choices, choose, none_left, not_finite
from core.kernels.library import Sampling, chosen
from core.kernels.writing import NOT_FINITE, CompiledWriter, Network

if TYPE_CHECKING:  # a model draws by way of this file
    from core.models.language_model import LanguageModel


class Start(NamedTuple):
    """Say where the texts of a batch stand, and how they go on."""

    state: tuple[Tensor, ...]
    """After all but the last token, (L, B, H)."""
    tokens: list[int]
    """The last one of each, (B)."""
    seen: npt.NDArray[np.bool_] | None
    """Which tokens are in each text, (B, V), kept up to date; None where it does not matter."""
    decoding: Decoding
    clamps: Sequence[Clamp]
    excluded: int | None
    """A token that is never drawn."""


class Writer(ABC):
    """Write on the texts of a batch."""

    most_ahead = 1
    """How many steps a call may take."""

    @abstractmethod
    def write(self, uniforms: npt.NDArray[np.float64]) -> Choices:
        """Choose the next tokens.

        Args:
            uniforms: A random number for each step and text, at least 0 and below 1, (steps, B).

        Returns:
            Those of each step, (steps, B); of fewer steps where the next one cannot be taken.

        Raises:
            InputError: Not even the first step can be taken.
        """


def make_writer(model: "LanguageModel", start: Start) -> Writer:
    """Pick the fastest way to write for where a model is."""
    weight = model.embedding.weight
    if weight.device.type != "cpu" or weight.dtype not in (torch.float32, torch.float64):
        return _Stepped(TorchStepper(model, start.state, start.clamps), start)
    network = Network(
        model.cell, weight, model.recurrence.all_weights,
        None if model.projection is None else model.projection.weight,
        model.output.weight, model.output.bias,
    )  # fmt: skip
    if chosen().name == "torch":
        stepper = NumpyStepper(network, start.state, start.clamps)
        return _Stepped(stepper, start, most_ahead=_Compiled.most_ahead)
    return _Compiled(network, start)


class _Stepped(Writer):
    def __init__(self, stepper: Stepper, start: Start, *, most_ahead: int = 1) -> None:
        self.most_ahead = most_ahead
        self._stepper = stepper
        self._start = start
        self._tokens = np.array(start.tokens, dtype=np.int64)
        self._refusal: InputError | None = None

    def write(self, uniforms: npt.NDArray[np.float64]) -> Choices:
        """Take all steps that can be taken."""
        indices, probabilities = np.empty(uniforms.shape, np.int64), np.empty(uniforms.shape)
        for step, row in enumerate(uniforms):
            try:
                if self._refusal is not None:
                    raise self._refusal
                self._tokens, probabilities[step] = self._choose(row)
            except InputError as error:
                if not step:
                    raise
                self._refusal = error
                return Choices(indices[:step], probabilities[:step])
            indices[step] = self._tokens
        return Choices(indices, probabilities)

    def _choose(self, uniforms: npt.NDArray[np.float64]) -> Choices:
        """Choose a token for each text."""
        start = self._start
        logits = self._stepper.step(self._tokens)
        if start.seen is None and logits.size <= MOST_RANKED and len(uniforms) == 1:
            return choose_one(logits[0], start.decoding, uniforms[0], start.excluded)
        found = choose(logits, start.decoding, uniforms, seen=start.seen, excluded=start.excluded)
        if start.seen is not None:
            start.seen[np.arange(len(found.indices)), found.indices] = True
        return found


class _Compiled(Writer):
    most_ahead = 256

    def __init__(self, network: Network, start: Start) -> None:
        decoding, excluded = start.decoding, start.excluded
        sampling = Sampling(
            temperature=decoding.temperature, top_p=decoding.top_p, min_p=decoding.min_p,
            repetition_penalty=decoding.repetition_penalty, greedy=decoding.greedy,
            top_k=decoding.top_k, excluded=-1 if excluded is None else excluded,
        )  # fmt: skip
        seen = None if start.seen is None else start.seen.view(np.uint8)
        self._writer = CompiledWriter(
            network,
            start.state,
            start.tokens,
            sampling=sampling,
            clamps=start.clamps,
            seen=seen,
        )
        self._refusal: InputError | None = None

    def write(self, uniforms: npt.NDArray[np.float64]) -> Choices:
        """Take all steps that can be taken."""
        if self._refusal is not None:
            raise self._refusal
        indices, probabilities = self._writer.write(uniforms)
        refused = (indices < 0).any(axis=1)
        if not refused.any():
            return Choices(indices, probabilities)
        good = int(refused.argmax())
        self._refusal = not_finite() if (indices[good] == NOT_FINITE).any() else none_left()
        if not good:
            raise self._refusal
        return Choices(indices[:good], probabilities[:good])
