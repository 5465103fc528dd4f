"""A command of the program itself in a child process that prints an object a line."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import tui
from core.language import tr
from workspace.child_process import start_child

PROGRAM = Path(tui.__file__).resolve().parents[1] / "rnnstudio.py"
"""The program itself."""


class ChildProgram:
    """Run a command that has `--json` and `--with_process`, and never wait for it.

    Call `lines` a few times a second. The child is asked to end by `stop`; it saves first, and ends
    by itself when this process is gone. No ctrl+c of the terminal reaches it.

    Args:
        words: The command and its options.

    Raises:
        RnnStudioError: The system has no room for it.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._process, self._errors = start_child(
            [sys.executable, str(PROGRAM), *words, "--json", "--with_process", str(os.getpid())],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._output, False)
        self._rest = b""
        self.refusal = ""
        """The last line that it wrote on standard error, once it has ended with another code
        than 0."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended and everything that it printed was returned."""
        return self._errors.closed

    def lines(self) -> list[bytes]:
        """Return the whole lines that it has printed since the last call."""
        if self.is_over:
            return []
        # Asked first, so that what it printed last is read below.
        code = self._process.poll()
        while fragment := self._read():
            self._rest += fragment
        *lines, self._rest = self._rest.split(b"\n")
        if code is not None:
            self._close(code)
        return lines

    def stop(self) -> None:
        """Ask it to save and end."""
        if self._process.poll() is None:
            self._process.terminate()

    def _read(self) -> bytes:
        try:
            return os.read(self._output, 65536)
        except BlockingIOError:
            return b""

    def _close(self, code: int) -> None:
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace").strip()
        if code:
            last = said.rpartition("\n")[2].removeprefix("rnnstudio: ")
            self.refusal = last or tr("its process ended with code {code}", code=code)
        self._errors.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
