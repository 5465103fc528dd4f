"""How fast the program trains while nobody reads what it shows, beside one whose events are."""

import statistics
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from program_cases import Program, Server, start
from pseudo_terminal import PseudoTerminal

from cli_cases import options_of
from core.events import StepsDone, decode_event
from training_cases import TEXT

WORDS = [
    *options_of(
        {
            "hidden_size": 96, "num_layers": 1, "embedding_dim": 32, "batch_size": 16,
            "seq_length": 32, "threads": 1, "epochs": 100_000, "eval_every": 200,
            "sample_length": 3,
        }
    )
]  # fmt: skip
"""A model that takes some hundred steps a second, so that showing them weighs."""

WARM_UP_S = 10.0
"""Seconds until steps are counted: the dashboard hands on 30 frames before it waits."""


def shares_kept(
    server: Server, root: Path, ways: Sequence[str], *, seconds: float, rounds: int, naive: str = ""
) -> dict[str, float]:
    """Return the share of its headless speed that each way of showing keeps, unread.

    All are measured in turn, again and again, and the medians compared.
    """
    rates: dict[str, list[float]] = {way: [] for way in ("headless", *ways)}
    for number in range(rounds):
        for way, found in rates.items():
            folder = root / f"{way}-{number}"
            found.append(_rate(server, folder, way, seconds, "" if way == "headless" else naive))
    medians = {way: statistics.median(found) for way, found in rates.items()}
    return {way: medians[way] / medians["headless"] for way in ways}


def _rate(server: Server, root: Path, way: str, seconds: float, naive: str) -> float:
    """Return steps a second of a run of its own."""
    root.mkdir(parents=True)
    (root / "jugs.txt").write_text(TEXT * 40)
    terminal = PseudoTerminal() if way != "headless" else None
    name = terminal.name if terminal is not None else ""
    words = WORDS if way == "dashboard" else ["train", *WORDS]
    program = start(server, root, words, naive=naive, terminal=name, owns=False)
    if terminal is not None and way == "dashboard":
        assert terminal.until(lambda sent: b"READY" in sent)
        terminal.type(b" ")
    program.read_until("StepsDone")
    if terminal is not None:
        terminal.stall()
    seen = _Seen(program)
    time.sleep(WARM_UP_S)
    first, begun = seen.step, time.perf_counter()
    time.sleep(seconds)
    rate = (seen.step - first) / (time.perf_counter() - begun)
    program.kill()
    program.wait()
    if terminal is not None:
        terminal.hang_up()
    return rate


class _Seen:
    """Follow a program's steps in a thread."""

    def __init__(self, program: Program) -> None:
        self.step = 0
        self._program = program
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(ValueError):  # closed
            for line in self._program.lines:
                if b'"StepsDone"' in line:
                    event = decode_event(line)
                    assert isinstance(event, StepsDone)
                    self.step = event.step
