"""The store of runs: rows and events in, rows and events out, one SQLite file behind it."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from core.config import Config, cell_name, config_values
from core.errors import InputError, RunNotFoundError
from core.events import Event, Noticed, RunEnded, decode_event
from core.events.base import EventBase
from core.language import tr
from core.nearest import nearest_name
from core.settings import Value
from workspace.connection import Database
from workspace.database import explained, transaction
from workspace.folders import empty
from workspace.locks import LOCK_NAME, RunLock, is_locked
from workspace.naming import (
    automatic_name,
    checked_name,
    checked_notes,
    checked_tags,
    free_name,
)
from workspace.paths import Workspace
from workspace.recording import Recorder
from workspace.records import LIVE, TAG_SEPARATOR, Run, SavedCheckpoint
from workspace.requests import MemberKey

__all__ = ["Run", "RunStore", "SavedCheckpoint"]

Kind = TypeVar("Kind", bound=Event)

LONGEST_NUMBER = 18
"""Digits of a run's number at most, so that SQLite can hold it."""

PAGE = 500
"""Events read at once, so that a reader holds no snapshot of the database for long."""


class RunStore:
    """Keep the runs of a workspace; use each store from one thread only.

    Reading works while another process trains, and in a folder that cannot be written. Nothing
    is created before the first run is.

    Raises:
        WorkspaceError: From every method, where the database cannot be used.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.database = Database(workspace.database_path)
        """What is behind it, for other stores over the same file."""
        self._path = workspace.database_path
        self._recorders: dict[int, Recorder] = {}
        self._locks: dict[int, RunLock] = {}

    def create_run(self, name: str | None, config: Config, member: MemberKey | None = None) -> Run:
        """Make a run's row and take the right to train it.

        Args:
            name: What the user calls it; made up from text and model if None.
            config: Its settings.
            member: What it is in an experiment; its name gets a number if it is taken.

        Raises:
            InputError: The name is taken or not allowed, or the experiment has the run already.
        """
        connection = self.database.writer()
        values = config_values(config)
        with ExitStack() as undo, explained(self._path):
            with transaction(connection, durable=True):
                number = self._insert(connection, name, config, member)
                # Locked before the row can be seen, so that nobody takes it for interrupted.
                folder = self.workspace.run_dir(number)
                lock = RunLock(folder)
                undo.callback(shutil.rmtree, folder, ignore_errors=True)
                undo.callback(lock.release)
            undo.pop_all()
        self._own(number, lock, values)
        return self.find(number)

    def _insert(
        self,
        connection: sqlite3.Connection,
        name: str | None,
        config: Config,
        member: MemberKey | None,
    ) -> int:
        """Write a new run's row, and its place in an experiment; return its number."""
        corpus_name = Path(config.data_file).name or config.corpus
        values = config_values(config)
        taken = {row[0] for row in connection.execute("SELECT name FROM runs")}
        if name is None:
            name = automatic_name(corpus_name, cell_name(values), taken)
        elif member is not None:
            name = free_name(name, taken)
        else:
            name = checked_name(name, taken)
        cursor = connection.execute(
            "INSERT INTO runs (run, name, status, created, config, corpus_name, pid, host)"
            " VALUES (?, ?, 'running', ?, ?, ?, ?, ?)",
            (
                self._number_behind_folders(connection),
                name,
                datetime.now(UTC).isoformat(timespec="seconds"),
                msgspec.json.encode(values).decode(),
                corpus_name,
                os.getpid(),
                socket.gethostname(),
            ),
        )
        number = cursor.lastrowid
        assert number is not None
        if member is not None:
            _enter(connection, member, number)
        return number

    def check_name(self, name: str) -> None:
        """Refuse a name for a new run before work goes into it.

        Raises:
            InputError: The name is taken or not allowed.
        """
        checked_name(name, {run.name for run in self.list_runs()})

    def claim(self, run: int) -> Run:
        """Take the right to train a run that exists; `release` gives it back.

        Raises:
            RunNotFoundError: There is no such run.
            InputError: A living process is training it; the message names that process.
        """
        found = self.find(run)
        connection = self.database.writer()
        lock = self._lock(found, tr("stop that one first, or start a new run"))
        with explained(self._path), transaction(connection):
            connection.execute(
                "UPDATE runs SET pid = ?, host = ? WHERE run = ?",
                (os.getpid(), socket.gethostname(), run),
            )
        self._own(run, lock, found.config)
        return self.find(run)

    def holds(self, run: int) -> bool:
        """Tell whether this store has the right to train a run."""
        return run in self._locks

    def release(self, run: int) -> None:
        """Write what waits and give back the right to train a run."""
        with ExitStack() as finally_:
            finally_.callback(self._locks.pop(run).release)
            finally_.enter_context(explained(self._path))
            self._recorders.pop(run).flush()

    def record(self, run: int, event: Event) -> None:
        """Keep an event of a run that was created or claimed here; `RunEnded` releases the run.

        What is announced as durable (evaluations, checkpoints, changes of settings, divergence
        and the end) is on the disk when this returns; reports of steps follow within a second.
        Where it cannot be written it waits, so that only `flush` is to be tried again.
        """
        with explained(self._path):
            self._recorders[run].record(event)
        if isinstance(event, RunEnded):
            self.release(run)

    def flush(self, run: int) -> None:
        """Write what waits of a run: what could not be written when it was recorded."""
        with explained(self._path):
            self._recorders[run].flush()

    def events(self, run: int) -> Iterator[Event]:
        """Yield a run's events in the order in which they happened, up to now."""
        return (event for _, event in self.events_after(run, 0))

    def events_after(self, run: int, last: int) -> Iterator[tuple[int, Event]]:
        """Yield a run's events with their numbers, which grow, up to now.

        Args:
            run: The run.
            last: The number of the last event that is known already; 0 for none.
        """
        while rows := self.database.select(
            "SELECT id, type, body FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?",
            (run, last, PAGE),
        ):
            for row in rows:
                last = row["id"]
                try:
                    yield last, decode_event(row["body"])
                except msgspec.MsgspecError:
                    message = tr("a {kind} of run {run} cannot be read", kind=row["type"], run=run)
                    yield last, Noticed(message=message)

    def newest(self, run: int, kind: type[Kind]) -> Kind | None:
        """Return a run's newest event of one kind; None if it has none that can be read."""
        newest = self.of_kinds(run, [kind], "DESC LIMIT 1")
        return next((event for event in newest if isinstance(event, kind)), None)

    def of_kind(self, run: int, kind: type[Kind]) -> Iterator[Kind]:
        """Yield a run's events of one kind that can be read, in their order."""
        return (event for event in self.of_kinds(run, [kind]) if isinstance(event, kind))

    def of_kinds(
        self, run: int, kinds: Iterable[type[EventBase]], order: str = ""
    ) -> Iterator[Event]:
        """Yield a run's events of some kinds that can be read, in their order."""
        names = [kind.__name__ for kind in kinds]
        rows = self.database.select(
            f"SELECT body FROM events WHERE run = ? AND type IN ({', '.join('?' * len(names))}) "
            f"ORDER BY id {order}", (run, *names)
        )  # fmt: skip
        for row in rows:
            with suppress(msgspec.MsgspecError):
                yield decode_event(row["body"])

    def list_runs(self) -> list[Run]:
        """Return all runs, newest first."""
        return [
            self._run(row) for row in self.database.select("SELECT * FROM runs ORDER BY run DESC")
        ]

    def find(self, target: str | int | None) -> Run:
        """Return the run that a user means.

        Args:
            target: A number (`#` before it is allowed), a name, or None for the newest run.

        Raises:
            RunNotFoundError: There is none; names the nearest one.
        """
        if target is None:
            rows = self.database.select("SELECT * FROM runs ORDER BY run DESC LIMIT 1")
        elif isinstance(target, int) or target.removeprefix("#").isdecimal():
            number = int(str(target).removeprefix("#")[:LONGEST_NUMBER])
            rows = self.database.select("SELECT * FROM runs WHERE run = ?", (number,))
        elif target.isprintable():
            rows = self.database.select("SELECT * FROM runs WHERE name = ?", (target,))
        else:
            rows = []  # as bytes that are no UTF-8 are not, which SQLite would not take
        if not rows:
            raise self._not_found(target)
        return self._run(rows[0])

    def checkpoints(self, run: int) -> list[SavedCheckpoint]:
        """Return a run's checkpoints, newest first."""
        rows = self.database.select(
            "SELECT * FROM checkpoints WHERE run = ? ORDER BY id DESC", (run,)
        )
        run_dir = self.workspace.run_dir(run)
        return [SavedCheckpoint.from_row(row, run_dir) for row in rows]

    def forget_checkpoint(self, run: int, checkpoint: SavedCheckpoint) -> None:
        """Remove a checkpoint's row; the file is the caller's."""
        self.database.execute(
            "DELETE FROM checkpoints WHERE run = ? AND file IN (?, ?)",
            (run, checkpoint.path.name, str(checkpoint.path)),
        )

    def annotate(
        self,
        run: int,
        *,
        name: str | None = None,
        notes: str | None = None,
        tags: str | None = None,
    ) -> None:
        """Keep what the user says of a run: all of it, or nothing where a part is not allowed.

        Args:
            run: Its number.
            name: Another name; None leaves the one it has.
            notes: Some sentences; None leaves those there are.
            tags: Words with commas between them; None leaves those there are.

        Raises:
            InputError: The name is taken or not allowed, or notes or tags are not allowed.
        """
        found = self.find(run)
        others = {other.name for other in self.list_runs()} - {found.name}
        values = (
            found.name if name is None else checked_name(name, others),
            found.notes if notes is None else checked_notes(notes),
            TAG_SEPARATOR.join(found.tags if tags is None else checked_tags(tags)),
        )
        self.database.execute(
            "UPDATE runs SET name = ?, notes = ?, tags = ? WHERE run = ?", (*values, run)
        )

    def set_pinned(self, run: int, pinned: bool) -> None:
        """Pin a run to the top of the list, or let it go."""
        self.database.execute("UPDATE runs SET pinned = ? WHERE run = ?", (pinned, run))

    def delete(self, run: int) -> None:
        """Remove a run with its events and checkpoints.

        Raises:
            RunNotFoundError: There is no such run.
            InputError: A living process is training it.
        """
        found, folder, way_out = self.find(run), self.workspace.run_dir(run), tr("stop it first")
        if folder.is_symlink():
            # The link goes; what it leads to is neither ours to remove nor to write a lock into.
            if is_locked(folder):
                raise _trained_elsewhere(found, way_out)
            self._forget(run)
            with explained(self._path):
                folder.unlink()
            return
        lock = self._lock(found, way_out)
        try:
            self._forget(run, folder)
        finally:
            lock.release()
        with explained(self._path):
            shutil.rmtree(folder)

    def _forget(self, run: int, folder: Path | None = None) -> None:
        """Remove a run's rows, and before them the files that may fill the disk."""
        with self.database.changing() as connection:
            if folder is not None:
                empty(folder, but=LOCK_NAME)
            connection.execute("DELETE FROM runs WHERE run = ?", (run,))

    def close(self) -> None:
        """Write what waits and close the file; runs that did not end count as interrupted."""
        try:
            for run in list(self._locks):
                self.release(run)
        finally:
            self.database.close()

    def _number_behind_folders(self, connection: sqlite3.Connection) -> int | None:
        """Return a number above every folder's, or None where the next one has none yet.

        Folders go on without their rows where the database was lost or an older one restored.
        """
        (given,) = connection.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'runs'"
        ).fetchone()
        names = [path.name for path in self.workspace.runs_dir.glob("[0-9]*")]
        numbers = [int(name) for name in names if name.isdecimal() and len(name) < LONGEST_NUMBER]
        highest = max(numbers, default=0)
        return highest + 1 if highest > given else None

    def _own(self, run: int, lock: RunLock, config: dict[str, Value]) -> None:
        self._locks[run] = lock
        self._recorders[run] = Recorder(
            self.database.writer(), run, self.workspace.run_dir(run), config
        )

    def _lock(self, run: Run, way_out: str) -> RunLock:
        with explained(self._path):
            try:
                return RunLock(self.workspace.run_dir(run.run))
            except BlockingIOError:
                raise _trained_elsewhere(run, way_out) from None

    def _run(self, row: sqlite3.Row) -> Run:
        if row["status"] in LIVE and not is_locked(self.workspace.run_dir(row["run"])):
            # It may have ended since the row was read: a run is unlocked after its last row.
            again = self.database.select("SELECT * FROM runs WHERE run = ?", (row["run"],))
            return Run.from_row(again[0] if again else row, locked=False)
        return Run.from_row(row, locked=True)

    def _not_found(self, target: str | int | None) -> RunNotFoundError:
        names = [run.name for run in self.list_runs()]
        if not names:
            return RunNotFoundError(
                tr(
                    "there is no run in {root} yet; `rnnstudio train` makes one",
                    root=self.workspace.root,
                )
            )
        near = nearest_name(str(target), names)
        if near is None:
            return RunNotFoundError(
                tr("there is no run {name!r}; `rnnstudio runs` lists them", name=str(target))
            )
        return RunNotFoundError(
            tr("there is no run {name!r}; did you mean {near!r}?", name=str(target), near=near)
        )


def _trained_elsewhere(run: Run, way_out: str) -> InputError:
    return InputError(tr(
        "run {run} is being trained by process {pid} on {host}; {way_out}",
        run=run.run, pid=run.pid, host=run.host, way_out=way_out,
    ))  # fmt: skip


def _enter(connection: sqlite3.Connection, member: MemberKey, run: int) -> None:
    """Tie a new run to the experiment that has planned it.

    Raises:
        InputError: The experiment is gone, or has a run in that place.
    """
    changed = connection.execute(
        "UPDATE members SET run = ?, failure = ''"
        " WHERE experiment = ? AND member = ? AND run IS NULL",
        (run, member.experiment, member.member),
    )
    if not changed.rowcount:
        raise InputError(
            tr(
                "run {member} of experiment {experiment} is being trained already, or its "
                "experiment is gone; `rnnstudio experiment list` lists those there are",
                member=member.member,
                experiment=member.experiment,
            )
        )
