"""Textual's pilot waits for the screen alone, not for the whole process to be idle.

Between two keys Textual sleeps until the process has used less than a twentieth of 20 ms of
processor, for a second at most. A dashboard that trains never does, so each key took the second,
and on a slow machine more of them did. Here it is the messages that must be gone, and the thread
of the screen that must be at rest; what other threads compute is not waited for.
"""

import asyncio
import time

from textual import app, pilot
from textual._context import active_app
from textual.widget import Widget

TURN_S = 0.02
"""How long the screen has to be at rest; Textual's own figure, within which its timers come."""

REST = 0.4
"""The share of a turn that its thread may use for timers and still be at rest."""


def _messages_wait() -> bool:
    """Tell whether the application or what is on its screen has something left to do."""
    running = active_app.get(None)
    if running is None or not running.screen_stack:
        return False
    pumps = [running, running.screen, *running.screen.query(Widget)]
    return any(pump.message_queue_size for pump in pumps)


async def wait_until_still(min_sleep: float = TURN_S, max_sleep: float = 1) -> None:
    """Wait until nothing is left to do on the screen, in place of Textual's function."""
    started = time.monotonic()
    while True:
        used, turn = time.thread_time(), time.monotonic()
        await asyncio.sleep(TURN_S)
        now = time.monotonic()
        rests = time.thread_time() - used < REST * (now - turn)
        if now - started >= max_sleep:
            return
        if now - started > min_sleep and rests and not _messages_wait():
            return


def install() -> None:
    """Let every pilot of this process wait so."""
    for module in (app, pilot):
        vars(module)["wait_for_idle"] = wait_until_still
