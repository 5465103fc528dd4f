"""Draw one token index after another from a model."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.decoding import Decoding
from core.errors import InputError
from core.generation.held_units import held_units
from core.generation.strategies import Choice, choose
from core.language import tr

if TYPE_CHECKING:  # a model draws by this file
    from core.insight.unrolled import Edit
    from core.models.language_model import LanguageModel
    from core.models.recurrence import State

PROMPT_CHUNK = 1024
"""Tokens of a prompt fed at once, which bounds the memory that a long one takes."""


def draw_tokens(
    model: "LanguageModel",
    prompt: Sequence[int],
    decoding: Decoding,
    *,
    excluded: int | None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Choice]:
    """Yield the tokens that follow a prompt, each computed only when it is asked for.

    The model predicts without dropout and without gradients. Between two tokens its mode and the
    gradient mode are the caller's own, so that it may train meanwhile.

    Args:
        model: On any device.
        prompt: Token indices, at least one.
        decoding: How to choose, how many, and the seed.
        excluded: Index of a token that is never drawn.
        should_stop: Asked before each token and each part of the prompt; true ends the text.

    Raises:
        InputError: The prompt is empty, a token is not in the vocabulary, a unit to hold is not
            there, or the model's predictions are not finite.
    """
    edit = held_units(decoding.clamp, model)
    vocab_size = model.embedding.num_embeddings
    _check_tokens([*prompt, *([] if excluded is None else [excluded])], vocab_size)
    if not prompt:
        raise InputError(tr("there is no token to start from; give at least one"))
    generator = torch.Generator().manual_seed(decoding.seed)
    seen = torch.zeros(vocab_size, dtype=torch.bool)
    fed: Sequence[int] = prompt
    state: State | None = None
    for _ in range(decoding.max_length):
        for start in range(0, len(fed), PROMPT_CHUNK):
            if should_stop():
                return
            chunk = list(fed[start : start + PROMPT_CHUNK])
            seen[chunk] = True
            hidden, state = _advance(model, chunk, state, edit)
        choice = choose(_logits(model, hidden), decoding, generator, seen=seen, excluded=excluded)
        yield choice
        fed = [choice.index]


def _advance(
    model: "LanguageModel", indices: list[int], state: "State | None", edit: "Edit | None"
) -> tuple[Tensor, "State"]:
    """Feed tokens; return the hidden state at the last one (H,) and the state to go on from."""
    # Imported here, since it stands on the models, which draw by this file.
    from core.insight.unrolled import state_of, unroll

    with _predicting(model):
        x = torch.tensor([indices], device=model.embedding.weight.device)  # (1, T)
        if edit is not None:
            traces = unroll(model.recurrence, model.embedding(x), state, edit=edit)
            return traces[-1].hidden[-1][0], state_of(traces)
        hidden, state = model.hidden_states(x, state)
        return hidden[0, -1], state


def _logits(model: "LanguageModel", hidden: Tensor) -> Tensor:
    with _predicting(model):
        return model.head(hidden)  # (V,)


@contextmanager
def _predicting(model: "LanguageModel") -> Iterator[None]:
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


def _check_tokens(indices: Sequence[int], vocab_size: int) -> None:
    for index in indices:
        if not 0 <= index < vocab_size:
            raise InputError(
                tr(
                    "token {index} is not in the model's vocabulary of {vocab_size}; use the "
                    "vocabulary that the model was trained with",
                    index=index,
                    vocab_size=vocab_size,
                )
            )
