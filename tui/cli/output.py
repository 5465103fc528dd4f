"""Writing to standard output, whose reader may go away at any time."""

import contextlib
import os
import sys

from core.errors import RnnStudioError
from core.language import tr
from tui.safe_text import displayable

SIGPIPE = 13
"""The signal's number, by POSIX; Windows has no such signal."""


class ReaderGone(Exception):  # noqa: N818 - no error
    """Unwind because whoever read our output has closed it; no failure of ours."""

    def __init__(self, *, cut_short: bool = False) -> None:
        """Say whether work was ended by it.

        Args:
            cut_short: Whether a training was stopped and saved before its planned end. The exit
                code then is 141, as of a program that SIGPIPE ended; else it is 0.
        """
        super().__init__()
        self.exit_code = 128 + SIGPIPE if cut_short else 0


class OutputError(RnnStudioError):
    """Say that standard output cannot be written, for instance because the disk is full."""


def write(data: str | bytes) -> None:
    """Write to standard output and flush.

    Args:
        data: Text in the terminal's encoding, or bytes as they are.

    Raises:
        ReaderGone: The other end of the pipe is closed.
        OutputError: It cannot be written for another reason.
    """
    stream = sys.stdout
    if stream is None:  # Closed by whoever started us, as `>&-` does.
        return
    try:
        if isinstance(data, str):
            stream.write(data)
        else:
            stream.flush()
            stream.buffer.write(data)
        stream.flush()
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as error:
        raise OutputError(
            tr("cannot write to standard output: {strerror}", strerror=error.strerror)
        ) from None


def write_lines(lines: list[str]) -> None:
    """Write lines of text."""
    if lines:
        write("\n".join(lines) + "\n")


def complain(message: str) -> None:
    """Write one line on standard error."""
    if sys.stderr is None:  # Closed by whoever started us; `print` would take standard output.
        return
    # Newlines of a file name would make it several; escapes would act on the terminal.
    line = displayable(message.strip().replace("\n", " "))
    with contextlib.suppress(OSError):
        print(f"rnnstudio: {line}", file=sys.stderr, flush=True)  # noqa: T201 - its one place


def is_terminal() -> bool:
    """Tell whether standard output is a terminal that can do more than print."""
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def abandon() -> None:
    """Let what is still buffered for standard output go nowhere, so that the exit is quiet."""
    if sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
