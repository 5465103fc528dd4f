"""A child process that no ctrl+c of the terminal reaches: its parent passes it on."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

from core.errors import RnnStudioError
from core.language import tr


def start_child(
    words: Sequence[str], *, stdout: int
) -> tuple["subprocess.Popen[bytes]", IO[bytes]]:
    """Start a program; return its process, and the file that takes its standard error.

    Args:
        words: The program and its arguments.
        stdout: Where its standard output goes, as `subprocess` names it.

    Raises:
        RnnStudioError: The system has no room for it.
    """
    try:
        with ExitStack() as undo:
            errors = undo.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=errors,
                start_new_session=sys.platform != "win32",
            )
            undo.pop_all()
    except OSError as error:
        raise RnnStudioError(
            tr(
                "no other process can be started: {why}; make room on the disk, or close other "
                "programs",
                why=error.strerror or error,
            )
        ) from None
    return process, errors
