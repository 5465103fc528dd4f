"""The two files of an exported model: what they are called, and what the model's one holds."""

import hashlib
import warnings
from pathlib import Path
from typing import Any

import msgspec
import torch

from core.config import Config, cell_name, config_values
from core.errors import CheckpointError
from core.language import tr
from core.text.vocabulary import Vocabulary
from workspace.packed import packed_wrongly


def model_path_for(folder: Path, config: Config) -> Path:
    """Return where an exported model lies; its name says its cell, its tokens and its task."""
    words = f"{cell_name(config_values(config))}_{config.vocab_type}"
    return folder / f"best_{words}{'_classifier' if config.task == 'classify' else ''}.pt"


def vocabulary_path_for(folder: Path, config: Config) -> Path:
    """Return where the vocabulary of an exported model lies; each task has its own."""
    whose = "classifier_" if config.task == "classify" else ""
    return folder / f"{config.vocab_type}_{whose}vocabulary.json"


def vocabulary_sha256(vocabulary: Vocabulary) -> str:
    """Return the SHA-256 of what a vocabulary holds, however its file is laid out."""
    return hashlib.sha256(msgspec.json.encode(vocabulary.to_dict())).hexdigest()


def model_content(path: Path) -> dict[str, Any]:
    """Return what an exported model's file holds; nothing in it is executed.

    Raises:
        CheckpointError: It cannot be read, or holds something else than weights and values.
    """
    try:
        if packed_wrongly(path):
            raise not_ours(path, tr("it is not packed as torch.save packs"))
        with warnings.catch_warnings():
            # What torch thinks of a stranger's file is no line for the user's terminal.
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(
            tr("cannot read {path}: {why}", path=path, why=error.strerror or error)
        ) from None
    except CheckpointError:
        raise
    except Exception:
        # Whatever a stranger's file makes of torch's reader is the file's fault.
        raise not_ours(path, tr("it does not load as weights only")) from None
    return content if isinstance(content, dict) else {}


def not_ours(path: Path, why: str) -> CheckpointError:
    """Return what refuses a file that `export` did not write."""
    return CheckpointError(
        tr("{path} is not a model that rnnstudio exported: {why}", path=path, why=why)
    )
