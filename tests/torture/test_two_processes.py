"""Two processes, one workspace: one trainer a run, and readers that never see half of anything."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from program_cases import ROOT, SMALL, Program, Server, served, start

from core.events import RunStarted

TRAINING = ["train", *SMALL, "--max_steps", "1000000", "--eval_every", "500"]

SAVING = [
    "train",
    *SMALL,
    "--max_steps",
    "1000000",
    "--eval_every",
    "50",
    "--checkpoint_every",
    "1",
]
"""Saves at every step, which takes less than 50 ms."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return what forks the program."""
    with served(nice=False) as server:
        yield server


def ask(server: Server, program: Program, *words: str, naive: str = "") -> tuple[int, Program]:
    """Run another command in a program's workspace; return its exit code and what it said."""
    number = len(list(program.root.glob("other*")))
    other = start(server, program.root, words, naive=naive, out=program.root / f"other{number}")
    return other.wait(), other


def status(server: Server, program: Program, naive: str = "") -> str:
    """Return what `runs list` says of the run."""
    _, other = ask(server, program, "runs", "list", naive=naive)
    return str(json.loads(b"".join(other.said))[0]["status"])


def lock_faults(server: Server, root: Path, naive: str = "") -> list[str]:
    """Train, try to train the same run a second time, kill, and go on; return what is wrong."""
    found = []
    first = start(server, root, TRAINING, naive=naive)
    first.read_until("CheckpointSaved")
    if (seen := status(server, first, naive)) != "running":
        found.append(f"a reader sees {seen}")
    short = ("resume", "1", "--max_steps", "1")
    code, second = ask(server, first, *short, naive=naive)
    told = f"run 1 is being trained by process {first.pid} on {socket.gethostname()}"
    if code != 2 or told not in second.errors:
        found.append(f"a second trainer ends with {code}: {second.errors}")
    first.kill()
    assert first.wait() == -9
    if (seen := status(server, first, naive)) != "interrupted":
        found.append(f"after a kill a reader sees {seen}")
    code, third = ask(server, first, "resume", "1", "--epochs", "1", naive=naive)
    if code or not any(isinstance(event, RunStarted) for event in third.told):
        found.append(f"after a kill a resume ends with {code}: {third.errors}")
    return found


def test_one_trainer_a_run_until_it_is_killed(server: Server, tmp_path: Path) -> None:
    """The second is refused, naming process and host; a kill frees the run; readers see both."""
    assert lock_faults(server, tmp_path) == []


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_one_trainer_a_run_100_times(server: Server, tmp_path: Path) -> None:
    """The same, killed at a hundred instants."""
    for number in range(100):
        root = tmp_path / str(number)
        root.mkdir()
        assert lock_faults(server, root) == [], number


@pytest.mark.torture
@pytest.mark.parametrize(
    ("naive", "fault"),
    [("no_lock", "a second trainer ends with"), ("lock_file", "after a kill")],
)
def test_a_naive_lock_is_found_out(server: Server, tmp_path: Path, naive: str, fault: str) -> None:
    """Without a lock two train one run; a lock that is a file outlives the process that held it."""
    assert any(fault in found for found in lock_faults(server, tmp_path, naive))


def read_while_saving(
    server: Server, root: Path, readers: int, saves: int, naive: str = "", *, seconds: float = 0
) -> list[dict[str, object]]:
    """Let processes read a run while it saves; return what each has found.

    Args:
        server: What forks the program.
        root: As for `start`.
        readers: How many read.
        saves: How many checkpoints are saved at least.
        naive: A variant of `naive.py`.
        seconds: How long that goes on at least.
    """
    program = start(server, root, SAVING, naive=naive)
    program.read_until("CheckpointSaved")
    script = str(Path(__file__).with_name("live_reader.py"))
    # Where processors are few, four readers would else take most of them from who saves.
    words = ["nice", sys.executable, script, str(root / "studio")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANGUAGE": "en"}
    started = [
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(readers)
    ]
    for reader in started:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
    begun, saved = time.monotonic(), 0
    while saved < saves or time.monotonic() - begun < seconds:
        program.read_until("CheckpointSaved")
        saved += 1
    lasted_s = time.monotonic() - begun
    print(f"{saved} saves in {lasted_s:.0f} s, one every {1000 * lasted_s / saved:.1f} ms")
    found = [json.loads(reader.communicate()[0]) for reader in started]
    program.kill()
    program.wait()
    return found


def test_readers_of_a_saving_run_see_whole_things(server: Server, tmp_path: Path) -> None:
    """A part of what the long harness does."""
    (told,) = read_while_saving(server, tmp_path, 1, 100)
    assert told["faults"] == []
    assert told["checkpoints"]


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_four_readers_see_no_partial_thing(server: Server, tmp_path: Path) -> None:
    """While a checkpoint is saved every 50 ms, or more often, for two minutes."""
    told = read_while_saving(server, tmp_path, 4, 2400, seconds=120)
    print(told)
    assert [one["faults"] for one in told] == [[]] * 4


@pytest.mark.torture
@pytest.mark.parametrize("naive", ["in_place", "prune_first", "late_file"])
def test_readers_find_what_is_wrong_with_a_naive_program(
    server: Server, tmp_path: Path, naive: str
) -> None:
    """A file that is written over, pruned too early, or comes after its row is seen."""
    told = read_while_saving(server, tmp_path, 2, 300, naive)
    assert any(one["faults"] for one in told)
