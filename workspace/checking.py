"""A look at a whole workspace: what is wrong with it, and what would mend it."""

import hashlib
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from core.errors import DamagedStoreError, InputError, WorkspaceError
from core.language import tr
from core.text.token_file import TokenFileError, read_token_file, tokens_are_whole
from workspace.checking_experiments import experiment_faults
from workspace.checking_runs import RunCheck
from workspace.connection import Database
from workspace.database import MIGRATIONS, open_for_reading
from workspace.faults import Checked, Fault
from workspace.folders import run_folders
from workspace.paths import Workspace
from workspace.preferences import load_preferences
from workspace.token_cache import TokenCache
from workspace.web_corpora import WEB_CORPORA, fetched_path

SQLITE_MAGIC = b"SQLite format 3\0"
"""How every database of SQLite begins."""


def check(workspace: Workspace, held: Collection[Path] = ()) -> Checked:
    """Look at everything in a workspace; nothing is changed.

    What a living process holds is passed over, with a note.

    Args:
        workspace: The folder.
        held: Folders of runs and experiments whose locks the caller has.

    Raises:
        WorkspaceError: It cannot be read, is of a newer format, or is another program's.
    """
    files = [
        *_left_over(workspace),
        *_corpora(workspace),
        *_tokens(workspace),
        *_preferences(workspace),
    ]
    with closing(Database(workspace.database_path)) as database:
        if fault := _database(workspace, database):
            return Checked(faults=[fault, *files], notes=[], runs=0, checkpoints=0)
        runs = RunCheck(workspace, database, held)
        try:
            runs.look()
            experiments, more = experiment_faults(workspace, database, held)
            notes = [*_format_note(database), *runs.notes, *more]
        except DamagedStoreError as error:
            # What could not even be read as rows.
            fault = _damaged(str(error))
            return Checked(faults=[fault, *files], notes=[], runs=0, checkpoints=0)
    return Checked(
        faults=[*runs.faults, *experiments, *files],
        notes=notes,
        runs=runs.runs,
        checkpoints=runs.checkpoints,
    )


def _database(workspace: Workspace, database: Database) -> Fault | None:
    """Return what is wrong with the file as a whole.

    Raises:
        WorkspaceError: It is not for us to judge.
    """
    path, has_runs = workspace.database_path, bool(run_folders(workspace))
    try:
        connection = open_for_reading(path)
        if connection is None:
            return _missing(path) if has_runs else None
        connection.close()
        found = [row[0] for row in database.select("PRAGMA integrity_check(3)")]
    except DamagedStoreError as error:
        return _damaged(str(error))
    except WorkspaceError:
        if has_runs and path.is_file() and not _is_sqlite(path):
            return _damaged(tr("{path} is not a database any more", path=path))
        raise
    if found != ["ok"]:
        problems = "; ".join(str(problem) for problem in found)
        return _damaged(tr("{path} is damaged: {problems}", path=path, problems=problems))
    return None


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


def _missing(path: Path) -> Fault:
    return Fault(
        code="database_missing",
        message=tr("there is no database at {path}, but there are runs", path=path),
        remedy=tr("it is made anew from the checkpoints"),
        rebuilds=True,
    )


def _damaged(message: str) -> Fault:
    return Fault(
        code="database_damaged",
        message=message,
        remedy=tr("it is made anew from what can be read of it and from the checkpoints"),
        rebuilds=True,
    )


def _format_note(database: Database) -> list[str]:
    rows = database.select("PRAGMA user_version")
    if not rows or rows[0][0] == len(MIGRATIONS):
        return []
    note = tr(
        "the database has format {version} of {known}; it is copied and brought up to date when "
        "something is written to it",
        version=rows[0][0],
        known=len(MIGRATIONS),
    )
    return [note]


def _left_over(workspace: Workspace) -> list[Fault]:
    """Return what a killed process began to write: beside the database, or a text's tokens."""
    return [
        Fault(
            code="file_left_over",
            message=tr("{path} was never finished", path=path),
            remedy=tr("it is set aside"),
            moves=(path,),
        )
        for path in sorted(
            [*workspace.root.glob(".*.partial"), *TokenCache(workspace.tokens_dir).abandoned()]
        )
    ]


def _corpora(workspace: Workspace) -> list[Fault]:
    """Return the fetched texts that are not what they should be."""
    faults = []
    for name, corpus in WEB_CORPORA.items():
        path = fetched_path(workspace, corpus)
        if path.is_file():
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == corpus.sha256:
                    continue
        elif not path.exists() and not path.is_symlink():
            continue
        faults.append(
            Fault(
                code="corpus_damaged",
                message=tr("{path} is not the text {name}", path=path, name=name),
                remedy=tr(
                    "it is set aside; `rnnstudio corpora fetch {name}` gets the text again",
                    name=name,
                ),
                moves=(path,),
            )
        )
    return faults


def _tokens(workspace: Workspace) -> list[Fault]:
    """Return the kept tokens of large texts that are not whole."""
    return [
        Fault(
            code="tokens_damaged",
            message=tr("{path} holds no whole tokens of a text", path=path),
            remedy=tr("it is set aside; the text is read again when it is trained on"),
            moves=(path,),
        )
        for path in sorted(workspace.tokens_dir.glob("*.tokens"))
        if not _are_whole(path)
    ]


def _are_whole(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        text, _ = read_token_file(path, None)
        return tokens_are_whole(path, text, lambda: False) is True
    except (TokenFileError, OSError):
        return False


def _preferences(workspace: Workspace) -> list[Fault]:
    try:
        load_preferences(workspace.config_path)
    except InputError as error:
        return [Fault(code="preferences_wrong", message=str(error))]
    return []
