"""A text under the microscope: what surprises the model in it, and what each hidden unit does."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from core.events import Guess, TextInspected
from core.insight.surprisal import surprisals
from core.insight.token_offsets import token_offsets
from core.insight.units import unit_trackers
from core.models import LanguageModel
from core.models.recurrence import make_recurrence
from core.models.recurrent_model import evaluating
from core.text.corpus import Corpus
from core.text.vocabulary import Vocabulary

MOST_TOKENS = 2_000
"""Tokens of a text that are looked at."""

GUESSES = 5
"""Alternatives told of each place."""


def inspect_text(
    model: LanguageModel,
    vocabulary: Vocabulary,
    text: str,
    *,
    number: int,
    step: int,
    device: torch.device,
    should_stop: Callable[[], bool] | None = None,
) -> TextInspected:
    """Read the beginning of a text with a model, which stays as it is.

    Args:
        model: Its mode is restored at the end.
        vocabulary: The one that the model was trained with.
        text: Any text; of a long one, the first 2,000 tokens.
        number: What the answer says it answers.
        step: The step whose weights answer.
        device: Where the model is.
        should_stop: Asked from time to time whether to give up.

    Raises:
        InputError: The text is empty, the vocabulary does not fit the model, or its predictions
            are not finite.
        StopRequested: `should_stop` became true.
    """
    shown = _beginning(vocabulary, text)
    found = surprisals(
        model, vocabulary, shown, device=device, alternatives=GUESSES, should_stop=should_stop
    )
    indices = torch.from_numpy(found.indices.astype(np.int64))
    with evaluating(model):
        hidden = layer_states(model, indices.to(device))  # (L, T, H)
    activations = hidden.double().cpu().numpy()
    return TextInspected(
        sample=number,
        step=step,
        text=shown,
        cut=len(shown) < len(text),
        tokens=[found.token(place) for place in range(len(found))],
        bits=[round(bits, 3) for bits in found.bits.tolist()],
        guesses=[
            [Guess(text=guess.text, probability=round(guess.probability, 4)) for guess in guesses]
            for guesses in map(found.alternatives, range(len(found)))
        ],
        layers=activations.shape[0],
        units=activations.shape[2],
        activations=np.rint(activations * 127).astype(np.int8).tobytes(),
        unknown=found.unknown_places(),
        trackers=unit_trackers(activations, shown, found.offsets),
    )


def held_out_text(corpus: Corpus, offset: int) -> str:
    """Return a piece of validation text, from a token on; from the first one if it is beyond.

    Where nothing is held out, it is a piece of the training text.
    """
    ids = corpus.looked_at
    start = offset if 0 <= offset < len(ids) else 0
    return corpus.vocabulary.indices_to_text(ids[start : start + MOST_TOKENS].tolist())


@torch.inference_mode()
def layer_states(model: LanguageModel, indices: Tensor) -> Tensor:
    """Return the hidden state of every layer after each token of one text, from a zero state.

    Args:
        model: In evaluation mode.
        indices: int64, (T,).

    Returns:
        Hidden states, (L, T, H).
    """
    stack = model.recurrence
    if not len(indices):
        return torch.empty(stack.num_layers, 0, stack.hidden_size)
    x = model.embedding(indices[None])  # (1, T, E)
    layers = []
    for weights in stack.all_weights:
        layer = _layer_of(stack, model.cell, x.shape[2], weights)
        x, _ = layer(x)  # (1, T, H)
        layers.append(x[0])
    return torch.stack(layers)


def _layer_of(
    stack: nn.RNNBase, cell: str, input_size: int, weights: list[nn.Parameter]
) -> nn.RNNBase:
    """Make a stack of a single layer, with the weights of one of a higher stack."""
    layer = make_recurrence(cell, input_size, stack.hidden_size, 1)  # type: ignore[arg-type]
    layer = layer.to(device=weights[0].device, dtype=weights[0].dtype)
    for mine, given in zip(layer.all_weights[0], weights, strict=True):
        mine.data.copy_(given.data)
    return layer


def _beginning(vocabulary: Vocabulary, text: str) -> str:
    """Return the text up to the last token that is looked at."""
    # Words are shorter than this on average, and of longer ones fewer are looked at.
    head = text[: 32 * MOST_TOKENS]
    ends = token_offsets(vocabulary, head)
    return head[: int(ends[min(MOST_TOKENS, len(ends) - 1)])]
