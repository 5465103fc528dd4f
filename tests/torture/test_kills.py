"""What was announced survives a kill at any moment, and the order of calls survives a power cut."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from program_cases import SMALL, Program, Server, broken_promises, served, start
from strace_cases import (
    CHANGING,
    Call,
    needs_strace,
    points,
    power_cut_losses,
    trace_of,
    traced,
)

from core.events import CheckpointSaved, Evaluated, RunEnded, RunStarted, StepsDone

SHORT = ["train", *SMALL, *["--max_steps", "8", "--eval_every", "4", "--checkpoint_every", "2"]]
"""Eight steps, two evaluations, four checkpoints, of which the oldest is pruned."""

KEEP = 2
KEPT = ["--keep_checkpoints", str(KEEP)]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return what forks the program."""
    with served() as server:
        yield server


def whole_trace(server: Server, root: Path, naive: str = "") -> tuple[Program, list[Call]]:
    """Let the program train to its end under strace."""
    program = start(server, root, [*SHORT, *KEPT], naive=naive, stopped=True)
    with traced(program, "-f", "-e", f"trace=openat,{','.join(CHANGING)}"):
        assert program.wait() == 0, program.errors
    return program, trace_of(program)


def killed_at(server: Server, root: Path, call: Call, naive: str = "") -> Program:
    """Let the program be killed as it begins a system call."""
    program = start(server, root, [*SHORT, *KEPT], naive=naive, stopped=True)
    with traced(program, *call.tampered("signal=KILL", program.out / "out")):
        program.wait()
    return program


def losses(program: Program) -> dict[int, str]:
    """Return each step's loss to its last bit."""
    return {
        step: str(loss)
        for event in program.told
        if isinstance(event, StepsDone)
        for step, loss in enumerate(event.losses, start=event.first_step)
    }


def check_resume(server: Server, program: Program, whole: dict[int, str]) -> None:
    """Go on with a killed run: no damage is met, and its losses are those of an undisturbed one."""
    if not any(isinstance(event, CheckpointSaved) for event in program.told):
        return
    resumed = start(server, program.root, ["resume", "1"])
    assert resumed.wait() == 0, resumed.errors
    assert "damaged" not in repr(resumed.told)
    assert isinstance(resumed.told[-1], RunEnded)
    assert resumed.told[-1].step == 8
    before = next(e.start_step for e in resumed.told if isinstance(e, RunStarted))
    assert losses(resumed) == {step: loss for step, loss in whole.items() if step > before}
    assert not list(program.root.glob("studio/runs/1/.*.partial"))


def kills_at(server: Server, root: Path, every: int, naive: str = "", first: int = 0) -> list[str]:
    """Kill at every so many of the calls of the save path; return what was lost."""
    program, calls = whole_trace(server, root / "whole", naive)
    found = []
    for number, call in list(enumerate(points(calls, program.root)))[first::every]:
        killed = killed_at(server, root / str(number), call, naive)
        found += broken_promises(killed.root, killed.told, keep=KEEP)
        if not naive:
            check_resume(server, killed, losses(program))
        elif found:
            break
    return found


@needs_strace
def test_a_kill_at_some_calls_of_the_save_path_loses_nothing(
    server: Server, tmp_path: Path
) -> None:
    """A few of the moments that the long harness goes through one by one."""
    assert kills_at(server, tmp_path, 120, first=45) == []


@pytest.mark.torture
@needs_strace
@pytest.mark.timeout(3600)
def test_a_kill_at_every_call_of_the_save_path_loses_nothing(
    server: Server, tmp_path: Path
) -> None:
    """Killed before every write, rename, sync and unlink in turn, the run keeps its promises."""
    assert kills_at(server, tmp_path, 1) == []


@pytest.mark.torture
@needs_strace
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("naive", ["in_place", "announce_first", "lazy_rows", "prune_first"])
def test_kills_find_what_is_wrong_with_a_naive_program(
    server: Server, tmp_path: Path, naive: str
) -> None:
    """Each way of saving that is almost right loses something at one of the calls."""
    assert kills_at(server, tmp_path, 3, naive)


@needs_strace
def test_a_power_cut_could_take_nothing_that_was_announced(server: Server, tmp_path: Path) -> None:
    """File, name, folders and row are safe, in this order, before they are announced."""
    program, calls = whole_trace(server, tmp_path)
    assert power_cut_losses(calls, program.root) == (4, [])


@needs_strace
@pytest.mark.parametrize(
    ("naive", "loss"),
    [
        ("no_sync", "before its contents were safe"),
        *(
            pytest.param(naive, loss, marks=pytest.mark.torture)
            for naive, loss in (
                ("no_file_sync", "before its contents were safe"),
                ("no_folder_sync", "was announced before the name"),
                ("lazy_database", "before its row was safe"),
                ("announce_first", "before its row was written"),
            )
        ),
    ],
)
def test_a_power_cut_would_hurt_a_naive_program(
    server: Server, tmp_path: Path, naive: str, loss: str
) -> None:
    """The order of calls tells each sync that is missing."""
    program, calls = whole_trace(server, tmp_path, naive)
    assert any(loss in found for found in power_cut_losses(calls, program.root)[1])


def kill_at_random(server: Server, root: Path, seed: int, naive: str = "") -> list[str]:
    """Kill real training at a random instant; return what was lost."""
    dice = random.Random(seed)
    words = ["train", *SMALL, *KEPT, "--max_steps", "100000", "--eval_every", "16"]
    program = start(server, root, [*words, "--checkpoint_every", "4"], naive=naive)
    program.read_until("StepsDone")
    program.read_lines(dice.randrange(60))
    time.sleep(dice.random() * 0.02)
    program.kill()
    assert program.wait() == -9
    found = broken_promises(root, program.told, keep=KEEP)
    assert any(isinstance(event, Evaluated | StepsDone) for event in program.told)
    return found


def test_some_random_kills_lose_nothing(server: Server, tmp_path: Path) -> None:
    """Two of the instants of the long harness."""
    assert [kill_at_random(server, tmp_path / str(seed), seed) for seed in range(2)] == [[]] * 2


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_300_random_kills_lose_nothing(server: Server, tmp_path: Path) -> None:
    """Killed at 300 random instants, real training loses no checkpoint and no evaluation."""
    for seed in range(300):
        assert kill_at_random(server, tmp_path / str(seed), seed) == [], seed


@pytest.mark.torture
@pytest.mark.parametrize("naive", ["in_place", "announce_first", "lazy_rows", "prune_first"])
def test_random_kills_find_what_is_wrong_with_a_naive_program(
    server: Server, tmp_path: Path, naive: str
) -> None:
    """Among fifty random instants one shows each fault."""
    assert any(kill_at_random(server, tmp_path / str(n), n, naive) for n in range(50))
