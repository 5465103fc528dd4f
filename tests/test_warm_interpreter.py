"""Commands that are forked from a loaded interpreter: each is a process of its own, like any."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_cases import SMALL_MODEL
from core.events import StepsDone
from training_cases import TEXT
from tui.child_program import PROGRAM
from workspace.child_process import Child
from workspace.paths import Workspace
from workspace.runs import RunStore
from workspace.warm_interpreter import WarmInterpreter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there it is safe to fork")


@pytest.fixture
def warm() -> Iterator[WarmInterpreter]:
    """Return an interpreter that ends with the test."""
    with WarmInterpreter([sys.executable, str(PROGRAM), "experiment", "host"]) as interpreter:
        yield interpreter


def training(folder: Path, *words: str) -> list[str]:
    """Return the words that train a small model with dropout in a workspace."""
    text = folder / "jugs.txt"
    text.write_text(TEXT)
    place = ["--data_file", str(text), "--workspace", str(folder / "studio")]
    return ["train", *SMALL_MODEL, *place, "--dropout", "0.3", "--threads", "1", *words]


def said(child: Child) -> str:
    """Return what a child that has ended wrote on standard error."""
    child.errors.seek(0)
    return child.errors.read().decode()


def losses(folder: Path, number: int) -> list[str]:
    """Return the loss of each step of a run, exactly."""
    store = RunStore(Workspace(folder / "studio"))
    events = [e for e in store.events(number) if isinstance(e, StepsDone)]
    return [float.hex(loss) for event in events for loss in event.losses if loss is not None]


def test_runs_of_one_interpreter_have_the_numbers_of_their_own(
    warm: WarmInterpreter, tmp_path: Path
) -> None:
    """Neither a run before nor one beside it moves a generator: losses are equal to the bit."""
    children = [warm.start(training(tmp_path, "--name", name)) for name in ("first", "beside")]
    assert [child.process.wait(60) for child in children] == [0, 0]
    after = warm.start(training(tmp_path, "--name", "after"))
    assert after.process.wait(60) == 0
    with WarmInterpreter([sys.executable, str(PROGRAM), "experiment", "host"]) as another:
        alone = another.start(training(tmp_path, "--name", "alone"))
        assert alone.process.wait(60) == 0
    expected = losses(tmp_path, 4)
    assert len(expected) > 10
    assert [losses(tmp_path, number) for number in (1, 2, 3)] == [expected] * 3


def test_a_refusal_is_its_own(warm: WarmInterpreter, tmp_path: Path) -> None:
    """Exit code and sentence are those of the command line, and the next command runs."""
    refused = warm.start(["train", "--hidden_size", "0", "--workspace", str(tmp_path)])
    assert refused.process.wait(60) == 2
    assert said(refused) == "rnnstudio: hidden_size must be between 1 and 8192, got 0\n"
    assert warm.start(["settings"]).process.wait(60) == 0


def test_a_child_is_asked_to_save_and_another_killed(warm: WarmInterpreter, tmp_path: Path) -> None:
    """The signals reach the child that they are meant for."""
    endless = ["--epochs", "1000000", "--max_steps", "0"]
    asked, killed = (warm.start(training(tmp_path / n, *endless)) for n in folders(tmp_path))
    deadline = time.monotonic() + 60
    while not all(list((tmp_path / n).rglob("*.safetensors")) for n in ("asked", "killed")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    asked.process.terminate()
    killed.process.kill()
    assert (asked.process.wait(60), killed.process.wait(60)) == (143, -9)


def folders(root: Path) -> list[str]:
    """Make two folders and return their names."""
    names = ["asked", "killed"]
    for name in names:
        (root / name).mkdir()
    return names


def test_an_interpreter_that_is_gone_has_no_living_child(warm: WarmInterpreter) -> None:
    """Nobody waits for ever for a child whose end nobody can tell."""
    child = warm.start(["settings"])
    os.kill(warm.pid, 9)
    assert child.process.wait(60) in (0, -9)
    assert warm.start(["settings"]).process.wait(60) == -9
