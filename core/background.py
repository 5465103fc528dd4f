"""Work beside the thread that asks for it: hashing, checking and writing, never the model.

Besides the dashboard's engine this is the only place that makes threads. What is done here waits
for the disk or computes in C with the interpreter's lock released.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

MOST_WAITING = 8
"""Pieces of work that wait at most, which bounds the memory that they hold."""


class InOrder:
    """Do pieces of work one after another, while the caller prepares the next ones."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def do(self, work: Callable[[], None]) -> None:
        """Do something after all that was given before.

        Raises:
            Exception: What earlier work has raised.
        """
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(work))

    def finish(self) -> None:
        """Wait until all is done.

        Raises:
            Exception: What the work has raised.
        """
        while self._waiting:
            self._waiting.popleft().result()


class Beside:
    """Do one thing on a thread that holds up nobody's end.

    Args:
        work: What to do; given what tells it to give up, it returns what the user should know,
            or nothing.
    """

    def __init__(self, work: Callable[[Callable[[], bool]], str]) -> None:
        self._work = work
        self._given_up = threading.Event()
        self._done = threading.Event()
        self._said: list[str] = []
        threading.Thread(target=self._run, name="beside", daemon=True).start()

    def take(self) -> list[str]:
        """Return what the user should know since the last call."""
        said, self._said = self._said, []
        return said

    def end(self, patience_s: float) -> bool:
        """Wait for the end, then ask for it.

        Args:
            patience_s: How long to wait.

        Returns:
            Whether all was done.
        """
        done = self._done.wait(patience_s)
        self._given_up.set()
        return done

    def _run(self) -> None:
        try:
            if said := self._work(self._given_up.is_set):
                self._said = [said]
        finally:
            self._done.set()
