"""Standard output beside a run: neither a reader that goes away nor one that stalls breaks it."""

import io
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from core.background import Beside
from core.control import Control
from tui.cli.output import OutputError, ReaderGone, is_terminal, write

MOST_WAITING = 4096
"""Pieces that wait for the reader at most: a progress display's quarter of an hour."""

MOST_LINES_WAITING = 64
"""The same where none may be left out."""

PATIENCE_S = 2.0
"""How long a reader that stalls may hold up the end of a run that was asked to stop."""

LOOK_EVERY_S = 0.1
"""How often whoever waits for the reader looks whether the run was asked to stop."""


class SteadyOutput(io.TextIOBase):
    """Stand for standard output where it must not break what is going on; a context manager.

    A thread writes, since a terminal or a pipe that nobody reads holds up whoever writes to it.
    What people read then loses its oldest pieces; what scripts read is kept, and holds the run up,
    until that was asked to stop. The first failure is kept and reported once; after it, writing
    does nothing.

    Args:
        control: The run's; it is stopped when writing has failed.
        keeps_all: Whether every piece must arrive.
    """

    def __init__(self, control: Control, *, keeps_all: bool) -> None:
        self._control = control
        self._keeps_all = keeps_all
        self._waiting: deque[str | bytes] = deque(maxlen=None if keeps_all else MOST_WAITING)
        self._changed = threading.Condition()
        self._is_ended = False
        self._impatient_since: float | None = None
        self._writer = Beside(self._write_all)
        self.failure: ReaderGone | OutputError | None = None
        """What went wrong, to be raised when it can do no harm."""
        self.is_stalled = False
        """Whether the end of the run has waited for the reader in vain."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until all is written, but not for ever if the run was asked to stop."""
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()
        while not self._writer.end(LOOK_EVERY_S):
            if self._has_no_patience():
                self.is_stalled = True
                break
        if self.is_stalled:
            # The thread holds its lock; the interpreter, too, would wait for it at its end.
            vars(sys).update(stdout=None, __stdout__=None)

    def raise_failure(self, *, was_cut_short: bool) -> None:
        """Raise what went wrong, if anything did.

        Args:
            was_cut_short: Whether the run was stopped before its planned end.

        Raises:
            ReaderGone: The reader went away.
            OutputError: It could not be written for another reason.
        """
        if isinstance(self.failure, ReaderGone):
            raise ReaderGone(cut_short=was_cut_short)
        if self.failure is not None:
            raise self.failure

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of standard output."""
        return sys.stdout.encoding if sys.stdout is not None else "utf-8"

    def isatty(self) -> bool:
        """Tell whether standard output is a terminal."""
        return is_terminal()

    def write(self, data: str | bytes, /) -> int:
        """Let text or bytes be written soon, or do nothing after a failure."""
        with self._changed:
            while self._is_full() and not self._has_no_patience():
                self._changed.wait(LOOK_EVERY_S)
            if self.failure is None and not self._is_full():
                self._waiting.append(data)
                self._changed.notify_all()
        return len(data)

    def _is_full(self) -> bool:
        is_full = self._keeps_all and len(self._waiting) >= MOST_LINES_WAITING
        return is_full and self.failure is None

    def _has_no_patience(self) -> bool:
        if not self._control.should_stop():
            return False
        if self._impatient_since is None:
            self._impatient_since = time.monotonic()
        return time.monotonic() - self._impatient_since > PATIENCE_S

    def _write_all(self, _gives_up: Callable[[], bool]) -> str:
        """Write what comes until the end, or until that fails."""
        while (data := self._next()) is not None:
            try:
                write(data)
            except (ReaderGone, OutputError) as failure:
                with self._changed:
                    self.failure = failure
                    self._changed.notify_all()
                self._control.stop()
                break
        return ""

    def _next(self) -> str | bytes | None:
        """Return the oldest piece, once there is one; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_ended)
            self._changed.notify_all()
            return self._waiting.popleft() if self._waiting else None
