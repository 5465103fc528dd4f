"""A run's best model as the two files that a script of one's own loads."""

import io
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from core.durable import make_folder, write_durably
from core.errors import CheckpointError, DataError, SaveError
from core.language import tr
from core.text.vocabulary import vocabulary_from_dict
from core.training.checkpoint import Checkpoint, config_of, read_checkpoint
from workspace.checkpoints import newest_intact
from workspace.export_files import model_path_for, vocabulary_path_for, vocabulary_sha256
from workspace.export_owner import ExportGuard, ExportOwner, owner_of
from workspace.paths import Workspace
from workspace.runs import RunStore


def export_run(
    workspace: Workspace, run: str | int | None, folder: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write a run's best model and its vocabulary into a folder.

    Args:
        workspace: Where the run is.
        run: Its number or name; None for the newest.
        folder: Where to write; made if it is not there.
        overwrite: Whether what another run wrote there may be replaced.

    Returns:
        The files written: `best_<model>_<vocab>.pt` and `<vocab>_vocabulary.json`, or
        `best_<model>_<vocab>_classifier.pt` and `<vocab>_classifier_vocabulary.json`.

    Raises:
        RunNotFoundError: There is no such run.
        CheckpointError: It has no intact checkpoint.
        InputError: What another run wrote would be replaced.
        SaveError: The folder cannot be written.
    """
    store = RunStore(workspace)
    try:
        found = store.find(run)
        saved, _ = newest_intact(store, found.run, best=True)
    finally:
        store.close()
    checkpoint = read_checkpoint(saved.path, saved.sha256)
    return export_checkpoint(checkpoint, folder, owner_of(workspace, found), overwrite=overwrite)


def export_checkpoint(
    checkpoint: Checkpoint, folder: Path, owner: ExportOwner, *, overwrite: bool = False
) -> list[Path]:
    """Write a checkpoint's model and vocabulary into a folder, each whole or not at all.

    The model names its run and the hash of its vocabulary, so that neither is taken for another's.

    Args:
        checkpoint: What to write.
        folder: Where to.
        owner: The run that it is of.
        overwrite: Whether what another run wrote there may be replaced.

    Raises:
        InputError: What another run wrote would be replaced.
        SaveError: The folder cannot be written.
    """
    config = config_of(checkpoint.header)
    try:
        vocabulary = vocabulary_from_dict(checkpoint.header.vocabulary)
    except DataError as error:
        raise CheckpointError(
            tr("the checkpoint's vocabulary is not valid: {error}", error=error)
        ) from error
    model_path = model_path_for(folder, config)
    vocabulary_path = vocabulary_path_for(folder, config)
    content: dict[str, object] = {
        "model_state_dict": _state_dict(checkpoint.tensors),
        "config": dict(checkpoint.header.config),
        "step": checkpoint.header.progress.step,
        "val_loss": checkpoint.header.val_loss,
        "run": msgspec.to_builtins(owner),
        "vocabulary_sha256": vocabulary_sha256(vocabulary),
    }
    if checkpoint.header.labels:
        content["labels"] = list(checkpoint.header.labels)
    ExportGuard(owner, overwrite=overwrite).check(folder, config, vocabulary)
    data = io.BytesIO()
    torch.save(content, data)
    try:
        # The vocabulary first: a model whose vocabulary is missing is of no use.
        make_folder(folder)
        vocabulary.save(vocabulary_path)
        write_durably(model_path, data.getvalue())
    except OSError as error:
        raise SaveError(
            tr(
                "cannot write {model_path}: {why}; name another folder",
                model_path=model_path,
                why=error.strerror or error,
            )
        ) from error
    return [model_path, vocabulary_path]


def _state_dict(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Name the weights as the model does; a tied weight, stored once, stands under both names."""
    weights = {
        name.removeprefix("model/"): tensor
        for name, tensor in tensors.items()
        if name.startswith("model/")
    }
    weights.setdefault("output.weight", weights["embedding.weight"])
    return weights
