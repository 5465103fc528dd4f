"""A workspace with two runs and an experiment, what can happen to it, and what must not be lost."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from experiment_cases import planned_experiment
from session_cases import Studio
from workspace.experiments import ExperimentStore
from workspace.runs import RunStore

LOCKS_AND_LOGS = ("trainer.lock", "trainer.lock-journal", "rnnstudio.db-wal", "rnnstudio.db-shm")
"""Files that hold nothing of anybody's once the processes are gone."""

Damage = Callable[[Path], object]
"""What happens to a workspace, given its folder."""


def whole_workspace(root: Path) -> Path:
    """Make a workspace in which nothing is wrong; return its folder."""
    studio = Studio(root)
    usual = {"checkpoint_every": 3, "eval_every": 6, "keep_checkpoints": 9}
    studio.start("alpha", max_steps=12, **usual)  # type: ignore[arg-type]
    studio.start("beta", max_steps=6, **usual)  # type: ignore[arg-type]
    store = RunStore(studio.workspace)
    planned_experiment(ExperimentStore(store), {"model_type": ["rnn", "gru"]})
    store.close()
    return studio.workspace.root


def copied(whole: Path, folder: Path) -> Path:
    """Return a copy of a workspace, to be damaged."""
    return Path(shutil.copytree(whole, folder / "studio"))


def contents(root: Path) -> set[str]:
    """Return the hashes of all that must not be lost: of each file that is not a mere lock."""
    return {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.name not in LOCKS_AND_LOGS and path.name != "rnnstudio.db"
    }


def checkpoints(root: Path, run: int) -> list[Path]:
    """Return the files of a run's checkpoints, oldest first."""
    return sorted((root / "runs" / str(run)).glob("*.safetensors"))


def sql(root: Path, *statements: str) -> None:
    """Change rows as no program of ours does."""
    connection = sqlite3.connect(root / "rnnstudio.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def _flip_newest(root: Path) -> None:
    path = checkpoints(root, 1)[-1]
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)


def _pipe_for_newest(root: Path) -> None:
    path = checkpoints(root, 1)[-1]
    path.unlink()
    os.mkfifo(path)


def _lose_database(root: Path) -> None:
    for path in root.glob("rnnstudio.db*"):
        path.unlink()


def _scribble(root: Path) -> None:
    (root / "rnnstudio.db").write_bytes(b"no database " * 3000)


def _spoil_pages(root: Path) -> None:
    """Overwrite what lies in the middle of the database; its header stays."""
    path = root / "rnnstudio.db"
    data = path.read_bytes()
    third = len(data) // 3
    path.write_bytes(data[:third] + bytes(8192) + data[third + 8192 :])


def _cut_database(root: Path) -> None:
    os.truncate(root / "rnnstudio.db", (root / "rnnstudio.db").stat().st_size // 2)


def _lose_folder(root: Path) -> None:
    shutil.rmtree(root / "runs" / "2")


def _foreign_folder(root: Path) -> None:
    (root / "runs" / "9").mkdir()
    (root / "runs" / "9" / "thesis.txt").write_text("mine")


def _leave_files(root: Path) -> None:
    (root / "runs" / "1" / ".checkpoint-00000013-aaaaaaaa.safetensors.ab.partial").write_text("x")


def _unrecorded(root: Path) -> None:
    # As a kill leaves it between the file and its row.
    sql(root, "DELETE FROM checkpoints WHERE step = 12")


def _spoiled_text(root: Path) -> None:
    (root / "corpora").mkdir()
    (root / "corpora" / "tiny-shakespeare.txt").write_text("cut off")


def _spoiled_tokens(root: Path) -> None:
    (root / "tokens").mkdir()
    (root / "tokens" / "0af3.tokens").write_bytes(b"cut off")


DAMAGES: dict[str, tuple[Damage, set[str]]] = {
    "flipped bit": (_flip_newest, {"checkpoint_damaged"}),
    "pipe": (_pipe_for_newest, {"checkpoint_damaged"}),
    "lost file": (lambda root: checkpoints(root, 1)[1].unlink(), {"checkpoint_damaged"}),
    "lost database": (_lose_database, {"database_missing"}),
    "overwritten database": (_scribble, {"database_damaged"}),
    "spoiled pages": (_spoil_pages, {"database_damaged"}),
    "cut database": (_cut_database, {"database_damaged"}),
    "no text": (
        lambda root: sql(root, "UPDATE runs SET corpus_name = CAST(x'ff41' AS TEXT)"),
        {"database_damaged"},
    ),
    "foreign table": (lambda root: sql(root, "CREATE TABLE extra (x)"), {"database_damaged"}),
    "spoiled run": (
        lambda root: sql(root, "UPDATE runs SET config = '[', step = 'far' WHERE run = 1"),
        {"row_damaged"},
    ),
    "spoiled checkpoint row": (
        lambda root: sql(root, "UPDATE checkpoints SET file = '../x' WHERE step = 9"),
        {"row_damaged", "file_left_over"},
    ),
    "lost run row": (lambda root: sql(root, "DELETE FROM runs WHERE run = 2"), {"run_lost"}),
    "lost run": (
        lambda root: sql(
            root, *(f"DELETE FROM {t} WHERE run = 2" for t in ("runs", "events", "checkpoints"))
        ),
        {"run_lost"},
    ),
    "orphaned rows": (
        lambda root: sql(root, "INSERT INTO events (run, type, body) VALUES (8, 'Noticed', '{}')"),
        {"row_orphaned"},
    ),
    "lost folder": (_lose_folder, {"run_folder_missing"}),
    "foreign folder": (_foreign_folder, {"run_lost"}),
    "unfinished file": (_leave_files, {"file_left_over"}),
    "unfinished copy": (
        lambda root: (root / ".rnnstudio.db.ab.partial").write_text("x"),
        {"file_left_over"},
    ),
    "unrecorded": (_unrecorded, {"checkpoint_unrecorded"}),
    "spoiled lock": (
        lambda root: (root / "runs" / "1" / "trainer.lock").write_text("no lock"),
        {"lock_damaged"},
    ),
    "lock of nothing": (lambda root: (root / "experiments" / "5").mkdir(parents=True),
                        {"lock_damaged"}),
    "spoiled text": (_spoiled_text, {"corpus_damaged"}),
    "spoiled tokens": (_spoiled_tokens, {"tokens_damaged"}),
    "no members": (lambda root: sql(root, "DELETE FROM members"), {"experiment_empty"}),
    "lost member": (
        lambda root: sql(root, "UPDATE members SET run = 77 WHERE member = 1"), {"member_gone"},
    ),
    "lost experiment": (lambda root: sql(root, "DELETE FROM experiments"), {"row_orphaned"}),
    "spoiled member": (
        lambda root: sql(root, "UPDATE members SET config = '{' WHERE member = 2"),
        {"row_damaged"},
    ),
}  # fmt: skip
"""What happens, and the faults that a check then finds."""
