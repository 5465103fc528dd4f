"""Whether a database has just our tables, since a stranger's views and triggers would be run."""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from functools import cache

LONGEST_VALUE = 64 * 2**20
"""Bytes of a text or blob in a row; a file may claim more than it holds."""

_SPACING = re.compile(r"--[^\n]*|\s+")


def limit_values(connection: sqlite3.Connection) -> None:
    """Let a damaged or hostile file neither allocate what it claims nor call what it names."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")


def has_schema(connection: sqlite3.Connection, statements: Iterable[str]) -> bool:
    """Tell whether a database has the tables and indices that some statements make, and no more.

    Args:
        connection: Of the database.
        statements: Those that made it; comments and spacing make no difference.
    """
    return _schema(connection) == _made_by(tuple(statements))


@cache
def _made_by(statements: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.execute(statement)
        return _schema(connection)


def _schema(connection: sqlite3.Connection) -> frozenset[tuple[str, ...]]:
    """Return kind, name and meaning of all that is in a database but SQLite's own."""
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return frozenset((kind, name, _SPACING.sub("", sql or "")) for kind, name, sql in rows)
