"""Which checkpoint files stay, which one is used, and what a damaged one costs."""

import hashlib
import os
from pathlib import Path

import msgspec
import pytest

from core.config import make_config
from core.errors import CheckpointError
from store_cases import new_store, saved, started
from workspace.checkpoints import as_path, new_path, newest_intact, prune, sweep
from workspace.records import SavedCheckpoint
from workspace.runs import RunStore


def store_with_checkpoints(tmp_path: Path, *, best: int, count: int = 5) -> tuple[RunStore, int]:
    """Return a store whose run has checkpoints at the steps 1 to `count`."""
    store = new_store(tmp_path)
    number = store.create_run(None, make_config()).run
    store.record(number, started())
    for step in range(1, count + 1):
        path = new_path(store.workspace.run_dir(number), step)
        path.write_bytes(b"weights of step %d" % step)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        store.record(number, saved(path, step, is_best=step == best, sha256=sha256))
    return store, number


def steps_on_disk(store: RunStore, run: int) -> list[int]:
    """Return the steps of the checkpoint files that are there."""
    files = store.workspace.run_dir(run).glob("*.safetensors")
    return sorted(int(file.name.split("-")[1]) for file in files)


def test_a_path_is_never_used_for_other_contents(tmp_path: Path) -> None:
    """Two checkpoints of the same step, as after a resume, have different files."""
    assert len({new_path(tmp_path, 7) for _ in range(100)}) == 100


def test_pruning_keeps_the_newest_the_best_and_the_one_resumed_from(tmp_path: Path) -> None:
    """Rows and files go together, and nothing that may still be needed goes."""
    store, run = store_with_checkpoints(tmp_path, best=2)
    resumed_from = store.checkpoints(run)[-1].path
    prune(store, run, keep=2, protected=[resumed_from])
    assert [checkpoint.step for checkpoint in store.checkpoints(run)] == [5, 4, 2, 1]
    assert steps_on_disk(store, run) == [1, 2, 4, 5]
    prune(store, run, keep=1)
    assert steps_on_disk(store, run) == [2, 5]


def test_nothing_is_pruned_before_the_newest_is_verified(tmp_path: Path) -> None:
    """While the newest file cannot be read back whole, the older ones all stay."""
    store, run = store_with_checkpoints(tmp_path, best=5)
    store.checkpoints(run)[0].path.write_bytes(b"torn")
    prune(store, run, keep=1)
    assert steps_on_disk(store, run) == [1, 2, 3, 4, 5]


def test_a_damaged_newest_checkpoint_falls_back_with_a_notice(tmp_path: Path) -> None:
    """The one before it is used, and each damaged or missing one is named."""
    store, run = store_with_checkpoints(tmp_path, best=2)
    newest, before = store.checkpoints(run)[:2]
    found, notices = newest_intact(store, run)
    assert (found.step, notices) == (5, [])
    newest.path.write_bytes(b"torn")
    before.path.unlink()
    found, notices = newest_intact(store, run)
    assert found.step == 3
    assert [f"step {step} is damaged" in note for step, note in zip((5, 4), notices, strict=True)]
    assert newest_intact(store, run, best=True)[0].step == 2
    for checkpoint in store.checkpoints(run):
        checkpoint.path.unlink(missing_ok=True)
    with pytest.raises(CheckpointError, match="all 5 checkpoints of run 1 are damaged or missing"):
        newest_intact(store, run)


def test_a_checkpoint_pruned_under_a_reader_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a trainer prunes, a reader takes the newer one without a false alarm."""
    store, run = store_with_checkpoints(tmp_path, best=1, count=2)
    (newer, older), real = store.checkpoints(run), RunStore.checkpoints
    stale = [[msgspec.structs.replace(older, is_best=True)]]
    prune(store, run, keep=1)
    store.forget_checkpoint(run, older)
    older.path.unlink(missing_ok=True)

    def outdated_once(self: RunStore, run: int) -> list[SavedCheckpoint]:
        return stale.pop() if stale else real(self, run)

    monkeypatch.setattr(RunStore, "checkpoints", outdated_once)
    assert newest_intact(store, run, best=True) == (newer, [])


def test_a_run_without_a_checkpoint_says_so(tmp_path: Path) -> None:
    """A run that was stopped before its first save cannot go on."""
    store = new_store(tmp_path)
    run = store.create_run(None, make_config()).run
    with pytest.raises(CheckpointError, match="run 1 has no checkpoint yet"):
        newest_intact(store, run)


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    """Half-written files go, and those never announced that the run is past; all else stays."""
    store, run = store_with_checkpoints(tmp_path, best=1, count=2)
    folder = store.workspace.run_dir(run)
    leftovers = [
        folder / ".checkpoint-00000003-ab.safetensors.cd.partial",
        new_path(folder, 2),
    ]
    # It was announced, where somebody has put an older copy of the database back.
    newer = new_path(folder, 3)
    the_users_own = [
        newer,
        folder / "notes.txt",
        folder / "checkpoint-best.safetensors",
        folder / "checkpoint-00000002-backup.safetensors",
    ]
    for path in (*leftovers, *the_users_own):
        path.write_text("x")
    sweep(store, run)
    assert not any(path.exists() for path in leftovers)
    assert all(path.exists() for path in the_users_own)
    for path in the_users_own:
        path.unlink()
    assert steps_on_disk(store, run) == [1, 2]


def test_a_folder_that_is_a_link_is_not_swept(tmp_path: Path) -> None:
    """What a stranger's workspace calls a run may be somebody's own: nothing of it is removed."""
    store, run = store_with_checkpoints(tmp_path, best=1, count=2)
    folder, own = store.workspace.run_dir(run), tmp_path / "own"
    folder.rename(own)
    folder.symlink_to(own)
    others = new_path(own, 1)
    others.write_text("x")
    sweep(store, run)
    assert others.exists()


@pytest.mark.parametrize("target", [None, "3", "#3", "my-run", "v1.5", "folder"])
def test_a_name_is_no_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str | None
) -> None:
    """RUN is a path only if it holds a slash or ends as a model's file does."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert as_path(target) is None


def test_a_path_is_absolute_and_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path names a file that is there; a folder, a pipe or nothing is refused in one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.safetensors").write_text("x")
    for target in ("x.safetensors", "./x.safetensors", "~/x.safetensors"):
        assert as_path(target) == tmp_path / "x.safetensors"
    os.mkfifo(tmp_path / "pipe.pt")
    for target in ("pipe.pt", "./"):
        with pytest.raises(CheckpointError, match=r"is not a file; name|cannot be opened"):
            as_path(target)
    with pytest.raises(CheckpointError, match=r"'/.*a\\x00/b' does not exist"):
        as_path("a\0/b")
    for target in ("none.pt", "~nobody-at-all/none.pt"):
        with pytest.raises(CheckpointError, match=r"none\.pt does not exist; name a checkpoint"):
            as_path(target)
