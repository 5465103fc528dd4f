"""The folders of runs and experiments, as they are found."""

import shutil
from pathlib import Path

from workspace.paths import Workspace


def run_folders(workspace: Workspace) -> dict[int, Path]:
    """Return the folders that runs may have, by number."""
    return _numbered(workspace.runs_dir)


def experiment_folders(workspace: Workspace) -> dict[int, Path]:
    """Return the folders that experiments may have, by number."""
    return _numbered(workspace.root / "experiments")


def lockable_folders(workspace: Workspace) -> list[Path]:
    """Return every folder that may have a lock."""
    return [*run_folders(workspace).values(), *experiment_folders(workspace).values()]


def _numbered(folder: Path) -> dict[int, Path]:
    found = {
        int(path.name): path
        for path in folder.glob("[0-9]*")
        if path.name.isascii() and path.name.isdecimal() and len(path.name) <= 18
    }
    return {
        number: path
        for number, path in sorted(found.items())
        if path.name == str(number) and path.is_dir() and not path.is_symlink()
    }


def empty(folder: Path, *, but: str) -> None:
    """Remove what is in a folder, except the files whose names begin so."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif not path.name.startswith(but):
            path.unlink()
