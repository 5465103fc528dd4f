"""A look at the runs of a workspace: rows, folders, checkpoints and locks, and how they agree."""

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from core.errors import DamagedStoreError
from core.events import Event, decode_event
from core.language import tr, trn
from workspace.checkpoints import OURS, is_intact
from workspace.connection import Database
from workspace.faults import Change, Code, Fault
from workspace.folders import run_folders
from workspace.locks import LOCK_NAME, is_damaged, is_locked
from workspace.lost_rows import (
    Columns,
    FoundCheckpoint,
    found_checkpoints,
    inserted_run,
    replaced_run,
    run_columns,
)
from workspace.paths import Workspace
from workspace.records import LIVE, Run, SavedCheckpoint
from workspace.runs import PAGE

ALONE = "run NOT IN (SELECT run FROM runs)"
"""Of rows whose run has none."""


class RunCheck:
    """Compare what the database says of runs with what is in their folders.

    Args:
        workspace: The folder.
        database: Its database, sound as a file.
        held: Folders whose locks the caller has.
    """

    def __init__(self, workspace: Workspace, database: Database, held: Collection[Path]) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.runs = 0
        self.checkpoints = 0
        self._workspace = workspace
        self._database = database
        self._held = held
        self._interrupted: list[int] = []
        self._names: set[str] = set()
        """Names of runs, those included that a repair will give."""

    def look(self) -> None:
        """Look at all runs.

        Raises:
            DamagedStoreError: A table cannot be read.
        """
        rows = {row["run"]: row for row in self._database.select("SELECT * FROM runs ORDER BY run")}
        self.runs = len(rows)
        self._names = {str(row["name"]) for row in rows.values()}
        folders = run_folders(self._workspace)
        passed_over = {number for number, folder in folders.items() if self._is_held(folder)}
        for number in sorted(passed_over):
            self.notes.append(tr("run {run} is being trained; it is passed over", run=number))
        for number, row in rows.items():
            if number in passed_over:
                continue
            self._look_at_row(number, row)
            if number in folders:
                self._look_at_folder(number, folders[number])
            else:
                self._look_without_folder(number)
        orphans = {row[0] for table in ("events", "checkpoints") for row in self._alone(table)}
        for number in sorted(({*folders} | orphans) - {*rows} - passed_over):
            self._look_without_row(number, folders.get(number))
        if self._interrupted:
            numbers = ", ".join(map(str, self._interrupted))
            note = tr("interrupted; resume with `rnnstudio resume RUN`: {runs}", runs=numbers)
            self.notes.append(note)

    def _is_held(self, folder: Path) -> bool:
        return folder not in self._held and is_locked(folder)

    def _alone(self, table: str) -> list[tuple[int]]:
        rows = self._database.select(f"SELECT DISTINCT run FROM {table} WHERE {ALONE}")
        return [(row[0],) for row in rows]

    def _look_at_row(self, number: int, row: sqlite3.Row) -> None:
        try:
            run = Run.from_row(row, locked=True)
        except DamagedStoreError as error:
            self._names.discard(str(row["name"]))
            self._rebuild_row(number, str(error))
            return
        if run.status in LIVE or run.status == "interrupted":
            self._interrupted.append(number)
        unreadable = sum(event is None for event in self._events(number))
        if unreadable:
            self.notes.append(
                trn(
                    "{n} event of run {run} cannot be read by this version",
                    "{n} events of run {run} cannot be read by this version",
                    unreadable,
                    run=number,
                )
            )

    def _rebuild_row(self, number: int, message: str) -> None:
        folder = self._workspace.run_dir(number)
        columns = self._columns(number, folder, found_checkpoints(folder))
        if columns is None:
            change = Change("DELETE FROM runs WHERE run = ?", (number,))
            self._say("row_damaged", message, tr("it is taken out of the database"), number, change)
            return
        remedy = tr("it is made anew from the run's events and checkpoints")
        self._say("row_damaged", message, remedy, number, replaced_run(number, columns))

    def _columns(self, number: int, folder: Path, found: list[FoundCheckpoint]) -> Columns | None:
        events = (event for event in self._events(number) if event is not None)
        newest = found[-1].header if found else None
        columns = run_columns(number, events, newest, folder=folder, taken=self._names)
        if columns is not None:
            self._names.add(str(columns["name"]))
        return columns

    def _look_at_folder(self, number: int, folder: Path) -> None:
        """Compare the files of a run with its checkpoints' rows."""
        self._look_at_lock(number, folder)
        recorded, newest = self._look_at_checkpoints(number, folder)
        found = found_checkpoints(folder, recorded)
        for checkpoint in found:
            if checkpoint.step > newest:
                self.checkpoints += 1
                self._say(
                    "checkpoint_unrecorded",
                    tr("{path} is whole and was never recorded", path=checkpoint.path),
                    tr("it is recorded as the run's newest checkpoint"),
                    number,
                    checkpoint.entered(number),
                )
                recorded.add(checkpoint.path)
        self._set_aside_left_over(number, folder, recorded)

    def _look_at_checkpoints(self, number: int, folder: Path) -> tuple[set[Path], int]:
        """Verify each checkpoint that has a row.

        Returns:
            The files that rows name, and the step of the newest intact one, -1 without one.
        """
        recorded, newest = set(), -1
        for row in self._database.select("SELECT * FROM checkpoints WHERE run = ?", (number,)):
            forget = Change("DELETE FROM checkpoints WHERE id = ?", (row["id"],))
            try:
                saved = SavedCheckpoint.from_row(row, folder)
            except DamagedStoreError as error:
                remedy = tr("it is taken out of the database")
                self._say("row_damaged", str(error), remedy, number, forget)
                continue
            recorded.add(saved.path)
            if is_intact(saved):
                self.checkpoints += 1
                newest = max(newest, saved.step)
                continue
            is_there = saved.path.exists() or saved.path.is_symlink()
            message = (
                tr(
                    "the checkpoint of step {step:,} is damaged: {path}",
                    step=saved.step,
                    path=saved.path,
                )
                if is_there
                else tr(
                    "the checkpoint of step {step:,} is missing: {path}",
                    step=saved.step,
                    path=saved.path,
                )
            )
            remedy = (
                tr("it is set aside, and the run has one checkpoint less")
                if is_there
                else tr("the run has one checkpoint less")
            )
            moves = [saved.path] if is_there else []
            self._say("checkpoint_damaged", message, remedy, number, forget, moves=moves)
        return recorded, newest

    def _set_aside_left_over(self, number: int, folder: Path, recorded: Collection[Path]) -> None:
        told = {
            path: tr("{path} was never recorded, and is old or not whole", path=path)
            for path in folder.glob(OURS)
            if path not in recorded
        } | {
            path: tr("{path} was never finished", path=path)
            for path in folder.glob(".checkpoint-*.partial")
        }
        for path, message in sorted(told.items()):
            self._say("file_left_over", message, tr("it is set aside"), number, moves=[path])

    def _look_at_lock(self, number: int, folder: Path) -> None:
        if is_damaged(folder):
            path = folder / LOCK_NAME
            message = tr("{path} is no lock, so that nobody can train the run", path=path)
            self._say("lock_damaged", message, tr("it is set aside"), number, moves=[path])

    def _look_without_folder(self, number: int) -> None:
        """Look at a run whose folder is gone; without checkpoints it needs none."""
        folder = self._workspace.run_dir(number)
        if folder.is_symlink() or folder.parent.is_symlink():
            # Behind a link may be another run's files, or a disk that is not there at present.
            note = tr("the folder of run {run} is behind a link; it is passed over", run=number)
            self.notes.append(note)
            return
        if not self._database.select("SELECT 1 FROM checkpoints WHERE run = ?", (number,)):
            return
        self._say(
            "run_folder_missing",
            tr("run {run} has lost its folder, and its checkpoints with it", run=number),
            tr("its curves and settings stay, and the checkpoints are forgotten"),
            number,
            Change("DELETE FROM checkpoints WHERE run = ?", (number,)),
        )

    def _look_without_row(self, number: int, folder: Path | None) -> None:
        """Look at what is left of a run that the database does not know."""
        place = folder if folder is not None else self._workspace.run_dir(number)
        found = found_checkpoints(place)
        columns = self._columns(number, place, found)
        if columns is not None:
            # Rows of checkpoints that may still be there are made anew with the run.
            self._say(
                "run_lost",
                tr("run {run} is not in the database", run=number),
                tr("it is entered again, as its events and checkpoints tell"),
                number,
                Change("DELETE FROM checkpoints WHERE run = ?", (number,)),
                inserted_run(number, columns),
                *(checkpoint.entered(number) for checkpoint in found),
            )
            self.checkpoints += len(found)
            return
        if folder is not None:
            message = tr("{path} is the folder of no run", path=folder)
            self._say("run_lost", message, tr("it is set aside"), number, moves=[folder])
        if any((number,) in self._alone(table) for table in ("events", "checkpoints")):
            self._say(
                "row_orphaned",
                tr("run {run} has rows, but none of its own, and no checkpoint", run=number),
                tr("they are taken out of the database"),
                number,
                Change("DELETE FROM events WHERE run = ?", (number,)),
                Change("DELETE FROM checkpoints WHERE run = ?", (number,)),
            )

    def _events(self, number: int) -> Iterator[Event | None]:
        """Yield a run's events; None for each that cannot be read."""
        last = 0
        while rows := self._database.select(
            "SELECT id, body FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?",
            (number, last, PAGE),
        ):
            for row in rows:
                last = row["id"]
                try:
                    yield decode_event(row["body"])
                except (msgspec.MsgspecError, TypeError):
                    yield None

    def _say(
        self, code: Code, message: str, remedy: str, run: int, *changes: Change,
        moves: Collection[Path] = (),
    ) -> None:  # fmt: skip
        self.faults.append(
            Fault(
                code=code,
                message=message,
                run=run,
                remedy=remedy,
                changes=changes,
                moves=tuple(moves),
            )
        )
