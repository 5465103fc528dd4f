"""The terminal driver, made to survive what Textual's does not, and to know Esc sooner.

It survives bad bytes, a terminal that has gone, and being stopped and continued at any moment.
"""

import os
import selectors
import signal
import sys
import time
from codecs import IncrementalDecoder, getincrementaldecoder
from functools import partial
from io import TextIOWrapper
from types import SimpleNamespace
from typing import IO, cast

from textual import constants
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.driver import Driver
from textual.events import CursorPosition
from textual.message import Message

from core.stopwatch import suspend
from tui.link import ASK, Link
from tui.lost_terminal import Forgiving

ESCAPE_S = 0.05
"""How long Esc may be the beginning of another key, unless ESCDELAY says so in milliseconds."""

LAST_ANSWER_S = 2.0
"""How long leaving waits at most for what a terminal was asked."""


class EagerSelector(selectors.SelectSelector):
    """Wait no longer behind a key than Esc does for what might follow it."""

    _has_read = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what can be read, at once or as soon as there is something."""
        if self._has_read and timeout is not None:
            timeout = min(timeout, constants.ESCAPE_DELAY)
        ready = super().select(timeout)
        self._has_read = bool(ready)
        return ready


def driver_class(link: Link) -> type[Driver] | None:
    """Return the driver to use; None for Textual's choice, where ours would not run.

    Args:
        link: Is told what is written to the terminal, and what of it has come there.
    """
    if sys.platform == "win32":
        return None
    from textual.drivers import linux_driver

    def tolerant(encoding: str) -> partial[IncrementalDecoder]:
        return partial(getincrementaldecoder(encoding), errors="replace")

    # The input thread decodes strictly and dies at the first byte that is no UTF-8; it takes its
    # decoder from this name, and offers no other way in (textual 8.2).
    setattr(linux_driver, "getincrementaldecoder", tolerant)  # noqa: B010  not in the stubs

    # Textual waits 0.1 s, and looks at the clock no more often.
    if "ESCDELAY" not in os.environ:
        setattr(constants, "ESCAPE_DELAY", ESCAPE_S)  # noqa: B010  said to be final
    eager = SimpleNamespace(**{**vars(selectors), "SelectSelector": EagerSelector})
    setattr(linux_driver, "selectors", eager)  # noqa: B010  said to be a module

    class StudioDriver(linux_driver.LinuxDriver):
        """Take a terminal that is gone for the hang-up that it is; suspend between two events."""

        _is_suspended = False
        _shows_at_once = False

        def start_application_mode(self) -> None:
            terminal = Forgiving(cast("IO[str]", sys.__stderr__), link.passed)
            self._file = cast("TextIOWrapper", terminal)
            link.reset()
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self._ask()

        def write(self, data: str) -> None:
            # Over a slow line the first rows of a frame are better than none until its end.
            if data == SYNC_START:
                self._shows_at_once = link.is_slow
            if not (self._shows_at_once and data in (SYNC_START, SYNC_END)):
                link.wrote(len(data))
                super().write(data)

        def flush(self) -> None:
            super().flush()
            if self._is_on_screen() and link.wants_report:
                self._ask()

        def _ask(self) -> None:
            self.write(ASK)
            link.asked()

        def disable_input(self) -> None:
            # What the terminal answers later would be typed into the shell.
            limit = time.monotonic() + LAST_ANSWER_S
            while link.awaits_report and self._is_on_screen() and time.monotonic() < limit:
                time.sleep(0.005)
            super().disable_input()

        def process_message(self, message: Message) -> None:
            if not (isinstance(message, CursorPosition) and link.answered()):
                super().process_message(message)

        def run_input_thread(self) -> None:
            try:
                super().run_input_thread()
            except OSError:
                os.kill(os.getpid(), signal.SIGHUP)

        # Textual acts within its handlers (8.2). A signal comes at any moment, though: also while
        # the main thread holds the lock of the queue that they write to, or leaves the screen.

        def _sigtstp_application(self, *_: object) -> None:
            if self._loop.is_running():
                self._loop.call_soon_threadsafe(self._suspend)
            else:
                suspend()

        def _sigcont_application(self, *_: object) -> None:
            if self._loop.is_running():
                self._loop.call_soon_threadsafe(self._come_back)

        def _suspend(self) -> None:
            self.suspend_application_mode()
            self._is_suspended = True
            suspend()

        def _come_back(self) -> None:
            if self._is_on_screen():
                # Stopped by SIGSTOP, behind our back: the shell may have changed the terminal.
                self.suspend_application_mode()
            elif not self._is_suspended:
                return  # leaving already
            self._must_signal_resume = True
            self.resume_application_mode()
            # In the background that was refused: the next SIGCONT is the one.
            self._is_suspended = not self._is_on_screen()

        def _is_on_screen(self) -> bool:
            return self._key_thread is not None and self._key_thread.is_alive()

    return StudioDriver
