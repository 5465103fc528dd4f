"""Between the tensors of a checkpoint and a model: both kinds of model, built and checked."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from core.errors import CheckpointError, DataError
from core.language import tr
from core.models import (
    LanguageModel,
    RecurrentModel,
    TextClassifier,
    build_classifier,
    build_model,
)
from core.text.vocabulary import Vocabulary, vocabulary_from_dict
from core.training.checkpoint import Checkpoint, CheckpointHeader, config_of

Model = TypeVar("Model", bound=RecurrentModel)


def language_model_of(checkpoint: Checkpoint) -> tuple[LanguageModel, Vocabulary]:
    """Build the language model and vocabulary of a checkpoint, evaluating, on the CPU.

    Raises:
        CheckpointError: Settings, vocabulary and weights do not belong together.
    """
    config, vocabulary = config_of(checkpoint.header), _vocabulary_of(checkpoint.header)
    return _filled(lambda: build_model(config, len(vocabulary)), checkpoint), vocabulary


def classifier_of(checkpoint: Checkpoint) -> tuple[TextClassifier, Vocabulary]:
    """Build the classifier and vocabulary of a checkpoint, evaluating, on the CPU.

    Raises:
        CheckpointError: Settings, vocabulary, classes and weights do not belong together.
    """
    config, vocabulary = config_of(checkpoint.header), _vocabulary_of(checkpoint.header)
    labels = checkpoint.header.labels
    if len(labels) < 2 or len(set(labels)) != len(labels):
        raise CheckpointError(
            tr("the checkpoint names {count} classes, or one of them twice", count=len(labels))
        )
    model = _filled(lambda: build_classifier(config, len(vocabulary), len(labels)), checkpoint)
    return model, vocabulary


def weights_of(model: RecurrentModel) -> dict[str, Tensor]:
    """Return a model's parameters as a checkpoint names them; tied ones stand once."""
    return {f"model/{name}": weight.detach() for name, weight in model.named_parameters()}


def check_weights(model: RecurrentModel, tensors: dict[str, Tensor]) -> None:
    """Check that a checkpoint has just the weights that a model needs.

    Raises:
        CheckpointError: A weight is missing, of another shape, or not finite.
    """
    for name, weight in model.named_parameters():
        found = tensors.get(f"model/{name}")
        if found is None:
            raise CheckpointError(tr("the checkpoint has no weights {name!r}", name=name))
        if found.shape != weight.shape or found.dtype != torch.float32:
            raise CheckpointError(
                tr(
                    "the checkpoint's {name} is {found}, but its settings need {needed}",
                    name=name,
                    found=_kind(found),
                    needed=_kind(weight),
                )
            )
        if not bool(torch.isfinite(found).all()):
            raise CheckpointError(
                tr("the checkpoint's {name} holds values that are not finite", name=name)
            )


def load_weights(model: RecurrentModel, tensors: dict[str, Tensor]) -> None:
    """Copy a checkpoint's weights, checked before, into a model."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(tensors[f"model/{name}"])


def _kind(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _vocabulary_of(header: CheckpointHeader) -> Vocabulary:
    try:
        return vocabulary_from_dict(header.vocabulary)
    except DataError as error:
        raise CheckpointError(
            tr("the checkpoint's vocabulary is not valid: {error}", error=error)
        ) from error


class _Undrawn(TorchFunctionMode):
    """Leave out the draws of fresh weights; on the meta device each would load torch's compiler."""

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        values = kwargs or {}
        if func.__name__ in ("normal_", "uniform_"):
            return args[0] if args else values["tensor"]
        return func(*args, **values)


def _filled(build: Callable[[], Model], checkpoint: Checkpoint) -> Model:
    # Shapes are compared on the meta device, so that sizes a file merely claims allocate nothing.
    with torch.device("meta"), _Undrawn():
        check_weights(build(), checkpoint.tensors)
    with torch.random.fork_rng(devices=[]):
        model = build()
    load_weights(model, checkpoint.tensors)
    model.eval()
    return model
