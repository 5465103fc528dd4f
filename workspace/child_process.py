"""A child process that no ctrl+c of the terminal reaches: its parent passes it on."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO, NamedTuple, Protocol

from core.errors import RnnStudioError
from core.language import tr


class Process(Protocol):
    """The part of `subprocess.Popen` that a child needs to be waited for and ended."""

    def poll(self) -> int | None:
        """Return its exit code, minus the number of the signal that ended it; None while alive."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code.

        Raises:
            subprocess.TimeoutExpired: It has not ended within `timeout` seconds.
        """

    def terminate(self) -> None:
        """Ask it to save and end."""

    def kill(self) -> None:
        """End it at once."""


class Child(NamedTuple):
    """A child process and the file that takes its standard error."""

    process: Process
    errors: IO[bytes]


def start_child(
    words: Sequence[str], *, stdout: int, stdin: int = subprocess.DEVNULL
) -> tuple["subprocess.Popen[bytes]", IO[bytes]]:
    """Start a program; return its process, and the file that takes its standard error.

    Args:
        words: The program and its arguments.
        stdout: Where its standard output goes, as `subprocess` names it.
        stdin: Where its standard input comes from, likewise.

    Raises:
        RnnStudioError: The system has no room for it.
    """
    with explained_room(), ExitStack() as undo:
        errors = undo.enter_context(tempfile.TemporaryFile())
        process = subprocess.Popen(
            list(words),
            stdin=stdin,
            stdout=stdout,
            stderr=errors,
            start_new_session=sys.platform != "win32",
        )
        undo.pop_all()
    return process, errors


@contextmanager
def explained_room() -> Iterator[None]:
    """Turn what the system says where it has no room for a child into a sentence.

    Raises:
        RnnStudioError: The block has raised `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise RnnStudioError(
            tr(
                "no other process can be started: {why}; make room on the disk, or close other "
                "programs",
                why=error.strerror or error,
            )
        ) from None
