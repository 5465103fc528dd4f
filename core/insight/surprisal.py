"""What surprises a model in a text: −log₂ of the probability that it gave each token.

V is the vocabulary's size, N the text's tokens, and A how many alternatives are kept of each.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from core.errors import InputError
from core.insight.token_offsets import Offsets, token_offsets
from core.language import tr
from core.models import LanguageModel
from core.models.recurrent_model import evaluating
from core.text.vocabulary import UNKNOWN_INDEX, Ids, Vocabulary
from core.training.evaluation import LARGEST_LOGITS, windows

APART = 40
"""Characters from one place to the next among the most surprising ones, at least."""

BEFORE = 30
"""Characters shown before a place."""

AFTER = 10
"""Characters shown after one."""

Bits = npt.NDArray[np.float64]


class Alternative(NamedTuple):
    """Name a token that could have stood at a place."""

    text: str
    """What it would have added to the text, its spacing included."""
    probability: float
    """What the model gave it, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Surprisals:
    """Hold how well a model foresaw each token of a text.

    It takes 20 bytes of memory a token, and 8 for each alternative.
    """

    text: str
    vocabulary: Vocabulary
    indices: Ids
    """The text's tokens, (N,)."""
    offsets: Offsets
    """Where each one begins in the text, and where the last one ends, in characters, (N + 1,)."""
    bits: Bits
    """−log₂ of each one's probability, given what is before it, (N,)."""
    alternative_indices: npt.NDArray[np.int32]
    """The most probable tokens at each one's place, the most probable first, (N, A)."""
    alternative_probabilities: npt.NDArray[np.float32]
    """Their probabilities, (N, A)."""

    def __len__(self) -> int:
        return len(self.indices)

    def token(self, place: int) -> str:
        """Return a token as it stands in the text, even if it is unknown; joined, they are it.

        Args:
            place: The number of the token in the text, from 0.
        """
        return self.text[self.offsets[place] : self.offsets[place + 1]]

    def unknown_places(self) -> list[int]:
        """Return the numbers of the tokens that the vocabulary does not hold."""
        places: list[int] = np.flatnonzero(self.indices == UNKNOWN_INDEX).tolist()
        return places

    def alternatives(self, place: int) -> list[Alternative]:
        """Return the most probable tokens at a token's place, the most probable first.

        Args:
            place: The number of the token in the text, from 0.
        """
        previous = int(self.indices[place - 1]) if place else None
        indices: list[int] = self.alternative_indices[place].tolist()
        probabilities: list[float] = self.alternative_probabilities[place].tolist()
        return [
            Alternative(self.vocabulary.piece(previous, index), probability)
            for index, probability in zip(indices, probabilities, strict=True)
        ]


class Place(NamedTuple):
    """Point at a token of a text."""

    place: int
    """Its number in the text, from 0."""
    offset: int
    """Where it begins, in characters."""
    before: str
    """The 30 characters before it."""
    token: str
    """The token as it stands in the text, its spacing included."""
    after: str
    """The 10 characters after it."""
    bits: float


def surprisals(
    model: LanguageModel,
    vocabulary: Vocabulary,
    text: str,
    *,
    device: torch.device,
    alternatives: int = 5,
    should_stop: Callable[[], bool] | None = None,
) -> Surprisals:
    """Read a text with a model, and note how surprising each token of it is.

    The first token is foreseen after the vocabulary's start token. All others are read as an
    evaluation reads them, so that their mean is its loss.

    Args:
        model: Its mode is restored at the end.
        vocabulary: The one that the model was trained with.
        text: Any text, even an empty one.
        device: Where the model is.
        alternatives: How many of the most probable tokens to keep of each place, A.
        should_stop: Asked between windows.

    Raises:
        InputError: The vocabulary does not fit the model, or its predictions are not finite.
        StopRequested: `should_stop` became true.
    """
    size = model.output.out_features
    if len(vocabulary) != size:
        raise InputError(
            tr(
                "the vocabulary has {count} tokens and the model {size}; use the vocabulary that "
                "the model was trained with",
                count=len(vocabulary),
                size=size,
            )
        )
    indices = vocabulary.text_to_indices(text)
    found = Surprisals(
        text=text,
        vocabulary=vocabulary,
        indices=indices,
        offsets=token_offsets(vocabulary, text),
        bits=np.empty(len(indices)),
        alternative_indices=np.empty((len(indices), min(alternatives, size)), np.int32),
        alternative_probabilities=np.empty((len(indices), min(alternatives, size)), np.float32),
    )
    with evaluating(model):
        _fill(found, model, device, should_stop)
    return found


