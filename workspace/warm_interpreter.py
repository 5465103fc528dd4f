"""An interpreter that has loaded everything once, and forks for each command that it is given.

The command runs in a process of its own that shares nothing with the others but what was loaded
before: no generator, thread or open file. `tui/cli/warm_host.py` is the other end of the pipes.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Literal, Self, cast

import msgspec

from workspace.child_process import Child, explained_room, start_child

POLL_S = 0.02
"""Seconds between two looks at a child that is waited for."""


class Order(msgspec.Struct, frozen=True):
    """Something that the interpreter is to do, a JSON object a line on its standard input."""

    child: int
    """The number that the child has here."""
    action: Literal["start", "terminate", "kill"]
    words: list[str] = []
    """The command, without the program."""
    errors: str = ""
    """The path of the file that takes its standard error."""


class Ended(msgspec.Struct, frozen=True):
    """The end of a child, a JSON object a line on the interpreter's standard output."""

    child: int
    code: int
    """Its exit code, or minus the number of the signal that ended it."""


class WarmInterpreter:
    """Start commands of the program without loading it again; use it as a context manager.

    Args:
        words: The program that takes `Order`s and answers by `Ended`.

    Raises:
        RnnStudioError: The system has no room for it.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._host, self._errors = start_child(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._host.stdin is not None
        assert self._host.stdout is not None
        self._orders, self._answers = self._host.stdin, self._host.stdout.fileno()
        os.set_blocking(self._answers, False)
        self._rest = b""
        self._started = 0
        self._codes: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End the interpreter; its children have ended, or are asked to."""
        with suppress(OSError):
            self._orders.close()
        self._host.wait()
        assert self._host.stdout is not None
        self._host.stdout.close()
        self._errors.close()

    @property
    def pid(self) -> int:
        """The process that is the parent of every child."""
        return self._host.pid

    def start(self, words: Sequence[str]) -> Child:
        """Start a command of the program.

        Raises:
            RnnStudioError: The system has no room for it.
        """
        self._started += 1
        with explained_room():
            errors = tempfile.NamedTemporaryFile()  # noqa: SIM115 - whoever gets the child closes
            self.order(Order(self._started, "start", list(words), errors.name))
        return Child(_WarmChild(self, self._started), cast(IO[bytes], errors))

    def order(self, order: Order) -> None:
        """Have something done; an interpreter that has ended does nothing any more."""
        with suppress(BrokenPipeError):
            self._orders.write(msgspec.json.encode(order) + b"\n")
            self._orders.flush()

    def code(self, child: int) -> int | None:
        """Return a child's exit code; None while it is alive."""
        has_ended = self._host.poll() is not None
        while fragment := self._read():
            self._rest += fragment
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            ended = msgspec.json.decode(line, type=Ended)
            self._codes[ended.child] = ended.code
        # Children end with the interpreter, or soon after.
        return self._codes.get(child, self._host.returncode if has_ended else None)

    def _read(self) -> bytes:
        try:
            return os.read(self._answers, 65536)
        except BlockingIOError:
            return b""


class _WarmChild:
    """A command that the interpreter runs, seen as `subprocess.Popen` shows a process."""

    def __init__(self, interpreter: WarmInterpreter, number: int) -> None:
        self._interpreter = interpreter
        self._number = number

    def poll(self) -> int | None:
        """Return its exit code; None while it is alive."""
        return self._interpreter.code(self._number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code.

        Raises:
            subprocess.TimeoutExpired: It has not ended within `timeout` seconds.
        """
        started = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - started > timeout:
                raise subprocess.TimeoutExpired([], timeout)
            time.sleep(POLL_S)
        return code

    def terminate(self) -> None:
        """Ask it to save and end."""
        self._interpreter.order(Order(self._number, "terminate"))

    def kill(self) -> None:
        """End it at once."""
        self._interpreter.order(Order(self._number, "kill"))
