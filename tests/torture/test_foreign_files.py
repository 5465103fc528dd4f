"""Files from strangers are data: none is executed, none crashes, none costs time or memory."""

import json
import os
import random
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from foreign_files import KINDS, Originals, make_originals

LONGEST_S = 5.0
PATIENCE_S = 20.0
"""After this a reader is ended and the file counts as one that took too long."""

ROOM_MIB = 300.0

HERE = Path(__file__).parent


class Reader:
    """Read files in a process of its own, again in a new one where that was its end."""

    def __init__(self, home: Path, *words: str) -> None:
        self._home = home
        self._words = words
        self._process: subprocess.Popen[str] | None = None

    def ask(self, words: list[str]) -> dict[str, object]:
        """Run a command line there."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, HERE / "foreign_reader.py", *self._words],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self._home,
                env={**os.environ, "RNNSTUDIO_HOME": str(self._home / "studio"),
                     "PYTHONPATH": os.pathsep.join(map(str, [HERE.parent.parent, HERE.parent]))},
            )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        waited = select.select([self._process.stdout], [], [], PATIENCE_S)[0]
        line = self._process.stdout.readline() if waited else ""
        if line:
            answer: dict[str, object] = json.loads(line)
            return answer
        code = self.close()
        return {"crash": f"process ended with {code}" if waited else "no answer", "code": code,
                "said": "", "is_one_line": False, "seconds": 0.0 if waited else PATIENCE_S,
                "mib": 0.0}  # fmt: skip

    def close(self) -> int:
        """End the process."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.kill()
        process.communicate()
        return process.returncode


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    """Make the real files once."""
    return make_originals(tmp_path_factory.mktemp("originals"))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return a place for the changed files."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


def faults_of(
    originals: Originals, home: Path, kind: str, seeds: range, reader: Reader
) -> dict[str, list[str]]:
    """Read changed files of a kind, and say of which seeds something was wrong, and what."""
    reader.ask(["generate", str(originals.named(".safetensors")[0]), "--max_length", "1"])
    faults: dict[str, list[str]] = {}
    canary = home / "executed"
    for seed in seeds:
        folder = home / f"{kind}-{seed}"
        folder.mkdir()
        rng = random.Random(f"{kind} {seed}")
        case = KINDS[kind](originals, folder, rng, canary)
        found = reader.ask(case.words)
        if found.get("diverged"):
            continue  # A sound file of wild numbers was trained on and stopped, which is exit 1.
        for what, is_wrong in {
            "executed": canary.exists(),
            "traceback": bool(found["crash"]),
            "no line": found["code"] == 2 and not found["is_one_line"],
            "exit code": found["code"] not in (0, 2, -1),
            "too long": float(str(found["seconds"])) > LONGEST_S,
            "too large": float(str(found["mib"])) > ROOM_MIB + 2 * case.size / 2**20,
        }.items():
            if is_wrong:
                faults.setdefault(what, []).append(f"{kind} {seed}: {case.words[0]}: {found}")
        if canary.exists():
            canary.rmdir()
        shutil.rmtree(folder)
    return faults


def test_some_foreign_files(originals: Originals, home: Path) -> None:
    """A few of each kind: refused in one line with code 2, or read, quickly and in room."""
    reader = Reader(home)
    for kind in KINDS:
        assert not faults_of(originals, home, kind, range(16), reader)
    reader.close()


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_foreign_files(originals: Originals, home: Path, kind: str) -> None:
    """10,000 of them, 2,000 of each kind."""
    reader = Reader(home)
    assert not faults_of(originals, home, kind, range(2000), reader)
    reader.close()


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("checkpoint", {"traceback"}),
        ("exported", {"executed", "traceback", "too large"}),
        ("vocabulary", {"traceback"}),
        ("config", {"traceback"}),
        ("database", {"traceback"}),
    ],
)
def test_the_harness_catches_a_naive_reader(
    originals: Originals, home: Path, kind: str, expected: set[str]
) -> None:
    """A reader that trusts what it is sent executes, crashes and runs out of room."""
    reader = Reader(home, "naive")
    assert expected <= set(faults_of(originals, home, kind, range(100), reader))
    reader.close()
