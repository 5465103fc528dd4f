"""The SQLite file of record: how it is opened, and which tables it has.

A writer uses a write-ahead log, so that readers in other processes see a run while it is made.
"""

import itertools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from core.durable import make_folder
from core.errors import DamagedStoreError, WorkspaceError
from core.language import tr
from workspace.backup import back_up
from workspace.schema import has_schema, limit_values

APPLICATION_ID = 0x524E4E53
"""Marks the file as ours ('RNNS'), so that a stranger's database is not written into."""

BUSY_S = 10.0
"""How long to wait for another process that is writing."""

JOURNAL_LOOK_S = 0.01
"""Between two looks whether the journal can be chosen."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            run INTEGER PRIMARY KEY AUTOINCREMENT,  -- a number is never given twice
            name TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL,          -- running, paused, or the reason of the end
            created TEXT NOT NULL,         -- ISO 8601, UTC
            config TEXT NOT NULL,          -- JSON, live changes folded in
            corpus_name TEXT NOT NULL,
            parameters INTEGER,
            step INTEGER NOT NULL DEFAULT 0,
            last_loss REAL,                -- NULL is 'not a finite number', or none yet
            best_val_loss REAL,
            elapsed_s REAL NOT NULL DEFAULT 0,
            pinned INTEGER NOT NULL DEFAULT 0,
            pid INTEGER,                   -- who trains or last trained it
            host TEXT
        )""",
        """CREATE TABLE events (
            id INTEGER PRIMARY KEY,        -- in the order in which they happened
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            type TEXT NOT NULL,
            body TEXT NOT NULL             -- the event as it was announced, JSON
        )""",
        "CREATE INDEX events_of_run ON events (run, id)",
        """CREATE TABLE checkpoints (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            step INTEGER NOT NULL,
            file TEXT NOT NULL,            -- name in the run's folder, never used twice
            sha256 TEXT NOT NULL,
            size INTEGER NOT NULL,         -- bytes
            is_best INTEGER NOT NULL
        )""",
        "CREATE INDEX checkpoints_of_run ON checkpoints (run, id)",
    ),
    ("ALTER TABLE runs ADD COLUMN best_accuracy REAL",),  # NULL is 'none', as of language models
    (
        """CREATE TABLE experiments (
            experiment INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            created TEXT NOT NULL,         -- ISO 8601, UTC
            compared_by TEXT NOT NULL,     -- steps, seconds or parameters
            varied TEXT NOT NULL,          -- JSON: values by setting
            parallel INTEGER NOT NULL      -- members trained at a time
        )""",
        """CREATE TABLE members (
            experiment INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
            member INTEGER NOT NULL,       -- from 1, in the order in which they are trained
            name TEXT NOT NULL,            -- what its run is called when it begins
            varied TEXT NOT NULL,          -- JSON: its value by setting
            config TEXT NOT NULL,          -- JSON: every setting
            run INTEGER REFERENCES runs ON DELETE SET NULL,  -- NULL before it begins
            failure TEXT NOT NULL DEFAULT '',  -- why it could not begin
            PRIMARY KEY (experiment, member)
        )""",
        "CREATE INDEX members_of_run ON members (run)",
    ),
    (  # what the user says of a run; several tags have commas between them
        "ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT ''",
    ),
)
"""What takes the format from version n to n + 1; the version is the file's `user_version`."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the database, having made it or brought it to this version's format.

    One of an older format is copied first, to `rnnstudio-format-N.db` beside it.

    Raises:
        WorkspaceError: It cannot be written, is not ours, or is of a newer format.
    """
    with ExitStack() as undo, explained(path):
        make_folder(path.parent)
        connection = _connect(path, "rwc")
        undo.callback(connection.close)
        if _version_at_once(connection, path) < len(MIGRATIONS):
            _choose_journal(connection)
            _migrate(connection, path)
        connection.execute("PRAGMA foreign_keys = ON")
        undo.pop_all()
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open the database to look at it, which a read-only folder allows too.

    Returns:
        The connection, or None where there is no database yet.

    Raises:
        WorkspaceError: It cannot be read, is not ours, or is of a newer format.
    """
    with explained(path):
        if not path.exists():
            return None
        try:
            return _opened(path, "rw")
        except sqlite3.OperationalError as error:
            if primary_code(error) not in _READ_ONLY_CODES:
                raise
        # A write-ahead log needs a file beside the database even to be read, unless we promise
        # that nobody writes; in a folder that cannot be written nobody does.
        return _opened(path, "ro&immutable=1")


def _opened(path: Path, mode: str) -> sqlite3.Connection | None:
    """Open and look at the version; None where the tables are yet to be made."""
    with ExitStack() as undo:
        connection = _connect(path, mode)
        undo.callback(connection.close)
        if not _version_at_once(connection, path):
            return None
        undo.pop_all()
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, *, durable: bool = False) -> Iterator[None]:
    """Commit what the block writes, all or nothing.

    Args:
        connection: As `open_for_writing` made it.
        durable: Whether it must outlive a power cut once the block has ended; else it outlives
            the process only.
    """
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled it back already.
        with suppress(sqlite3.OperationalError):
            connection.execute("ROLLBACK")
        raise


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into one sentence.

    Raises:
        WorkspaceError: In place of what the block met on the disk; our own mistakes pass.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        if primary_code(error) == sqlite3.SQLITE_NOTADB:
            raise _foreign(path) from None
        raise _told(path, error) from None
    except UnicodeDecodeError:
        # SQLite's complaint holds a name of the file that is none.
        raise _told(path, sqlite3.DatabaseError("malformed database schema")) from None
    except OSError as error:
        raise WorkspaceError(
            tr(
                "{path}: {why}; name another --workspace",
                path=error.filename or path,
                why=error.strerror or error,
            )
        ) from None


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, or SQLITE_ERROR where Python itself found the fault."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


_READ_ONLY_CODES = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


_NO_SHARED_MEMORY = (
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMMAP,
)


def is_alone(connection: sqlite3.Connection) -> bool:
    """Tell whether nobody else can use the database while a connection is open."""
    (mode,) = connection.execute("PRAGMA locking_mode").fetchone()
    return bool(mode == "exclusive")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the database; by oneself where the disk is too full for what its users share."""
    with ExitStack() as undo:
        connection = _connection(path, mode)
        undo.callback(connection.close)
        try:
            connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) not in _NO_SHARED_MEMORY:
                raise
        else:
            undo.pop_all()
            return connection
    connection = _connection(path, mode)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def _connection(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    limit_values(connection)
    return connection


def _version_at_once(connection: sqlite3.Connection, path: Path) -> int:
    """Check all at one moment, since another process may just be making the tables."""
    connection.execute("BEGIN")
    version = _checked_version(connection, path)
    connection.execute("COMMIT")
    return version


def _checked_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format's version, having refused what this program must not touch."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (tables or version):
        raise _foreign(path)
    if version > len(MIGRATIONS):
        raise WorkspaceError(
            tr(
                "{path} has format {version}, and this rnnstudio knows {known}; update rnnstudio, "
                "or name another --workspace",
                path=path,
                version=version,
                known=len(MIGRATIONS),
            )
        )
    if not has_schema(connection, itertools.chain.from_iterable(MIGRATIONS[:version])):
        raise DamagedStoreError(
            tr(
                "{path} has other tables than rnnstudio makes, so nothing is read from it; "
                "`rnnstudio check --repair` mends it, or name another --workspace",
                path=path,
            )
        )
    return int(version)


def _choose_journal(connection: sqlite3.Connection) -> None:
    """Take the write-ahead log, or the old journal where the file system cannot have one.

    SQLite itself does not wait here for another process that opens a new database, too.
    """
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                break
        time.sleep(JOURNAL_LOOK_S)
    connection.execute("PRAGMA journal_mode = DELETE")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection, durable=True):
        # Another process may have done it while this one waited.
        version = _checked_version(connection, path)
        if 0 < version < len(MIGRATIONS):
            back_up(path, path.with_stem(f"{path.stem}-format-{version}"))
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _foreign(path: Path) -> WorkspaceError:
    return WorkspaceError(
        tr("{path} is not a database of rnnstudio; name another --workspace", path=path)
    )


def _told(path: Path, error: sqlite3.Error) -> WorkspaceError:
    """Put what SQLite says into our own words."""
    match primary_code(error):
        case sqlite3.SQLITE_BUSY:
            way_out = tr("another process is writing; try again")
        case sqlite3.SQLITE_FULL:
            way_out = tr("make room on the disk")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            way_out = tr("make it writable or name another --workspace")
        case sqlite3.SQLITE_IOERR:
            way_out = tr("check the disk, or name another --workspace")
        case _:
            way_out = tr("`rnnstudio check --repair` mends it, or name another --workspace")
            return DamagedStoreError(f"{path}: {error}; {way_out}")
    return WorkspaceError(f"{path}: {error}; {way_out}")
