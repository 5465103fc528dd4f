"""A repair of a workspace loses nothing, whatever has happened to it."""

import random
from pathlib import Path

import pytest

from core.errors import WorkspaceError
from damage_cases import DAMAGES, contents, copied, whole_workspace
from workspace.checking import check
from workspace.checkpoints import is_intact
from workspace.paths import Workspace
from workspace.repairing import repair
from workspace.runs import RunStore


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a workspace in which nothing is wrong."""
    return whole_workspace(tmp_path_factory.mktemp("whole"))


def spoil(root: Path, dice: random.Random) -> None:
    """Damage one to three things, by the cases or by chance anywhere in any file."""
    for _ in range(dice.randint(1, 3)):
        if dice.random() < 0.5:
            try:
                DAMAGES[dice.choice(sorted(DAMAGES))][0](root)
            except Exception:
                continue  # what it would have damaged is damaged already
            continue
        files = [path for path in sorted(root.rglob("*")) if path.is_file()]
        path = dice.choice(files)
        data = bytearray(path.read_bytes())
        if not data:
            continue
        at = dice.randrange(len(data))
        match dice.randrange(4):
            case 0:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                del data[at:]
            case 2:
                data[at : at + 600] = dice.randbytes(len(data[at : at + 600]))
            case _:
                data[at : at + 4096] = bytes(len(data[at : at + 4096]))
        path.write_bytes(data)


def what_is_lost(whole: Path, folder: Path, seed: int) -> list[str]:
    """Damage a copy, repair it, and return what is wrong with it then."""
    folder.mkdir()
    root = copied(whole, folder)
    spoil(root, random.Random(seed))
    before = contents(root)
    workspace = Workspace(root)
    try:
        repair(workspace)
    except WorkspaceError as error:
        told = str(error)
        # Its own header says that it is another program's, or of a later time.
        refused = "is not a database of rnnstudio" in told or "has format" in told
        return [] if refused and contents(root) == before else [told]
    found = [f"{fault.code}: {fault.message}" for fault in check(workspace).faults]
    if before - contents(root):
        found.append("the contents of a file are gone")
    store = RunStore(workspace)
    for run in store.list_runs():
        found += [f"{s.path} is damaged" for s in store.checkpoints(run.run) if not is_intact(s)]
        list(store.events(run.run))
    store.close()
    return found


def test_some_damages_are_repaired_without_loss(whole: Path, tmp_path: Path) -> None:
    """A few of the seeds of the long harness."""
    assert [what_is_lost(whole, tmp_path / str(n), n) for n in range(4)] == [[]] * 4


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_500_damages_are_repaired_without_loss(whole: Path, tmp_path: Path) -> None:
    """After a repair a check finds nothing, rows and files agree, and no contents are gone."""
    found = {n: what_is_lost(whole, tmp_path / str(n), n) for n in range(500)}
    assert {seed: faults for seed, faults in found.items() if faults} == {}


@pytest.mark.torture
def test_a_repair_that_deletes_is_found_out(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among fifty seeds, some lose the contents of a file to a repair that tidies up."""
    monkeypatch.setattr("workspace.repairing._Aside.take", lambda _, path: path.unlink())
    found = []
    for seed in range(50):
        try:
            found += what_is_lost(whole, tmp_path / str(seed), seed)
        except OSError:
            continue  # a folder, which such a repair cannot even delete
    assert "the contents of a file are gone" in found
