"""Where things are: one folder holds the database, the runs, the corpora and the config file."""

import os
from pathlib import Path

import platformdirs

from core.errors import WorkspaceError
from core.language import tr

HOME_VARIABLE = "RNNSTUDIO_HOME"
"""The environment variable that moves the workspace."""


class Workspace:
    """Name every path of a workspace; making one creates nothing.

    Args:
        root: The folder; it need not exist yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        """The folder that holds everything, absolute."""

    @classmethod
    def open(cls, root: Path | None = None, *, create: bool = True) -> "Workspace":
        """Find the workspace: the argument, else `$RNNSTUDIO_HOME`, else the user's data folder.

        Args:
            root: The folder that the user named.
            create: Whether a folder that is not there yet is fine, to be made when first written.

        Raises:
            WorkspaceError: The path is no folder, or cannot be read, or is not there although
                `create` is false.
        """
        named = root or os.environ.get(HOME_VARIABLE)
        try:
            workspace = cls(Path(named or platformdirs.user_data_path("rnnstudio")).expanduser())
            mode_is_folder = workspace.root.is_dir()
            exists = mode_is_folder or os.path.lexists(workspace.root)
        except (OSError, ValueError, RuntimeError) as error:
            raise WorkspaceError(
                tr(
                    "the workspace {named!r} cannot be opened: {error}",
                    named=str(named),
                    error=error,
                )
            ) from None
        way_out = tr("name another folder with --workspace or {variable}", variable=HOME_VARIABLE)
        if exists and not mode_is_folder:
            raise WorkspaceError(
                tr(
                    "the workspace {root} is not a folder; {way_out}",
                    root=workspace.root,
                    way_out=way_out,
                )
            )
        if exists and not os.access(workspace.root, os.R_OK | os.X_OK):
            raise WorkspaceError(
                tr(
                    "no permission to read the workspace {root}; {way_out}",
                    root=workspace.root,
                    way_out=way_out,
                )
            )
        if not exists and not create:
            raise WorkspaceError(
                tr(
                    "there is no workspace at {root}; {way_out}",
                    root=workspace.root,
                    way_out=way_out,
                )
            )
        return workspace

    @property
    def database_path(self) -> Path:
        """The SQLite file of record."""
        return self.root / "rnnstudio.db"

    @property
    def runs_dir(self) -> Path:
        """The folder with a folder a run."""
        return self.root / "runs"

    @property
    def corpora_dir(self) -> Path:
        """The folder of the fetched corpora."""
        return self.root / "corpora"

    @property
    def tokens_dir(self) -> Path:
        """The folder of the tokens of large texts."""
        return self.root / "tokens"

    @property
    def config_path(self) -> Path:
        """The file of the user's preferences."""
        return self.root / "config.toml"

    @property
    def screen_path(self) -> Path:
        """The file of the dashboard as it was left."""
        return self.root / "screen.json"

    def run_dir(self, number: int) -> Path:
        """Return the folder that holds a run's checkpoints."""
        return self.runs_dir / str(number)

    def experiment_dir(self, number: int) -> Path:
        """Return the folder that holds the lock of whoever runs an experiment."""
        return self.root / "experiments" / str(number)

    def require_writable(self) -> None:
        """Make sure that a run could be kept here, without writing anything.

        Raises:
            WorkspaceError: The folder cannot be written, or cannot be made.
        """
        require_writable_folder(
            self.root,
            tr("the workspace {root}", root=self.root),
            tr("--workspace or {variable}", variable=HOME_VARIABLE),
        )


def require_writable_folder(folder: Path, what: str, option: str) -> None:
    """Make sure that a folder can be written or made, without making it.

    Args:
        folder: The folder, absolute.
        what: How a message calls it.
        option: How the user names another one.

    Raises:
        WorkspaceError: It cannot; the message says which part of the path is in the way.
    """
    way_out = tr("name another folder with {option}", option=option)
    existing = folder
    while not os.path.lexists(existing) and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise WorkspaceError(
            tr(
                "{what} cannot be made: {existing} is not a folder; {way_out}",
                what=what,
                existing=existing,
                way_out=way_out,
            )
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise WorkspaceError(
            tr(
                "{what} cannot be written: no permission in {existing}; {way_out}",
                what=what,
                existing=existing,
                way_out=way_out,
            )
        )
