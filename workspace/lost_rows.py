"""Rows that are lost or damaged, made anew from a run's events and from its checkpoints."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from core.errors import CheckpointError, InputError
from core.events import Event, RunStarted
from core.settings import Value
from core.training.checkpoint import CheckpointHeader, config_of, read_checkpoint
from workspace.checkpoints import OURS
from workspace.faults import Change
from workspace.naming import checked_name, free_name
from workspace.recording import RunRow

Columns = dict[str, Value | None]


class FoundCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a checkpoint by its file alone."""

    path: Path
    header: CheckpointHeader
    sha256: str
    size: int
    """Bytes."""

    @property
    def step(self) -> int:
        """Steps done."""
        return self.header.progress.step

    def entered(self, run: int) -> Change:
        """Return what makes it a checkpoint of a run."""
        return Change(
            "INSERT INTO checkpoints (run, step, file, sha256, size, is_best)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                run,
                self.step,
                self.path.name,
                self.sha256,
                self.size,
                self.header.progress.best_step == self.step,
            ),
        )


def found_checkpoints(folder: Path, known: Collection[Path] = ()) -> list[FoundCheckpoint]:
    """Return the whole checkpoints in a run's folder by their steps, but for those known."""
    paths = [path for path in folder.glob(OURS) if path not in known and path.is_file()]
    found = [checkpoint for path in paths if (checkpoint := _read(path)) is not None]
    return sorted(found, key=lambda checkpoint: (checkpoint.step, checkpoint.path.name))


def _read(path: Path) -> FoundCheckpoint | None:
    """Read a checkpoint; None where it is none, or not whole."""
    try:
        header = read_checkpoint(path).header
        config_of(header)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return FoundCheckpoint(path=path, header=header, sha256=sha256, size=path.stat().st_size)
    except (CheckpointError, OSError):
        return None


def run_columns(
    run: int,
    events: Iterable[Event],
    newest: CheckpointHeader | None,
    *,
    folder: Path,
    taken: Collection[str],
) -> Columns | None:
    """Return what the row of a run says; None where nothing is left that tells it.

    Args:
        run: Its number.
        events: Its events that are left.
        newest: The header of its newest whole checkpoint.
        folder: Its folder, whose files tell when it was created.
        taken: Names of the other runs.
    """
    row, told, columns = RunRow({}), "", Columns()
    for event in events:
        columns |= row.columns(event)
        if isinstance(event, RunStarted):
            told = event.name
    if newest is not None:
        progress = newest.progress
        told_by_file: Columns = {
            "config": msgspec.json.encode(newest.config).decode(),
            "corpus_name": newest.corpus_name,
            "step": progress.step,
            "best_val_loss": progress.best_val_loss,
            "best_accuracy": progress.best_accuracy,
            "elapsed_s": progress.elapsed_s,
        }
        columns = told_by_file | columns
    elif "config" not in columns:
        return None
    name = told or (newest.name if newest is not None else "")
    return {
        "name": _allowed_name(name, run, taken),
        "status": "interrupted",
        "created": _created(folder),
    } | columns


def inserted_run(run: int, columns: Columns) -> Change:
    """Return what makes a run's row."""
    names = ", ".join(["run", *columns])
    marks = ", ".join("?" * (1 + len(columns)))
    return Change(f"INSERT INTO runs ({names}) VALUES ({marks})", (run, *columns.values()))


def replaced_run(run: int, columns: Columns) -> Change:
    """Return what puts right each column of a run's row; what is not known becomes empty."""
    empty: Columns = {
        "parameters": None, "step": 0, "last_loss": None, "best_val_loss": None,
        "best_accuracy": None, "elapsed_s": 0.0, "pinned": 0, "pid": None, "host": None,
        "notes": "", "tags": "",
    }  # fmt: skip
    values = empty | columns
    assignments = ", ".join(f"{column} = ?" for column in values)
    return Change(f"UPDATE runs SET {assignments} WHERE run = ?", (*values.values(), run))


def _allowed_name(name: str, run: int, taken: Collection[str]) -> str:
    try:
        return free_name(checked_name(name, ()), taken)
    except InputError:
        return free_name(f"run-{run}", taken)


def _created(folder: Path) -> str:
    """Return when a folder's oldest file was written, ISO 8601, UTC; empty where there is none."""
    times = [path.lstat().st_mtime for path in folder.glob("*")]
    if not times:
        return ""
    return datetime.fromtimestamp(min(times), UTC).isoformat(timespec="seconds")
