"""Where a command works: the workspace that the user named, and what their config file says."""

import argparse
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import Config, make_config
from core.errors import SettingsError
from core.home import expanded
from core.language import tr
from core.settings import Value
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


def check_data(*paths: str, encoding: str, folders: bool) -> None:
    """Refuse files that cannot be read, before seconds go by until torch is there to read them.

    Args:
        paths: Of texts or labelled texts; an empty one names none.
        encoding: Theirs, unless a byte-order mark says otherwise.
        folders: Whether a folder will do.

    Raises:
        DataError: One is missing, no regular file, may not be read, is empty or no text.
    """
    for path in paths:
        if path and not (folders and _is_folder(path)):
            # Imported here, since help needs no reading.
            from core.text.text_file import check_text

            check_text(path, encoding)


def _is_folder(path: str) -> bool:
    with suppress(OSError, ValueError, RuntimeError):  # No name of a file, or of a user.
        return expanded(path).is_dir()
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

    Of much data only a part is looked at, since all of it is read when it is trained on.

    Raises:
        DataError: A file is missing, not readable as text, too short, or not fit for the task.
        InputError: No corpus of the task has this name, or it was not fetched yet.
    """
    if not config.data_file:
        # Imported here, since it takes a while too.
        from workspace.corpora import require_corpus

        require_corpus(workspace, config)
    folders = config.task == "classify"
    check_data(config.data_file, config.val_file, encoding=config.encoding, folders=folders)
    from workspace.readable import is_quickly_read, require_readable

    if is_quickly_read(config):
        require_readable(workspace, [config])


def check_run_data(workspace: "Workspace", target: str | None, given: Mapping[str, Value]) -> None:
    """Refuse a run whose data is not there, or cannot be read, before torch is loaded.

    Args:
        workspace: Where the runs are.
        target: A run's number or name; None for the newest run. Of a checkpoint's path nothing is
            looked at.
        given: Settings that the user gave, by name, such as where the data is now.

    Raises:
        RunNotFoundError: There is no such run.
        DataError: A file is missing or not readable as text.
    """
    from workspace.checkpoints import as_path
    from workspace.readable import refuse_missing
    from workspace.runs import RunStore

    if as_path(target) is not None:
        return
    with closing(RunStore(workspace)) as store:
        run = store.find(target)
    try:
        config = make_config({**run.config, **given})
    except SettingsError:
        return  # of another version, or wrongly given: refused where the run is opened
    refuse_missing(config, run.name)
    folders = config.task == "classify"
    check_data(config.data_file, config.val_file, encoding=config.encoding, folders=folders)


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