@torch.inference_mode()
def _fill(
    found: Surprisals,
    model: LanguageModel,
    device: torch.device,
    should_stop: Callable[[], bool] | None,
) -> None:
    """Write bits and alternatives, window by window."""
    if not len(found):
        return
    start = torch.tensor([[found.vocabulary.start_index]], device=device)
    _note(found, np.zeros(1, np.int64), model(start)[0][0])
    if len(found) == 1:
        return
    largest = max(1, LARGEST_LOGITS // len(found.vocabulary))
    for window in windows(model, found.indices, device, should_stop=should_stop, largest=largest):
        inside = window.targets.flatten() >= 0
        hidden = window.hidden.flatten(0, 1)[inside]  # (M, H)
        _note(found, window.places.ravel()[inside.cpu().numpy()], model.head(hidden))


def _note(found: Surprisals, places: np.ndarray, logits: torch.Tensor) -> None:
    """Write bits and alternatives at some places of the text, of logits (M, V).

    Raises:
        InputError: They are not finite.
    """
    precision = torch.promote_types(logits.dtype, torch.float32)
    logs = torch.log_softmax(logits, dim=1, dtype=precision)  # (M, V)
    tokens = torch.from_numpy(found.indices[places].astype(np.int64)).to(logits.device)
    bits = logs.gather(1, tokens[:, None])[:, 0] / -math.log(2)  # (M,)
    if not torch.isfinite(bits).all():
        raise InputError(
            tr(
                "the model's predictions are not finite numbers, so no text can surprise it; "
                "use an earlier checkpoint"
            )
        )
    found.bits[places] = bits.cpu().numpy()
    best = logs.topk(found.alternative_indices.shape[1], dim=1)  # (M, A)
    found.alternative_indices[places] = best.indices.cpu().numpy()
    found.alternative_probabilities[places] = best.values.exp().cpu().numpy()


def most_surprising(found: Surprisals, count: int) -> list[Place]:
    """Return the places of the most bits, the most surprising first, in no 40 characters two.

    The first token follows nothing that could announce it, and is none of them.

    Args:
        found: What a model made of a text.
        count: How many places at most.
    """
    bits, starts, places = found.bits.copy(), found.offsets[:-1], []
    bits[:1] = -1
    for _ in range(min(count, len(found))):
        place = int(bits.argmax())
        if bits[place] < 0:
            break
        places.append(_place(found, place))
        nearest = starts[place] - APART + 1, starts[place] + APART
        first, last = np.searchsorted(starts, nearest)
        bits[first:last] = -1
    return places


def _place(found: Surprisals, place: int) -> Place:
    offset, end = int(found.offsets[place]), int(found.offsets[place + 1])
    return Place(
        place=place,
        offset=offset,
        before=found.text[max(0, offset - BEFORE) : offset],
        token=found.token(place),
        after=found.text[end : end + AFTER],
        bits=float(found.bits[place]),
    )


def running_mean(bits: Bits, width: int) -> Bits:
    """Average each value with those just before it, as many of them as there are.

    Args:
        bits: Values, (N,).
        width: How many values to average, the last one included, at least 1.
    """
    sums = np.concatenate([[0.0], np.cumsum(bits)])
    ends = np.arange(1, len(bits) + 1)
    starts = np.maximum(ends - width, 0)
    means: Bits = (sums[ends] - sums[starts]) / (ends - starts)
    return means
