"""Files written whole or not at all, and on the disk when it is said that they are."""

import os
import secrets
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Put `data` at `path` whole or not at all, and on the disk before returning.

    Raises:
        OSError: The file system refused; no partial file remains.
    """
    make_folder(path.parent)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def settle(partial: Path, path: Path) -> None:
    """Give a file that is written whole its name, both on the disk before returning.

    Raises:
        OSError: The file system refused; the partial file is the caller's.
    """
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, on the disk before returning; it may be there already.

    Raises:
        OSError: The file system refused.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
    if not missing:
        path.mkdir(exist_ok=True)  # says what is wrong where it is no folder


def sync_folder(path: Path) -> None:
    """Put the names in a folder on the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
