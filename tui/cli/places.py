"""Where a command works: the workspace that the user named, and what their config file says."""

import argparse
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.parser import UsageError

if TYPE_CHECKING:
    from workspace.paths import Workspace
    from workspace.preferences import Preferences


def opened_workspace(args: argparse.Namespace) -> "Workspace":
    """Return the workspace of `--workspace`, of the environment or of the user.

    Raises:
        UsageError: The folder's name is empty.
        WorkspaceError: It cannot be used.
    """
    named: str | None = getattr(args, "workspace", None)
    if named == "":
        raise UsageError("--workspace must name a folder, got ''")
    # Imported here, since help needs no workspace.
    from workspace.paths import Workspace

    return Workspace.open(Path(named) if named is not None else None)


def preferences_of(workspace: "Workspace") -> "Preferences":
    """Return what the user's config file says.

    Raises:
        InputError: It says something unknown.
    """
    from workspace.preferences import load_preferences

    return load_preferences(workspace.config_path)


def model_target(args: argparse.Namespace) -> str | None:
    """Return the run or file that the user named; None means the newest run.

    A name such as `notes.txt` is taken for a file if there is one, so that it is refused as what
    it is and not as a run that does not exist.
    """
    target: str | None = getattr(args, "target", None)
    if target is None or not Path(target).suffix:
        return target
    is_file = False
    with suppress(OSError, ValueError):  # Too long, or with a null character: no file.
        is_file = Path(target).is_file()
    return str(Path(target).absolute()) if is_file else target
