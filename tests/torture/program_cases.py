"""The real program in processes of its own, cheap to start, easy to kill; and what must be left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cli_cases import options_of
from core.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    Paused,
    PhaseChanged,
    Resumed,
    decode_event,
)
from core.training.checkpoint import read_checkpoint
from core.training.model_weights import language_model_of
from training_cases import TEXT
from workspace.checkpoints import is_intact
from workspace.paths import Workspace
from workspace.runs import RunStore

ROOT = Path(__file__).resolve().parents[2]

SMALL = [
    *options_of(
        {
            "hidden_size": 12, "num_layers": 1, "embedding_dim": 8, "batch_size": 4,
            "seq_length": 16, "threads": 1, "sample_length": 3, "epochs": 1000, "seed": 3,
        }
    ),
    "--no_probes",
    "--no_doctor",
]  # fmt: skip
"""A model that takes thousands of steps a second."""


class Server:
    """Drive a `fork_server`."""

    def __init__(self, *, nice: bool = True) -> None:
        paths = [ROOT, ROOT / "tests", ROOT / "tests" / "torture"]
        server = Path(__file__).with_name("fork_server.py")
        self._process = subprocess.Popen(
            [*(["nice"] if nice else []), sys.executable, str(server)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "LANGUAGE": "en"},
        )  # fmt: skip

    def ask(self, question: object) -> int:
        """Send a line and return the number that answers it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def served(*, nice: bool = True) -> Iterator[Server]:
    """Run a server while the block lasts; where time is taken, one that is not nice to others."""
    server = Server(nice=nice)
    try:
        yield server
    finally:
        server.close()


@dataclass
class Program:
    """Hold a process of the program, its folder and what it says."""

    server: Server
    root: Path
    pid: int
    lines: IO[bytes]
    """Standard output as it comes; what was written before a kill can be read after it."""
    said: list[bytes]
    """The whole lines read so far."""
    out: Path
    """Where its output and its errors go."""
    code: int = 0
    """The exit code, once somebody has kept it here."""

    def read_until(self, kind: str, count: int = 1) -> None:
        """Read until so many events of a kind have come, or the output ends."""
        for line in self.lines:
            self.said.append(line)
            count -= f'"type":"{kind}"'.encode() in line
            if not count:
                return

    def read_lines(self, count: int) -> None:
        """Read so many lines, or to the end."""
        for _ in range(count):
            line = self.lines.readline()
            if not line:
                return
            self.said.append(line)

    def kill(self) -> None:
        """End it as a power cut ends a process: without a word."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Read all that is still to be read, and return the exit code, negative for a signal."""
        self.said += self.lines.readlines()
        self.lines.close()
        return os.waitstatus_to_exitcode(self.server.ask(self.pid))

    @property
    def told(self) -> list[Event]:
        """The events announced so far; a line cut off by a kill announces nothing."""
        return [decode_event(line) for line in self.said if line.endswith(b"\n")]

    @property
    def errors(self) -> str:
        """What standard error says."""
        return (self.out / "err").read_text()


def start(
    server: Server,
    root: Path,
    words: Sequence[str],
    *,
    naive: str = "",
    stopped: bool = False,
    out: Path | None = None,
    terminal: str = "",
    owns: bool = True,
    as_json: bool = True,
) -> Program:
    """Start the program in a workspace of its own.

    Args:
        server: What forks it.
        root: A folder; the text and the workspace `studio` are in it.
        words: The command and its options; the text and the workspace are added.
        naive: A variant of `naive.py`.
        stopped: Whether it waits for SIGCONT before it does anything.
        out: A folder for its output, where that is not to lie in `root`.
        terminal: The device of a terminal of its own; what it says is then what its screen gets.
        owns: Whether the terminal hangs up when the program ends.
        as_json: Whether it is asked for JSON where it has no terminal.
    """
    out = out or root
    out.mkdir(exist_ok=True, parents=True)
    text, pipe = root / "jugs.txt", out / "out"
    if not text.exists():
        text.write_text(TEXT)
    pipe.unlink(missing_ok=True)
    (out / "err").unlink(missing_ok=True)
    os.mkfifo(pipe)
    usual = ["--workspace", str(root / "studio"), *(["--json"] if as_json and not terminal else [])]
    has_data = terminal or words[0] == "train"
    asked = {
        "words": [*words, *(["--data_file", str(text)] if has_data else []), *usual],
        "out": str(pipe), "err": str(out / "err"), "naive": naive, "stopped": stopped,
        "terminal": terminal, "owns": owns,
    }  # fmt: skip
    pid = server.ask(asked)
    return Program(server, root, pid, pipe.open("rb"), [], out)


def broken_promises(root: Path, told: Sequence[Event], *, keep: int) -> list[str]:
    """Return what was announced and is not there, a sentence each.

    Args:
        root: As for `start`.
        told: The announced events.
        keep: How many of the newest checkpoints must be there, beside the best one.
    """
    store = RunStore(Workspace(root / "studio"))
    try:
        return [*_lost_checkpoints(store, told, keep), *_lost_rows(store, told)]
    finally:
        store.close()


def _lost_checkpoints(store: RunStore, told: Sequence[Event], keep: int) -> Iterator[str]:
    announced = [event for event in told if isinstance(event, CheckpointSaved)]
    if not announced:
        return
    best = [event for event in announced if event.is_best][-1:]
    # One more may have been saved, and an old one pruned, without its announcement being heard.
    newest = announced[-max(1, keep - 1) :]
    stored = store.checkpoints(1)
    for event in {event.path: event for event in (*newest, *best)}.values():
        rows = [saved for saved in stored if str(saved.path) == event.path]
        if not rows and event in best and any(saved.step > event.step for saved in stored):
            continue  # a better one may have come unheard, and this one gone
        if not rows or rows[0].sha256 != event.sha256 or not is_intact(rows[0]):
            yield f"the checkpoint of step {event.step} is lost or torn"
        else:
            language_model_of(read_checkpoint(rows[0].path, event.sha256))
    if stored and not is_intact(stored[0]):
        yield "the newest checkpoint that has a row is torn"


def _lost_rows(store: RunStore, told: Sequence[Event]) -> Iterator[str]:
    ends = [n for n, event in enumerate(told) if isinstance(event, Evaluated | CheckpointSaved)]
    due = [e for e in told[: ends[-1] + 1 if ends else 0] if not _is_passing(e)]
    stored = [event for event in store.events(1) if not _is_passing(event)] if due else []
    if stored[: len(due)] != due:
        yield f"of {len(due)} announced rows {len(stored)} are stored, or others"


def _is_passing(event: Event) -> bool:
    # Told, not stored: phases before the run has its row, and waits for the disk.
    return isinstance(event, PhaseChanged | Paused | Resumed)
