"""Feed a model what comes before the text that it is to write."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.clamps import Clamp
from core.generation.held_units import held_units

if TYPE_CHECKING:  # a model draws by way of this file
    from core.models.language_model import LanguageModel
    from core.models.recurrence import State

PROMPT_CHUNK = 1024
"""Tokens of a prompt fed at once, which bounds the memory that a long one takes."""


def feed(
    model: "LanguageModel",
    prompt: Sequence[int],
    clamps: Sequence[Clamp],
    should_stop: Callable[[], bool],
) -> tuple[Tensor, ...] | None:
    """Return the state after a prompt, which may be empty, (L, 1, H); None where stopped."""
    from core.models.recurrence import state_tensors

    state: State | None = None
    for start in range(0, len(prompt), PROMPT_CHUNK):
        if should_stop():
            return None
        state = _advance(model, list(prompt[start : start + PROMPT_CHUNK]), state, clamps)
    if state is not None:
        return state_tensors(state)
    recurrence = model.recurrence
    zeros = model.embedding.weight.new_zeros(recurrence.num_layers, 1, recurrence.hidden_size)
    return (zeros.detach(),) * (2 if model.cell == "lstm" else 1)


def _advance(
    model: "LanguageModel", indices: list[int], state: "State | None", clamps: Sequence[Clamp]
) -> "State":
    # Imported here, since it stands on the models, which draw by way of this file.
    from core.insight.unrolled import state_of, unroll

    with predicting(model):
        x = torch.tensor([indices], device=model.embedding.weight.device)  # (1, T)
        edit = held_units(clamps)
        if edit is not None:
            return state_of(unroll(model.recurrence, model.embedding(x), state, edit=edit))
        return model.hidden_states(x, state)[1]


@contextmanager
def predicting(model: "LanguageModel") -> Iterator[None]:
    """Switch off dropout and gradients for a moment."""
    was_training = model.training
    if was_training:
        model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        if was_training:
            model.train()
