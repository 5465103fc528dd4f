"""One trainer a run: a lock that the operating system takes back when its process dies.

The lock is SQLite's exclusive lock on an empty database beside the run's checkpoints. Unlike a
stored process id it cannot name a stranger who got the same number later, it holds across
containers that share the folder, and it works wherever the workspace's own database does.
"""

import sqlite3
from pathlib import Path

from core.durable import make_folder
from workspace.database import primary_code

LOCK_NAME = "trainer.lock"
"""The file of the lock in a run's folder."""

WAIT_S = 1.0
"""How long to wait for a lock: a reader that probes it holds it for a moment."""


class RunLock:
    """Hold the right to train a run, until `release` or the end of the process.

    Args:
        run_dir: The run's folder; made if it is not there.

    Raises:
        BlockingIOError: Somebody else holds it.
        OSError: The folder or the lock's file cannot be written.
    """

    def __init__(self, run_dir: Path) -> None:
        make_folder(run_dir)
        path = _lock_path(run_dir)
        try:
            self._connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
            # No file for what is never written: a full disk must not keep a run from being deleted.
            self._connection.execute("PRAGMA journal_mode = MEMORY")
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if primary_code(error) == sqlite3.SQLITE_BUSY:
                raise BlockingIOError(f"{path} is locked") from None
            raise OSError(f"{path}: {error}") from None

    def release(self) -> None:
        """Let go of the run; harmless when done twice."""
        self._connection.close()


def is_locked(run_dir: Path) -> bool:
    """Tell whether a living process holds the run's lock; needs no right to write."""
    path = _lock_path(run_dir)
    return path.is_file() and _read_code(path) == sqlite3.SQLITE_BUSY


def is_damaged(run_dir: Path) -> bool:
    """Tell whether what stands in the lock's place can be no lock, so that nobody gets it."""
    path = _lock_path(run_dir)
    if not path.is_file():
        return path.exists() or path.is_symlink()
    return _read_code(path) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _read_code(path: Path) -> int:
    """Return what SQLite answers to a look at a lock's file.

    Nobody else may open it: as the system has it, a process that closes a file gives back every
    lock that it has on it, however it got them.
    """
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return primary_code(error)
    return sqlite3.SQLITE_OK


def _lock_path(run_dir: Path) -> Path:
    return run_dir / LOCK_NAME
