"""Small file systems of their own, where root may mount them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _mounted(*words: str) -> bool:
    done = subprocess.run(["mount", *words], capture_output=True, check=False)
    return not done.returncode


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount something at a folder while the block lasts; skip the test where that is not allowed.

    Args:
        folder: Made if it is not there.
        options: What `mount` takes before the folder.
    """
    folder.mkdir(exist_ok=True)
    if os.getuid() or not _mounted(*options, str(folder)):
        pytest.skip("may not mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


SMALL_DISK = ("-t", "tmpfs", "-o", "size=24m", "tmpfs")
"""Options of a disk in memory that is soon full."""


def remount(folder: Path, mode: str) -> None:
    """Make a mounted disk `ro` or `rw`."""
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no room on a disk; return the file that takes it."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return path
