"""The terminal driver, made to survive two things that end Textual: bad bytes, a lost terminal."""

import os
import signal
import sys
from codecs import IncrementalDecoder, getincrementaldecoder
from functools import partial

from textual.driver import Driver


def driver_class() -> type[Driver] | None:
    """Return the driver to use; None for Textual's choice, where ours would not run."""
    if sys.platform == "win32":
        return None
    from textual.drivers import linux_driver

    def tolerant(encoding: str) -> partial[IncrementalDecoder]:
        return partial(getincrementaldecoder(encoding), errors="replace")

    # The input thread decodes strictly and dies at the first byte that is no UTF-8; it takes its
    # decoder from this name, and offers no other way in (textual 8.2).
    setattr(linux_driver, "getincrementaldecoder", tolerant)  # noqa: B010  not in the stubs

    class StudioDriver(linux_driver.LinuxDriver):
        """Take a terminal that is gone for the hang-up that it is."""

        def run_input_thread(self) -> None:
            try:
                super().run_input_thread()
            except OSError:
                os.kill(os.getpid(), signal.SIGHUP)

    return StudioDriver
