"""`rnnstudio check`: each damage is found and mended, and nothing is lost by mending it."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cli_cases import Shell
from core.config import make_config
from core.errors import WorkspaceError
from core.events import StepsDone
from damage_cases import DAMAGES, checkpoints, contents, copied, sql, whole_workspace
from session_cases import Studio
from workspace.checking import check
from workspace.database import MIGRATIONS
from workspace.locks import LOCK_NAME, RunLock
from workspace.paths import Workspace
from workspace.repairing import Repaired, repair
from workspace.runs import RunStore


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a workspace in which nothing is wrong."""
    return whole_workspace(tmp_path_factory.mktemp("whole"))


def what_was_lost(root: Path, before: set[str], repaired: Repaired) -> list[str]:
    """Return what is wrong after a repair, a sentence each."""
    found = [fault.message for fault in check(Workspace(root)).faults]
    if before - contents(root):
        found.append("the contents of a file are gone")
    store = RunStore(Workspace(root))
    for run in store.list_runs():
        recorded = {saved.path for saved in store.checkpoints(run.run)}
        if recorded != set(checkpoints(root, run.run)):
            found.append(f"run {run.run} has other checkpoints than files")
    if repaired.mended and (repaired.aside is None) != (not repaired.mended):
        found.append("nothing was kept of what was changed")
    store.close()
    return found


def test_a_whole_workspace_has_no_fault(whole: Path) -> None:
    """Neither do runs and experiments that ended, nor a folder in which nothing was done yet."""
    checked = check(Workspace(whole))
    assert (checked.faults, checked.notes) == ([], [])
    assert (checked.runs, checked.checkpoints) == (2, 6)
    assert check(Workspace(whole / "none")).faults == []


@pytest.mark.parametrize("name", DAMAGES)
def test_each_damage_is_found_and_mended(whole: Path, tmp_path: Path, name: str) -> None:
    """It is named for what it is; after a repair a check finds nothing, and no content is gone."""
    root = copied(whole, tmp_path)
    damage, codes = DAMAGES[name]
    damage(root)
    before, rows = contents(root), [*root.glob("rnnstudio.db")]
    database = rows[0].read_bytes() if rows else b""
    checked = check(Workspace(root))
    assert {fault.code for fault in checked.faults} == codes
    assert contents(root) == before, "a look changes nothing"
    repaired = repair(Workspace(root))
    assert codes <= {fault.code for fault in repaired.mended}
    assert what_was_lost(root, before, repaired) == []
    if any(fault.rebuilds for fault in checked.faults) and database:
        kept = [path.read_bytes() for path in (root / "aside").rglob("rnnstudio.db")]
        assert database in kept
    assert repair(Workspace(root)).mended == []


@pytest.mark.parametrize(
    "name", ["lost database", "overwritten database", "no text", "spoiled run", "lost run row"]
)
def test_runs_go_on_after_a_repair(whole: Path, tmp_path: Path, name: str) -> None:
    """Under their numbers and names, from their newest checkpoints, with the losses they had."""
    studio = Studio(tmp_path)
    root = copied(whole, tmp_path)
    studio.config()
    DAMAGES[name][0](root)
    repair(Workspace(root))
    store = RunStore(Workspace(root))
    runs = [(run.run, run.name, run.step) for run in store.list_runs()]
    assert runs == [(2, "beta", 6), (1, "alpha", 12)]
    store.close()
    assert studio.resume("alpha", max_steps=14, data_file=str(tmp_path / "jugs.txt")).step == 14


def test_what_can_be_read_of_the_rows_is_kept(whole: Path, tmp_path: Path) -> None:
    """Metrics that no checkpoint holds outlive a table that cannot be read as text."""
    root = copied(whole, tmp_path)
    losses = [event.losses for event in RunStore(Workspace(whole)).of_kind(1, StepsDone)]
    DAMAGES["no text"][0](root)
    repair(Workspace(root))
    assert [event.losses for event in RunStore(Workspace(root)).of_kind(1, StepsDone)] == losses


def test_numbers_of_deleted_runs_are_not_given_again(whole: Path, tmp_path: Path) -> None:
    """Not even by a database that was made anew."""
    root = copied(whole, tmp_path)
    RunStore(Workspace(root)).delete(2)
    DAMAGES["foreign table"][0](root)
    repair(Workspace(root))
    assert RunStore(Workspace(root)).create_run(None, make_config()).run == 3


def test_a_run_in_training_is_left_alone(whole: Path, tmp_path: Path) -> None:
    """Its files are no faults, its damage waits, other runs are mended, and the notes say so."""
    root = copied(whole, tmp_path)
    workspace = Workspace(root)
    trainer = RunStore(workspace)
    trainer.claim(2)
    for run in (1, 2):
        (root / "runs" / str(run) / ".checkpoint-1.partial").write_text("being written")
    repaired = repair(workspace)
    assert [fault.run for fault in repaired.mended] == [1]
    assert repaired.left.notes == ["run 2 is being trained; it is passed over"]
    assert (root / "runs" / "2" / ".checkpoint-1.partial").exists()
    sql(root, "CREATE TABLE extra (x)")
    repaired = repair(workspace)
    assert repaired.mended == []
    assert "once that has ended" in repaired.left.notes[-1]
    trainer.close()
    assert repair(workspace).left.faults == []


