"""Copies of the database that stand on their own, made before it is changed for good."""

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from core.durable import settle


def back_up(database: Path, copy: Path) -> Path:
    """Copy a database, with what waits in its write-ahead log; others may use it meanwhile.

    Args:
        database: The SQLite file.
        copy: What to call the copy; it gets a number where there is such a file.

    Returns:
        The copy, which is on the disk.

    Raises:
        OSError: It cannot be written; no partial file remains.
        sqlite3.Error: The database cannot be read, or there is no room for the copy.
    """
    partial = copy.with_name(f".{copy.name}.{secrets.token_hex(4)}.partial")
    path, count = copy, 1
    while path.exists():
        count += 1
        path = copy.with_stem(f"{copy.stem}-{count}")
    try:
        with (
            closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target)
        settle(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return path
