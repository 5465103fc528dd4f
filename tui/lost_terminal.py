"""A terminal that is gone: what is still written goes nowhere, and nobody waits for a key."""

import os
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import IO

STDIN = 0
"""The file number of standard input; those of the other two follow it."""


class Forgiving:
    """Stand for a terminal's file where a failure to write must not end the thread that writes.

    Args:
        file: The terminal.
        passed: Is told of how many characters it has been given.
    """

    def __init__(self, file: IO[str], passed: Callable[[int], None]) -> None:
        self._file = file
        self._passed = passed

    def write(self, text: str) -> None:
        """Write some text, if it can be written."""
        with suppress(OSError):
            self._file.write(text)
        self._passed(len(text))

    def flush(self) -> None:
        """Send what was written, if it can be sent."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the file's number."""
        return self._file.fileno()


def leave_lost_terminal() -> None:
    """Where the terminal has hung up, let our three streams lead nowhere.

    Otherwise each write fails, the last one as the interpreter ends, which would change the exit
    code; and the end of input would be read again and again.
    """
    try:
        termios.tcgetattr(STDIN)
    except termios.error:
        silent, _ = os.pipe()
        # Whoever is about to read what ended before would wait for ever.
        os.set_blocking(silent, False)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number, stream in enumerate((silent, nowhere, nowhere), STDIN):
            os.dup2(stream, number)
