"""A trained model out of a run or a file, ready to write text or to measure it."""

import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from core.config import make_config
from core.errors import CheckpointError, DataError, SettingsError
from core.events import finite
from core.models import LanguageModel
from core.text.vocabulary import CharacterVocabulary, Vocabulary, WordVocabulary
from core.text.words import count_words
from core.training.checkpoint import (
    FORMAT_VERSION,
    Checkpoint,
    CheckpointHeader,
    model_of,
    read_checkpoint,
)
from core.training.evaluation import Evaluation, evaluate
from core.training.progress import Progress
from workspace.checkpoints import as_path, newest_intact
from workspace.export import vocabulary_path_for
from workspace.paths import Workspace
from workspace.runs import RunStore


@dataclass(frozen=True)
class OpenedModel:
    """Hold a model in evaluation mode on the CPU, with what belongs to it."""

    model: LanguageModel
    vocabulary: Vocabulary
    header: CheckpointHeader
    """What its checkpoint says of itself."""
    notices: list[str]
    """What the user should know, a sentence each."""


def open_model(workspace: Workspace, target: str | None) -> OpenedModel:
    """Open the best model of a run, or the model in a file.

    Args:
        workspace: Where the runs are.
        target: A run's number or name, or the path of a checkpoint or of an exported model
            whose vocabulary lies beside it; None for the newest run.

    Raises:
        RunNotFoundError: There is no such run.
        CheckpointError: The file is no model of ours, or is damaged.
    """
    path = as_path(target)
    notices: list[str] = []
    if path is None:
        store = RunStore(workspace)
        try:
            saved, notices = newest_intact(store, store.find(target).run, best=True)
        finally:
            store.close()
        checkpoint = read_checkpoint(saved.path, saved.sha256)
    elif path.suffix == ".pt":
        checkpoint = read_exported(path)
    else:
        checkpoint = read_checkpoint(path)
    model, vocabulary = model_of(checkpoint)
    return OpenedModel(model, vocabulary, checkpoint.header, notices)


def evaluate_text(opened: OpenedModel, text: str) -> Evaluation:
    """Measure a model on a text, all of it, with the state carried through.

    Raises:
        DataError: The text has fewer than two tokens.
    """
    return evaluate(
        opened.model,
        opened.vocabulary.text_to_indices(text),
        chars=len(text),
        words=count_words(text),
        device=torch.device("cpu"),
    )


def read_exported(path: Path) -> Checkpoint:
    """Read what `export_checkpoint` wrote; nothing in the file is executed.

    Raises:
        CheckpointError: It is no such file, or its vocabulary does not lie beside it.
    """
    try:
        with warnings.catch_warnings():
            # What torch thinks of a stranger's file is no line for the user's terminal.
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror or error}") from None
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, LookupError, TypeError):
        raise _not_ours(path, "it does not load as weights only") from None
    content = content if isinstance(content, dict) else {}
    weights = content.get("model_state_dict")
    if not isinstance(weights, dict) or not isinstance(content.get("config"), dict):
        raise _not_ours(path, "it has no model_state_dict or no config")
    try:
        config = make_config(content["config"])
    except (SettingsError, TypeError) as error:
        raise _not_ours(path, f"its settings are not valid: {error}") from None
    vocabulary = CharacterVocabulary() if config.vocab_type == "char" else WordVocabulary()
    try:
        vocabulary.load(vocabulary_path_for(path.parent, config.vocab_type))
    except DataError as error:
        raise CheckpointError(f"{path} needs its vocabulary beside it: {error}") from None
    step, val_loss = content.get("step"), content.get("val_loss")
    header = CheckpointHeader(
        format_version=FORMAT_VERSION,
        name=path.stem,
        config=content["config"],
        vocabulary=vocabulary.to_dict(),
        progress=Progress(step=step if isinstance(step, int) else 0),
        corpus_name="",
        corpus_digest="",
        val_loss=finite(val_loss) if isinstance(val_loss, float) else None,
    )
    return Checkpoint(header, _tensors(weights))


def _tensors(weights: dict[object, object]) -> dict[str, Tensor]:
    """Return the weights as a checkpoint names them; anything else is left out, and so missed."""
    return {f"model/{name}": w for name, w in weights.items() if isinstance(w, Tensor)}


def _not_ours(path: Path, why: str) -> CheckpointError:
    return CheckpointError(f"{path} is not a model that rnnstudio exported: {why}")
