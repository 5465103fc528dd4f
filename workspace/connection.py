"""One connection to the database, opened when it is first needed and only as far as it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.settings import Value
from workspace.database import explained, is_alone, open_for_reading, open_for_writing, transaction

STEPS_A_LOOK = 100_000
"""Instructions of SQLite between two looks at how much a query has done."""


class Database:
    """Read and write rows; use each from one thread only. Nothing is created before a write is.

    Args:
        path: The SQLite file.

    Raises:
        WorkspaceError: From every method, where the database cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._can_write = False
        self._is_kept = False

    def writer(self) -> sqlite3.Connection:
        """Return the connection, able to write, with the tables of this version.

        Whoever asks for it keeps it until `close`.
        """
        self._is_kept = True
        return self._writable()

    def _writable(self) -> sqlite3.Connection:
        if self._connection is None or not self._can_write:
            is_kept = self._is_kept
            self.close()
            self._connection, self._is_kept = open_for_writing(self.path), is_kept
            self._can_write = True
        return self._connection

    def select(self, sql: str, values: tuple[Value, ...] = ()) -> list[sqlite3.Row]:
        """Return rows; none where there is no database yet."""
        if self._connection is None:
            self._connection = open_for_reading(self.path)
        if self._connection is None:
            return []
        with explained(self.path), bounded(self._connection):
            rows = self._connection.execute(sql, values).fetchall()
        self._let_others_in()
        return rows

    def execute(self, sql: str, values: tuple[Value | None, ...]) -> None:
        """Change rows, durably."""
        with self.changing() as connection:
            connection.execute(sql, values)

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Keep what the block changes, durably, all or nothing."""
        connection = self._writable()
        with explained(self.path), transaction(connection, durable=True):
            yield connection
        self._let_others_in()

    def _let_others_in(self) -> None:
        """Close the file where nobody else could use it, unless somebody keeps it open."""
        if self._connection is not None and not self._is_kept and is_alone(self._connection):
            self.close()

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._can_write = self._is_kept = False


@contextmanager
def bounded(connection: sqlite3.Connection) -> Iterator[None]:
    """End a query that does more than a file of this size can ask for.

    The pages of a hostile file may point at each other, so that reading it would never end.

    Raises:
        sqlite3.OperationalError: The query was ended.
    """
    (pages,), (page_size,) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    looks = iter(range(20 + 4 * pages * page_size // STEPS_A_LOOK))
    connection.set_progress_handler(lambda: next(looks, None) is None, STEPS_A_LOOK)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
