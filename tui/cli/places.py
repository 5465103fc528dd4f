"""Where a command works: the workspace that the user named, and what their config file says."""

import argparse
from pathlib import Path

from core.settings import Value
from tui.cli.parser import UsageError
from workspace.paths import Workspace
from workspace.preferences import load_preferences


def opened_workspace(args: argparse.Namespace) -> Workspace:
    """Return the workspace of `--workspace`, of the environment or of the user.

    Raises:
        UsageError: The folder's name is empty.
        WorkspaceError: It cannot be used.
    """
    named: str | None = getattr(args, "workspace", None)
    if named == "":
        raise UsageError("--workspace must name a folder, got ''")
    return Workspace.open(Path(named) if named is not None else None)


def preferred_settings(workspace: Workspace) -> dict[str, Value]:
    """Return the user's own defaults of the settings.

    Raises:
        InputError: The config file says something unknown.
    """
    return load_preferences(workspace.config_path).settings
