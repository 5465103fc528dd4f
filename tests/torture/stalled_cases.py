"""The program over a terminal or a pipe that nobody reads any more, told to stop."""

import os
import random
import signal
import threading
import time
from pathlib import Path

from awake_clock import awake_s
from orphan_cases import unsaved
from program_cases import Program, Server, start
from pseudo_terminal import PseudoTerminal, fill
from stop_cases import LIMIT_S, WORDS, prepared

WAYS = ("lines for a pipe", "display", "json", "dashboard")
"""How events are shown, each to somebody who does not look."""

HANGS_S = 30.0
"""A program that has not ended by then is killed."""


def stopped_unread(
    server: Server,
    root: Path,
    way: str,
    number: signal.Signals,
    chance: random.Random,
    naive: str = "",
) -> list[str]:
    """Stop the program at a random moment of a run that nobody looks at; say what is wrong then."""
    terminal = PseudoTerminal(reads=way == "dashboard") if way in ("display", "dashboard") else None
    program = _started(server, root, way, terminal, naive)
    time.sleep(4 * chance.random())
    began = awake_s()
    os.kill(program.pid, number)
    code = _waited(program, reads=terminal is not None)
    took_s = awake_s() - began
    found = [] if code == 128 + number else [f"exit code {code}, not {128 + number}"]
    if took_s > LIMIT_S:
        found.append(f"it took {took_s:.1f} s")
    if terminal is not None:
        found += _left_over(terminal) if way == "dashboard" else []
        terminal.hang_up()
    return found + unsaved(root)


def _started(
    server: Server, root: Path, way: str, terminal: PseudoTerminal | None, naive: str
) -> Program:
    """Start the program, and let it run into what does not read."""
    words = WORDS if way == "dashboard" else ["train", *WORDS]
    name = terminal.name if terminal is not None else ""
    as_json = way == "json"
    program = start(
        server, prepared(root), words, naive=naive, terminal=name, owns=False, as_json=as_json
    )
    if terminal is None:
        fill(program.out / "out")
    elif way == "dashboard":
        assert terminal.until(lambda sent: b"READY" in sent)
        terminal.type(b" ")
        program.read_until("RunStarted")
        terminal.stall()
    return program


def _waited(program: Program, *, reads: bool) -> int:
    """Return the exit code; what was to be read is read in the end, if at all."""
    killer = threading.Timer(HANGS_S, program.kill)
    killer.start()
    try:
        if reads:
            return program.wait()
        code = os.waitstatus_to_exitcode(program.server.ask(program.pid))
        program.lines.close()
        return code
    finally:
        killer.cancel()


def _left_over(terminal: PseudoTerminal) -> list[str]:
    """Read at last, and say what is not restored once all has come."""
    terminal.read_on()
    limit = awake_s() + 5
    while (found := terminal.left_over()) and awake_s() < limit:
        pass
    return found
