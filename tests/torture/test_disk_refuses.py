"""A disk that is full, failing or read-only takes nothing that was saved, and no run with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from mount_cases import SMALL_DISK, fill, mounted, remount
from program_cases import SMALL, Program, Server, broken_promises, served, start
from strace_cases import CHANGING, Call, needs_strace, points, trace_of, traced

from core.events import CheckpointSaved, Paused, Resumed, RunEnded, RunFailed, RunStarted, StepsDone

SHORT = ["train", *SMALL, *["--max_steps", "8", "--eval_every", "4", "--checkpoint_every", "2"]]

LONG = ["train", *SMALL, "--max_steps", "3000", "--checkpoint_every", "50"]

ERRORS = ("ENOSPC", "EIO", "EROFS")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return what forks the program."""
    with served() as server:
        yield server


def steps(program: Program) -> list[float | None]:
    """Return each step's loss."""
    return [loss for event in program.told if isinstance(event, StepsDone) for loss in event.losses]


def leftovers(program: Program) -> list[Path]:
    """Return the files of a run's folder that are no announced checkpoint."""
    announced = {e.path for e in program.told if isinstance(e, CheckpointSaved)}
    files = (program.root / "studio" / "runs" / "1").glob("*checkpoint*")
    return [path for path in files if str(path) not in announced]


def what_broke(program: Program, code: int, whole: list[float | None]) -> list[str]:
    """Return what is wrong after a run whose disk refused once."""
    found = broken_promises(program.root, program.told, keep=3)
    found += [f"{path.name} remains" for path in leftovers(program)]
    begun = any(isinstance(event, RunStarted) for event in program.told)
    if not begun and code == 2:
        return found  # refused before there was a run
    if code:
        found.append(f"exit {code}: {program.errors}")
    elif steps(program) != whole:
        found.append("the losses are others")
    return found


def refused_at(server: Server, root: Path, call: Call, error: str, naive: str = "") -> Program:
    """Let a system call fail once, and wait for the end."""
    program = start(server, root, SHORT, naive=naive, stopped=True)
    with traced(program, *call.tampered(f"error={error}", program.out / "out")):
        program.code = program.wait()
    return program


def refusals(server: Server, root: Path, every: int, first: int, naive: str = "") -> list[str]:
    """Let every so many of the calls on the workspace fail; return what broke."""
    program = start(server, root / "whole", SHORT, naive=naive, stopped=True)
    with traced(program, "-f", "-e", f"trace=openat,{','.join(CHANGING)}"):
        assert program.wait() == 0, program.errors
    whole, found = steps(program), []
    calls = [c for c in points(trace_of(program), program.root) if not c.is_announcement]
    for number, call in enumerate(calls[first::every]):
        error = ERRORS[number % len(ERRORS)]
        refused = refused_at(server, root / f"{call.name}-{call.number}", call, error, naive)
        broken = what_broke(refused, refused.code, whole)
        found += [f"{call.name} {call.number} {error}: {fault}" for fault in broken]
    return found


@needs_strace
def test_some_errors_of_the_disk_break_nothing(server: Server, tmp_path: Path) -> None:
    """Two of the calls that the long harness lets fail one by one."""
    assert refusals(server, tmp_path, 95, 60) == []


@pytest.mark.torture
@needs_strace
@pytest.mark.timeout(3600)
def test_an_error_at_every_call_breaks_nothing(server: Server, tmp_path: Path) -> None:
    """Whichever write, rename or sync fails once, the run goes on and ends with the same losses."""
    assert refusals(server, tmp_path, 1, 0) == []


@pytest.mark.torture
@needs_strace
@pytest.mark.timeout(3600)
def test_errors_find_what_is_wrong_with_a_naive_program(server: Server, tmp_path: Path) -> None:
    """A program that does not try again and tidies nothing up fails, and leaves files."""
    found = refusals(server, tmp_path, 3, 0, "leave_partial")
    assert any("exit 1" in fault for fault in found)
    assert any("remains" in fault for fault in found)


def test_a_full_disk_pauses_the_run_until_there_is_room(server: Server, tmp_path: Path) -> None:
    """On a real small disk: the reason is told, nothing remains, and with room it goes on."""
    words = [*LONG, "--eval_every", "500"]
    with mounted(tmp_path / "disk", *SMALL_DISK) as disk:
        program = start(server, disk, words)
        program.read_until("CheckpointSaved", 2)
        filler = fill(disk)
        program.read_until("Paused")
        paused = program.told[-1]
        assert isinstance(paused, Paused)
        assert "No space left on device" in paused.reason or "disk is full" in paused.reason
        assert leftovers(program) == []
        assert broken_promises(disk, program.told, keep=2) == []
        filler.unlink()
        program.read_until("Resumed")
        assert isinstance(program.told[-1], Resumed)
        assert program.wait() == 0, program.errors
        assert broken_promises(disk, program.told, keep=3) == []
        assert len(steps(program)) == 3000


@pytest.mark.torture
def test_a_disk_that_stays_full_ends_the_run_after_a_minute(server: Server, tmp_path: Path) -> None:
    """Exit 1, the last good checkpoint named, intact, and the run can go on from it."""
    with mounted(tmp_path / "disk", *SMALL_DISK) as disk:
        # What it complains of could not be written on the full disk itself.
        program = start(server, disk, LONG, out=tmp_path / "said")
        program.read_until("CheckpointSaved", 2)
        filler = fill(disk)
        assert program.wait() == 1
        good = [e for e in program.told if isinstance(e, CheckpointSaved)][-1]
        assert f"the last good checkpoint is {good.path}" in program.errors
        assert isinstance(program.told[-2], RunFailed)
        assert isinstance(program.told[-1], RunEnded)
        assert program.told[-1].checkpoint == good.path
        assert leftovers(program) == []
        filler.unlink()
        resumed = start(server, disk, ["resume", "1"])
        assert resumed.wait() == 0, resumed.errors


def test_a_read_only_workspace_can_be_browsed_and_refuses_training(
    server: Server, tmp_path: Path
) -> None:
    """What a killed run has told can be read from a read-only disk; training there exits 2."""
    with mounted(tmp_path / "disk", *SMALL_DISK) as disk:
        program = start(server, disk, [*SHORT, "--max_steps", "100000"])
        program.read_until("Evaluated", 2)
        program.kill()
        program.wait()
        remount(disk, "ro")
        try:
            listed = browse(server, disk, tmp_path, ["runs", "list"])
            assert '"status":"interrupted"' in listed, listed
            shown = browse(server, disk, tmp_path, ["evaluate", "1"])
            assert '"loss"' in shown, shown
            refused = start(server, disk, ["train", *SMALL], out=tmp_path)
            assert refused.wait() == 2
            assert "cannot be written" in refused.errors
            assert not any(isinstance(event, RunStarted) for event in refused.told)
            assert broken_promises(disk, program.told, keep=3) == []
        finally:
            remount(disk, "rw")


def browse(server: Server, disk: Path, out: Path, words: list[str]) -> str:
    """Return what a command says of a workspace that it can only read."""
    program = start(server, disk, words, out=out)
    assert program.wait() == 0, program.errors
    return b"".join(program.said).decode()
