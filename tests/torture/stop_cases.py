"""The program, told to stop at a moment of each phase; and what must be left of it."""

import itertools
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from awake_clock import awake_s
from program_cases import SMALL, Program, Server, broken_promises, start
from pseudo_terminal import PseudoTerminal

from core.events import CheckpointSaved, RunEnded, RunStarted
from training_cases import TEXT

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

PHASES = (
    "reading_text", "building_vocabulary", "first_batch", "training", "evaluating", "saving",
    "sampling",
)  # fmt: skip
"""Phases of a run whose process has loaded torch already."""

LIMIT_S = 10.0
"""How long saving and leaving may take."""

WORDS = [*SMALL, "--eval_every", "60", "--sample_length", "150"]

Stop = Callable[[Program, PseudoTerminal | None], int]
"""Asks a program to stop, and returns the exit code that is due."""


def prepared(root: Path) -> Path:
    """Return a folder with a text that takes a while to read, to number and to evaluate on."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "jugs.txt").write_text(TEXT * 40)
    return root


def by_signal(number: signal.Signals) -> Stop:
    """Ask by a signal."""

    def stop(program: Program, terminal: PseudoTerminal | None) -> int:
        os.kill(program.pid, number)
        return 128 + number

    stop.__name__ = number.name
    return stop


def by_hanging_up(program: Program, terminal: PseudoTerminal | None) -> int:
    """Ask by closing the terminal."""
    assert terminal is not None
    terminal.hang_up()
    return 128 + signal.SIGHUP


def by_keys(program: Program, terminal: PseudoTerminal | None) -> int:
    """Ask by ctrl+c, and answer the question by another."""
    assert terminal is not None
    terminal.type(b"\x03")
    time.sleep(0.3)
    terminal.type(b"\x03")
    return 0


def undisturbed(attempt: Callable[[Path], list[str]], root: Path) -> list[str]:
    """Repeat what has failed while the machine stopped this process, and so the program, too."""
    for number in itertools.count():
        held_up_s = time.monotonic() - awake_s()
        found = attempt(root / str(number))
        if not found or time.monotonic() - awake_s() - held_up_s < 0.5:
            return found
    raise AssertionError("unreachable")


def stopped_headless(
    server: Server, root: Path, phase: str, stop: Stop, chance: random.Random, naive: str = ""
) -> list[str]:
    """Stop `rnnstudio train` in a phase, and say what is wrong then."""
    program = start(server, prepared(root), ["train", *WORDS], naive=naive)
    return _stopped(program, None, phase, stop, chance)


def stopped_in_terminal(
    server: Server, root: Path, phase: str, stop: Stop, chance: random.Random, naive: str = ""
) -> list[str]:
    """Stop the dashboard in a phase, and say what is wrong then, also with the terminal."""
    terminal = PseudoTerminal()
    program = start(server, prepared(root), WORDS, naive=naive, terminal=terminal.name)
    assert terminal.until(lambda sent: b"READY" in sent)
    terminal.type(b" ")
    faults = _stopped(program, terminal, phase, stop, chance)
    if stop is not by_hanging_up:
        faults += terminal.left_over()
        terminal.hang_up()
    return faults


def _stopped(
    program: Program,
    terminal: PseudoTerminal | None,
    phase: str,
    stop: Stop,
    chance: random.Random,
) -> list[str]:
    wanted = f'"phase":"{phase}"'.encode()
    for line in program.lines:
        program.said.append(line)
        if wanted in line:
            break
    time.sleep(chance.choice((0, 0.001, 0.01, 0.1)) * chance.random())
    due, began = stop(program, terminal), awake_s()
    code, took_s = program.wait(), awake_s() - began
    return list(_faults(program, code, due, took_s))


def _faults(program: Program, code: int, due: int, took_s: float) -> Iterator[str]:
    if code != due:
        yield f"exit code {code}, not {due}"
    if took_s > LIMIT_S:
        yield f"it took {took_s:.1f} s"
    told = program.told
    ended = told[-1] if told else None
    if not any(isinstance(event, RunStarted) for event in told):
        if ended is not None and list(program.root.glob("studio/runs/*")):
            yield "a run that has not begun is kept"
        return
    ends = [event for event in told if isinstance(event, RunEnded)]
    # Keys are the user's wish, and no signal; the exit code of that is 0.
    reason = "signal" if due else "stopped"
    if not ends or ends[-1].reason != reason:
        yield f"it ended by {told[-1]}, not by {reason}"
        return
    saved = [event.step for event in told if isinstance(event, CheckpointSaved)]
    if not saved or saved[-1] != ends[-1].step:
        yield f"it ended at step {ends[-1].step}, saved at {saved[-1:]}"
        return
    yield from broken_promises(program.root, told, keep=2)
