"""What a run does while the disk refuses what must be saved: wait, say why, and try again."""

import time
from collections.abc import Callable
from typing import TypeVar

from core.control import Control
from core.errors import RnnStudioError

PATIENCE_S = 60.0
"""How long a run waits for the disk where nobody is asked."""

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
"""Pauses between two attempts, each twice the one before it."""

Result = TypeVar("Result")


class Outage:
    """Repeat what the disk has refused until it works, or nobody wants to wait any more.

    Args:
        control: Asks to try again at once, or to stop.
        patience_s: How long to try before giving up for good; infinite where a user is asked.
    """

    def __init__(self, control: Control, patience_s: float) -> None:
        self._control = control
        self._patience_s = patience_s

    def outlast(
        self, error: RnnStudioError, attempt: Callable[[], Result], tell: Callable[[], None]
    ) -> Result:
        """Repeat an attempt that has failed.

        Args:
            error: How it failed.
            attempt: Does it once more.
            tell: Called before the first wait, if there is one.

        Raises:
            RnnStudioError: The last error, once patience has run out or the run is to stop.
        """
        wait_s, give_up_at = FIRST_WAIT_S, time.monotonic() + self._patience_s
        if self._waits_until(give_up_at):
            tell()
        while self._waits_until(give_up_at):
            self._control.wait_for_retry(min(wait_s, give_up_at - time.monotonic()))
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            try:
                return attempt()
            except RnnStudioError as again:
                error = again
        # What could not be saved is a loss already; there is no sense in waiting for more.
        self._patience_s = 0.0
        raise error

    def _waits_until(self, give_up_at: float) -> bool:
        return time.monotonic() < give_up_at and not self._control.should_stop()
