"""The class of a text, and how much each of its tokens moved the answer."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from core.errors import InputError
from core.language import tr
from core.models import TextClassifier
from core.models.recurrent_model import evaluating
from core.text.vocabulary import Vocabulary

Method = Literal["gradient × input", "attention"]
"""How the tokens were weighed."""


class Prediction(NamedTuple):
    """Say what a model makes of a text."""

    probabilities: list[float]
    """Of each class, in their order, 0 to 1."""
    tokens: list[str]
    """The text as the model reads it, token by token."""
    weights: list[float]
    """How much each token moved the answer; the largest is 1 or -1, below 0 against it."""
    method: Method


def predict_probabilities(model: TextClassifier, x: Tensor, lengths: Tensor) -> Tensor:
    """Return what a model gives each class, without dropout; its mode stays what it was.

    Args:
        model: On any device, in any mode.
        x: Token indices, padded at the end, int64 (B, T), on any device.
        lengths: Tokens of each text, at least 1, int64 (B,), on any device.

    Returns:
        Probabilities on the model's device, float64 (B, C).
    """
    with evaluating(model), torch.no_grad():
        logits: Tensor = model(x.to(model.embedding.weight.device), lengths)
        return logits.double().softmax(dim=1)


def classify_text(
    model: TextClassifier, vocabulary: Vocabulary, text: str, max_length: int
) -> Prediction:
    """Classify a text, and weigh its tokens by what they did for the class that came out.

    Where the model pools by attention, a token's weight is its share there. Else it is the gradient
    times the input (Denil, Demiraj & de Freitas 2014; Shrikumar et al. 2016, arXiv:1605.01713): the
    gradient of the answer's logit less the mean of the others, taken along the token's embedding.
    To first order that is what the answer would lose without it.

    The model may be in training: its mode, its parameters' gradients and the state of torch's
    random generators are afterwards what they were before.

    Args:
        model: On any device, in any mode.
        vocabulary: The one that the model was trained with.
        text: Any text that is not blank.
        max_length: How many of its tokens are read.

    Raises:
        InputError: The text is blank, the vocabulary does not fit the model, or the model's
            predictions are not finite.
    """
    indices = _read(model, vocabulary, text, max_length)
    device = model.embedding.weight.device
    x = torch.tensor([indices], device=device)  # (1, T)
    lengths = torch.tensor([len(indices)])
    method: Method = "gradient × input" if model.attention is None else "attention"
    with evaluating(model):
        if method == "attention":
            with torch.no_grad():
                logits, weights = model(x, lengths)[0], model.attention_weights(x, lengths)[0]
        else:
            logits, weights = _gradient_times_input(model, x, lengths)
    if not torch.isfinite(logits).all():
        raise InputError(
            tr(
                "the model's predictions are not finite numbers, so no text can be classified; use "
                "an earlier checkpoint"
            )
        )
    return Prediction(
        probabilities=logits.double().softmax(dim=0).tolist(),
        tokens=list(map(vocabulary.piece, [None, *indices], indices)),
        weights=_scaled(weights).tolist(),
        method=method,
    )


def _read(model: TextClassifier, vocabulary: Vocabulary, text: str, max_length: int) -> list[int]:
    """Return the indices of the tokens that the model reads, at least one."""
    if not text.strip():
        raise InputError(tr("the text is empty, so it has no class; give at least one word"))
    vocab_size = model.embedding.num_embeddings
    if len(vocabulary) != vocab_size:
        raise InputError(
            tr(
                "the vocabulary has {count} tokens and the model {vocab_size}; use the vocabulary "
                "that the model was trained with",
                count=len(vocabulary),
                vocab_size=vocab_size,
            )
        )
    indices: list[int] = vocabulary.text_to_indices(text)[:max_length].tolist()
    return indices


def _gradient_times_input(
    model: TextClassifier, x: Tensor, lengths: Tensor
) -> tuple[Tensor, Tensor]:
    """Return a text's logits (C,) and the weight of each token (T,)."""
    # What cuDNN computes in evaluation mode it cannot run backward.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        embedded = model.embedding(x).detach().requires_grad_()  # (1, T, E)
        logits = model.classify_embedded(embedded, lengths)[0]  # (C,)
        answer = logits.argmax()
        others = (logits.sum() - logits[answer]) / (len(logits) - 1)
        (gradient,) = torch.autograd.grad(logits[answer] - others, embedded)  # (1, T, E)
    return logits.detach(), (gradient * embedded.detach()).sum(dim=2)[0]


def _scaled(weights: Tensor) -> Tensor:
    """Return weights whose largest magnitude is 1, float64; zeros stay, and overflows become 0."""
    weights = weights.double().nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    largest = weights.abs().max()
    return weights / largest if largest > 0 else weights
