"""Where a command works: the workspace that the user named, and what their config file says."""

import argparse
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import Config
from core.home import expanded
from core.language import tr
from tui.cli.parser import UsageError

if TYPE_CHECKING:
    from workspace.paths import Workspace
    from workspace.preferences import Preferences


def opened_workspace(args: argparse.Namespace) -> "Workspace":
    """Return the workspace of `--workspace`, of the environment or of the user.

    Raises:
        UsageError: The folder's name is empty.
        WorkspaceError: It cannot be used.
    """
    named: str | None = getattr(args, "workspace", None)
    if named == "":
        raise UsageError(tr("--workspace must name a folder, got ''"))
    # Imported here, since help needs no workspace.
    from workspace.paths import Workspace

    return Workspace.open(Path(named) if named is not None else None)


def preferences_of(workspace: "Workspace") -> "Preferences":
    """Return what the user's config file says.

    Raises:
        InputError: It says something unknown.
    """
    from workspace.preferences import load_preferences

    return load_preferences(workspace.config_path)


def check_data(*paths: str, folders: bool) -> None:
    """Refuse files that cannot be read, before seconds go by until torch is there to read them.

    Args:
        paths: Of texts or labelled texts; an empty one names none.
        folders: Whether a folder will do.

    Raises:
        DataError: One is missing, no regular file, or may not be read.
    """
    for path in paths:
        if path and not _is_there(path, folders=folders):
            # Imported here, since it takes a while too, and most files are there.
            from core.text.reading import open_regular

            open_regular(path).close()


def _is_there(path: str, *, folders: bool) -> bool:
    """Tell whether a path names a regular file, or a folder where that will do."""
    with suppress(OSError, ValueError, RuntimeError):  # No name of a file, or of a user.
        place = expanded(path)
        return place.is_file() or (folders and place.is_dir())
    return False


def model_target(args: argparse.Namespace, workspace: "Workspace") -> str | None:
    """Return the run or file that the user named; None means the newest run.

    A name such as `notes.txt` is taken for a file if there is one, so that it is refused as what
    it is and not as a run that does not exist.

    Raises:
        RunNotFoundError: There is no such run.
        CheckpointError: There is no such file.
    """
    target: str | None = getattr(args, "target", None)
    if target is not None and _is_file(target):
        target = str(Path(target).absolute())
    check_model(workspace, target)
    return target


def check_model(workspace: "Workspace", target: str | None) -> None:
    """Refuse a run or file that is not there, before seconds go by until torch can open it.

    Args:
        workspace: Where the runs are.
        target: A run's number or name, or a checkpoint's path; None for the newest run.

    Raises:
        RunNotFoundError: There is no such run.
        CheckpointError: There is no such file.
    """
    from workspace.checkpoints import as_path

    if as_path(target) is None:
        check_run(workspace, target)


def check_run(workspace: "Workspace", target: str | None) -> None:
    """Refuse a run that is not there, before seconds go by until torch can go on with it.

    Raises:
        RunNotFoundError: There is no such run.
    """
    from workspace.runs import RunStore

    with closing(RunStore(workspace)) as store:
        store.find(target)


def check_corpus(workspace: "Workspace", config: Config) -> None:
    """Refuse a corpus or files that cannot be trained on, before torch is loaded.

    Raises:
        DataError: A file is missing, no regular file, or may not be read.
        InputError: No corpus of the task has this name, or it was not fetched yet.
    """
    if not config.data_file:
        # Imported here, since it takes a while too.
        from workspace.corpora import require_corpus

        require_corpus(workspace, config)
    check_data(config.data_file, config.val_file, folders=config.task == "classify")


def names_model(workspace: "Workspace", word: str) -> bool:
    """Tell whether a word that may be a text names a run or a checkpoint.

    A number does, even where there is no such run, and so does what ends like a model's file:
    neither is taken for a text, to be classified by another model than the one that was meant.

    Raises:
        UsageError: It is a file of something else.
    """
    from workspace.naming import MODEL_SUFFIXES
    from workspace.runs import RunStore

    if word.removeprefix("#").isdecimal() or Path(word).suffix in MODEL_SUFFIXES:
        return True
    if _is_file(word):
        raise UsageError(
            tr(
                "{word} is a file and no checkpoint; to classify its lines, write < before its "
                "name, or --data_file if it is a table",
                word=word,
            )
        )
    with closing(RunStore(workspace)) as store:
        return any(run.name == word for run in store.list_runs())


def _is_file(word: str) -> bool:
    """Tell whether a word with an ending, such as `notes.txt`, is a file's name."""
    with suppress(OSError, ValueError):  # Too long, or with a null character: no file.
        return bool(Path(word).suffix) and Path(word).is_file()
    return False
