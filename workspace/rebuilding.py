"""A damaged database made anew from what can still be read of it."""

import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from core.durable import settle
from core.errors import WorkspaceError
from core.language import tr
from workspace.connection import bounded
from workspace.database import open_for_writing, transaction
from workspace.schema import limit_values

TABLES = ("runs", "events", "checkpoints", "experiments", "members")

COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database."""


def rebuild(path: Path, aside: Path) -> None:
    """Put a sound database in the place of a damaged one, or where there is none.

    Rows that can be read are taken over as they are; what they lack is for the caller to find.

    Args:
        path: The database; nobody else may be writing to it.
        aside: A folder that gets it as it was, with what SQLite keeps beside it.

    Raises:
        OSError: The file system refused; the database is as it was.
        sqlite3.Error: The new one cannot be written.
        WorkspaceError: Another process has written to it meanwhile.
    """
    for name in (path.name, *(path.name + companion for companion in COMPANIONS)):
        if path.with_name(name).is_file():
            _copy(path.with_name(name), aside / name)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with closing(open_for_writing(fresh)) as new:
            new.execute("PRAGMA foreign_keys = OFF")
            if path.is_file():
                _take_over(path, new)
            if path.is_file() and _put_over(new, path):
                return
        # It is not even a database to SQLite, so nobody else has it open as one.
        for companion in COMPANIONS:
            path.with_name(path.name + companion).unlink(missing_ok=True)
        settle(fresh, path)
    finally:
        for companion in ("", *COMPANIONS):
            fresh.with_name(fresh.name + companion).unlink(missing_ok=True)


def _copy(source: Path, copy: Path) -> None:
    partial = copy.with_name(f".{copy.name}.partial")
    shutil.copyfile(source, partial)
    settle(partial, copy)


def _take_over(path: Path, new: sqlite3.Connection) -> None:
    """Copy every row that can be read."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as old:
        limit_values(old)
        # Bytes that are no text any more spoil their own row at most.
        old.text_factory = lambda data: data.decode("utf-8", "replace")
        before = _data_version(old)
        with transaction(new):
            for table in TABLES:
                for names, values in _rows(old, table):
                    _insert(new, table, names, values)
            for _, (name, number) in _rows(old, "sqlite_sequence"):
                # Numbers are never given twice, those of deleted runs included.
                new.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
                new.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, number))
        if _data_version(old) != before:
            raise WorkspaceError(tr("{path}: another process is writing; try again", path=path))


def _rows(
    connection: sqlite3.Connection, table: str
) -> Iterator[tuple[list[str], tuple[object, ...]]]:
    """Yield names and values of a table's rows, from both ends up to where it is damaged."""
    last = None
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.DatabaseError), bounded(connection):
            # A view of that name is none of ours.
            (kind,) = connection.execute(
                "SELECT type FROM sqlite_master WHERE name = ?", (table,)
            ).fetchone() or ("",)
            if kind != "table":
                return
            rows = connection.execute(
                f"SELECT rowid, * FROM {table} NOT INDEXED ORDER BY rowid {order}"
            )
            names = [column[0] for column in rows.description[1:]]
            for number, *values in rows:
                if order == "DESC" and last is not None and number <= last:
                    return
                if order == "ASC":
                    last = number
                yield names, tuple(values)
            return


def _insert(
    new: sqlite3.Connection, table: str, names: list[str], values: tuple[object, ...]
) -> None:
    """Keep a row as far as this version's table has its columns; a row that breaks a rule waits."""
    known = {row[1] for row in new.execute(f"PRAGMA table_info({table})")}
    kept = {name: value for name, value in zip(names, values, strict=True) if name in known}
    marks = ", ".join("?" * len(kept))
    with suppress(sqlite3.Error):
        new.execute(
            f"INSERT OR IGNORE INTO {table} ({', '.join(kept)}) VALUES ({marks})",
            tuple(kept.values()),
        )


def _put_over(new: sqlite3.Connection, path: Path) -> bool:
    """Write one database over another in one transaction, as whoever has it open expects."""
    with suppress(sqlite3.DatabaseError):
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as old:
            new.backup(old)
            # The copy brings its own word on the journal.
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return True
    return False


def _data_version(connection: sqlite3.Connection) -> int:
    with suppress(sqlite3.DatabaseError):
        return int(connection.execute("PRAGMA data_version").fetchone()[0])
    return 0
