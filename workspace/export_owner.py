"""The run that exported files belong to: what one run wrote, another one does not replace."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from core.config import Config
from core.errors import CheckpointError, DataError, InputError
from core.language import tr
from core.text.vocabulary import CharacterVocabulary, Vocabulary, WordVocabulary
from workspace.export_files import (
    model_content,
    model_path_for,
    vocabulary_path_for,
    vocabulary_sha256,
)
from workspace.paths import Workspace
from workspace.records import Run


class ExportOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Name the run that an exported model is of; stored with the model."""

    workspace: str
    """The absolute path of the workspace that it is in."""
    run: int
    """Its number there."""
    name: str
    created: str
    """ISO 8601, UTC."""

    def is_same(self, other: "ExportOwner") -> bool:
        """Tell whether both are one run, which may have been renamed, or moved with its workspace.

        A copy of a workspace has a run of the same number too; the original is still there then.
        """
        if (self.run, self.created) != (other.run, other.created):
            return False
        return self.workspace == other.workspace or not Path(self.workspace).exists()

    @property
    def title(self) -> str:
        """Return how a message calls it."""
        return tr(
            "run {run} {name} of {workspace}",
            run=self.run,
            name=self.name,
            workspace=self.workspace,
        )


def owner_of(workspace: Workspace, run: Run) -> ExportOwner:
    """Return what a run leaves in its exported model."""
    root = str(workspace.root.resolve())
    return ExportOwner(workspace=root, run=run.run, name=run.name, created=run.created)


class ExportGuard:
    """Refuse that a run's exported files replace what another run wrote.

    Args:
        owner: The run that exports; None for one that does not exist yet.
        overwrite: Whether they may.
    """

    def __init__(self, owner: ExportOwner | None, *, overwrite: bool = False) -> None:
        self._owner = owner
        self._overwrite = overwrite

    def check(self, folder: Path, config: Config, vocabulary: Vocabulary | None = None) -> None:
        """Look at what is in a folder where a model is to be exported to.

        Args:
            folder: It need not be there.
            config: The model's settings.
            vocabulary: The model's; other models in the folder may share it. None while it is
                not known, and then only the model itself is looked for.

        Raises:
            InputError: A file is there that is not the run's own.
        """
        if self._overwrite:
            return
        model = model_path_for(folder, config)
        if model.exists():
            content = _content(model)
            if not self._is_own(content):
                raise self._refusal(model, content)
        if vocabulary is None:
            return
        path = vocabulary_path_for(folder, config)
        there = _vocabulary_sha256(path, vocabulary)
        if path.exists() and there != vocabulary_sha256(vocabulary):
            contents = map(_content, sorted(folder.glob(f"best_*{model.suffix}")))
            tied = (content for content in contents if content.get("vocabulary_sha256") == there)
            raise self._refusal(path, next(tied, {}))

    def _is_own(self, content: dict[str, Any]) -> bool:
        found = _owner_in(content)
        return self._owner is not None and found is not None and found.is_same(self._owner)

    def _refusal(self, path: Path, content: dict[str, Any]) -> InputError:
        writer = _owner_in(content)
        return InputError(
            tr(
                "{path} was written by {writer}, and {own} would replace it; name another folder "
                "with --save_dir, replace it with --overwrite, or leave --save_dir out, since the "
                "workspace keeps every run anyway",
                path=path,
                writer=tr("a run that it does not name") if writer is None else writer.title,
                own=tr("the new run") if self._owner is None else self._owner.title,
            )
        )


def _owner_in(content: dict[str, Any]) -> ExportOwner | None:
    with suppress(msgspec.ValidationError):
        return msgspec.convert(content.get("run"), ExportOwner)
    return None


def _content(path: Path) -> dict[str, Any]:
    try:
        return model_content(path)
    except CheckpointError:
        return {}


def _vocabulary_sha256(path: Path, like: Vocabulary) -> str | None:
    """Return the hash of the vocabulary in a file; None where it holds no such one."""
    found = CharacterVocabulary() if like.vocab_type == "char" else WordVocabulary()
    try:
        found.load(path)
    except DataError:
        return None
    return vocabulary_sha256(found)
