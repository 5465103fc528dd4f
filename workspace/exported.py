"""A model that `export` wrote, read back as a checkpoint; nothing in the file is executed."""

from pathlib import Path
from typing import TypeGuard

import torch
from torch import Tensor

from core.config import make_config, stored_values
from core.errors import CheckpointError, DataError, SettingsError
from core.events import finite
from core.language import tr
from core.text.base import is_text
from core.text.vocabulary import CharacterVocabulary, WordVocabulary
from core.training.checkpoint import FORMAT_VERSION, Checkpoint, CheckpointHeader
from core.training.progress import Progress
from workspace.export_files import (
    model_content,
    not_ours,
    vocabulary_path_for,
    vocabulary_sha256,
)


def read_exported(path: Path) -> Checkpoint:
    """Read what `export_checkpoint` wrote; nothing in the file is executed.

    Raises:
        CheckpointError: It is no such file, or its vocabulary does not lie beside it.
    """
    content = model_content(path)
    weights = content.get("model_state_dict")
    if not isinstance(weights, dict) or not isinstance(content.get("config"), dict):
        raise not_ours(path, tr("it has no model_state_dict or no config"))
    try:
        config = make_config(stored_values(content["config"]))
    except (SettingsError, TypeError) as error:
        raise not_ours(path, tr("its settings are not valid: {error}", error=error)) from None
    labels = content.get("labels", [])
    if not isinstance(labels, list) or not all(map(_is_label, labels)):
        raise not_ours(path, tr("its classes are not a list of names"))
    vocabulary = CharacterVocabulary() if config.vocab_type == "char" else WordVocabulary()
    try:
        vocabulary.load(vocabulary_path_for(path.parent, config))
    except DataError as error:
        raise CheckpointError(
            tr("{path} needs its vocabulary beside it: {error}", path=path, error=error)
        ) from None
    tied = content.get("vocabulary_sha256")
    if tied is not None and tied != vocabulary_sha256(vocabulary):
        raise CheckpointError(
            tr(
                "{path} was exported with another vocabulary than the one that lies beside it; "
                "export the run again with `rnnstudio runs export`, into a folder of its own",
                path=path,
            )
        )
    step, val_loss = content.get("step"), content.get("val_loss")
    header = CheckpointHeader(
        format_version=FORMAT_VERSION,
        name=path.stem,
        config=content["config"],
        vocabulary=vocabulary.to_dict(),
        labels=labels,
        progress=Progress(step=step if isinstance(step, int) else 0),
        corpus_name="",
        corpus_digest="",
        val_loss=finite(val_loss) if isinstance(val_loss, float) else None,
    )
    return Checkpoint(header, _tensors(weights, path))


def _tensors(weights: dict[object, object], path: Path) -> dict[str, Tensor]:
    """Return the weights as a checkpoint names them; anything else is left out, and so missed.

    A tensor may name the same place of the file again and again, and so claim any size.
    """
    tensors = {f"model/{name}": weight for name, weight in weights.items() if _is_plain(weight)}
    # Tied weights stand there twice.
    if sum(weight.nbytes for weight in tensors.values()) > 2 * path.stat().st_size:
        raise not_ours(path, tr("its weights are larger than the file"))
    return tensors


def _is_plain(weight: object) -> TypeGuard[Tensor]:
    """Tell whether something is a tensor of numbers in memory."""
    return (
        isinstance(weight, Tensor)
        and weight.layout == torch.strided
        and weight.device.type == "cpu"
        and not weight.is_nested
    )


def _is_label(label: object) -> bool:
    return isinstance(label, str) and bool(label.strip()) and is_text(label)