OTHER = """
import sqlite3, sys
try:
    sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("BEGIN EXCLUSIVE")
except sqlite3.OperationalError as error:
    print(error.sqlite_errorname)
"""
"""Another process that takes a lock; it names the error when it does not get it."""


def test_a_look_gives_no_lock_back(whole: Path, tmp_path: Path) -> None:
    """What a repair holds stays held while it looks around, or a run would begin under it."""
    root = copied(whole, tmp_path)
    folders = [root / "runs" / "1", root / "experiments" / "1"]
    locks = [RunLock(folder) for folder in folders]
    assert check(Workspace(root), folders).faults == []
    for folder, lock in zip(folders, locks, strict=True):
        words = [sys.executable, "-c", OTHER, str(folder / LOCK_NAME)]
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        lock.release()
        assert told.split() == ["SQLITE_BUSY"]


@pytest.mark.parametrize("version", [len(MIGRATIONS) + 1, 0])
def test_what_is_not_ours_to_judge_is_refused(whole: Path, tmp_path: Path, version: int) -> None:
    """A database of a newer format or of another program stays as it is, repair or not."""
    root = copied(whole, tmp_path)
    path = root / "rnnstudio.db"
    if version:
        sql(root, f"PRAGMA user_version = {version}")
    else:
        path.unlink()
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.close()
    before = path.read_bytes()
    for attempt in (check, repair):
        with pytest.raises(WorkspaceError, match=r"has format|is not a database of rnnstudio"):
            attempt(Workspace(root))
    assert path.read_bytes() == before


def test_the_command_says_what_it_found(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 with faults, 0 without and after a repair, 2 without a workspace; and as JSON."""
    shell = Shell(tmp_path, capsys)
    nowhere = shell.run("check")
    assert (nowhere.code, "there is no workspace" in nowhere.err) == (2, True)
    root = copied(whole, tmp_path)
    assert shell.run("check").lines[-1] == "2 runs, 6 intact checkpoints, nothing is wrong"
    DAMAGES["flipped bit"][0](root)
    checked = shell.run("check")
    assert checked.code == 1
    assert f"damaged: {checkpoints(root, 1)[-1]}" in checked.out
    found, summary = shell.run("check", "--json").objects
    assert (found["type"], found["code"], found["run"], found["mended"]) == (
        "FaultFound", "checkpoint_damaged", 1, False,
    )  # fmt: skip
    assert (summary["type"], summary["faults"], summary["mended"]) == ("WorkspaceChecked", 1, 0)
    repaired = shell.run("check", "--repair")
    assert repaired.code == 0
    assert f"{root / 'aside' / '1'}" in repaired.out
    assert shell.run("check", "--json").objects[-1]["faults"] == 0


def test_a_damaged_database_names_the_way_out(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other commands say in one line that a check mends it."""
    root = copied(whole, tmp_path)
    DAMAGES["spoiled run"][0](root)
    listed = Shell(tmp_path, capsys).run("runs")
    assert (listed.code, listed.out) == (2, "")
    assert "`rnnstudio check --repair` mends it" in listed.err


def test_kept_tokens_are_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh ones of a large text are whole, and a flipped bit among them is found."""
    monkeypatch.setattr("workspace.large_texts.LARGE_BYTES", 1)
    studio = Studio(tmp_path)
    studio.start(max_steps=2)
    (path,) = studio.workspace.tokens_dir.glob("*.tokens")
    assert check(studio.workspace).faults == []
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert [fault.code for fault in check(studio.workspace).faults] == ["tokens_damaged"]


def test_tokens_that_nobody_writes_any_more_are_set_aside(tmp_path: Path) -> None:
    """Those of a text that is being read at this moment are not."""
    workspace = Workspace(tmp_path)
    workspace.tokens_dir.mkdir()
    dead, alive = (workspace.tokens_dir / f".{name}.partial" for name in ("dead", "alive"))
    dead.write_bytes(b"cut off")
    alive.write_bytes(b"being written")
    os.utime(dead, (0, 0))
    assert [fault.moves for fault in repair(workspace).mended] == [(dead,)]
    assert (dead.exists(), alive.exists()) == (False, True)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_behind_a_link_is_passed_over(whole: Path, tmp_path: Path, is_there: bool) -> None:
    """A run that was moved to another disk, there or not at the moment, keeps its checkpoints."""
    root = copied(whole, tmp_path)
    folder, elsewhere = root / "runs" / "2", tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere if is_there else tmp_path / "unmounted")
    repaired = repair(Workspace(root))
    assert (repaired.mended, repaired.left.faults) == ([], [])
    assert "behind a link" in repaired.left.notes[0]
    store = RunStore(Workspace(root))
    assert len(store.checkpoints(2)) == len([*elsewhere.glob("*.safetensors")])
    store.close()
