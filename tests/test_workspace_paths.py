"""The workspace is found, checked, and not made before something is kept in it."""

from pathlib import Path

import pytest

from core.errors import WorkspaceError
from store_cases import read_only
from workspace.paths import HOME_VARIABLE, Workspace, require_writable_folder
from workspace.runs import RunStore


def test_an_argument_goes_before_the_variable_and_that_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--workspace`, then `$RNNSTUDIO_HOME`, then the user's data folder."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "variable"))
    assert Workspace.open(tmp_path / "argument").root == tmp_path / "argument"
    assert Workspace.open().root == tmp_path / "variable"
    monkeypatch.delenv(HOME_VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert Workspace.open().root.name == "rnnstudio"


def test_looking_makes_nothing(tmp_path: Path) -> None:
    """Opening a workspace and listing its runs leaves no trace on the disk."""
    workspace = Workspace.open(tmp_path / "studio")
    workspace.require_writable()
    store = RunStore(workspace)
    assert store.list_runs() == []
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_relative_folder_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace does not move when the program changes its folder."""
    monkeypatch.chdir(tmp_path)
    assert Workspace.open(Path("here")).root == tmp_path / "here"


def test_what_is_no_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    """A file in the place of the workspace, or of a folder above it, is named."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match=r"file is not a folder; name another"):
        Workspace.open(tmp_path / "file")
    with pytest.raises(WorkspaceError, match=r"cannot be made: .*file is not a folder"):
        Workspace.open(tmp_path / "file" / "studio").require_writable()
    with pytest.raises(WorkspaceError, match="there is no workspace at"):
        Workspace.open(tmp_path / "none", create=False)


def test_a_folder_without_permission_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Training in a read-only workspace is refused, and so is a `save_dir` that is read-only."""
    folder = tmp_path / "locked"
    folder.mkdir()
    with read_only(folder):
        with pytest.raises(WorkspaceError, match=r"no permission in .*locked; name another"):
            Workspace.open(folder / "studio").require_writable()
        with pytest.raises(WorkspaceError, match=r"save_dir x cannot be written: .*--save_dir"):
            require_writable_folder(folder / "x", "save_dir x", "--save_dir")
