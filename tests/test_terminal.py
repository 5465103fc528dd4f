"""In a real terminal: bad bytes are survived, signals save and restore, nothing is left behind."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.config import make_config
from core.errors import InputError
from tui.app import run_dashboard
from workspace.paths import Workspace

ROOT = Path(__file__).parent.parent

PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from core.config import make_config
from scripted_backend import ScriptedBackend
from tui.app import run_dashboard
from workspace.paths import Workspace
sys.exit(run_dashboard(make_config(), Workspace(Path({home!r})), backend=ScriptedBackend()))
"""


class Terminal:
    """Run the dashboard in a pseudo-terminal of 80×24."""

    def __init__(self, home: Path) -> None:
        self.leader, follower = pty.openpty()
        os.environ.setdefault("TERM", "xterm-256color")
        code = PROGRAM.format(root=str(ROOT), tests=str(ROOT / "tests"), home=str(home))
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
            env={**os.environ, "COLUMNS": "80", "LINES": "24"},
        )  # fmt: skip
        os.close(follower)
        self.output = b""

    def until(self, words: bytes) -> None:
        """Read until some words appear."""
        limit = time.monotonic() + 20
        while words not in self.output:
            assert time.monotonic() < limit, (words, self.output[-300:])
            if select.select([self.leader], [], [], 0.1)[0]:
                self.output += os.read(self.leader, 65536)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while True:
            try:
                data = os.read(self.leader, 65536)
            except OSError:
                break
            if not data:
                break
            self.output += data
        os.close(self.leader)
        return self.process.wait(20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_saves_and_restores(tmp_path: Path, number: signal.Signals) -> None:
    """After bytes that are no UTF-8 a key still starts training; a signal then ends it in order."""
    terminal = Terminal(tmp_path)
    terminal.until(b"READY")
    os.write(terminal.leader, b"\xff\xc3 ")
    terminal.until(b"TRAINING")
    terminal.process.send_signal(number)
    assert terminal.end() == 128 + number
    last = terminal.output.rsplit(b"\x1b[?1049l", 1)[1]
    assert b"\x1b[?25h" in last
    assert b"run 1 scripted: stopped at step" in last
    assert b"checkpoint /" in last
    assert b"rnnstudio resume 1" in last


def test_without_a_terminal_there_is_a_sentence(tmp_path: Path) -> None:
    """Where no terminal is, one line says what to use instead, and nothing is drawn."""
    with pytest.raises(InputError, match="rnnstudio train"):
        run_dashboard(make_config(), Workspace(tmp_path))
