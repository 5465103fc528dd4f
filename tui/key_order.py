"""Keys act one after another: each is held back until the one before it has run its course."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from textual import events
from textual.app import App
from textual.dom import DOMNode

Typed = events.Key | events.Paste
"""What a keyboard sends."""

PATIENCE = 0.5
"""Seconds after which the next key is let go, whatever became of the one before."""

ROUNDS_AT_LEAST = 2
"""The second round passes what the first one's key has set off."""

ROUNDS_AT_MOST = 8


class KeyOrder:
    """Hand keys that come together to the application one by one.

    Textual gives a key to the widget that has the focus when the key arrives; what it is bound
    to happens only when it has bubbled up to the application, from one message queue to the
    next. Keys right behind it would reach the old focus, though it opens a prompt or a dialog.
    """

    def __init__(self, app: App[None], deliver: Callable[[Typed], Awaitable[None]]) -> None:
        """Begin without keys.

        Args:
            app: The application that the keys are for.
            deliver: Takes one key as Textual would.
        """
        self._app = app
        self._deliver = deliver
        self._waiting: deque[Typed] = deque()
        self._flights = 0
        self._timer: asyncio.TimerHandle | None = None
        self.held = True
        """Whether keys wait until `let_go`."""

    @property
    def in_flight(self) -> bool:
        """Whether a key has not run its course yet."""
        return self._timer is not None

    @property
    def is_crowded(self) -> bool:
        """Whether keys wait behind the one in flight."""
        return self.in_flight and bool(self._waiting)

    async def let_go(self) -> None:
        """Deliver what was typed so far, and what comes from now on; keys are held until then.

        This is for the application's own task alone.
        """
        self.held = False
        if self._waiting:
            await self.take(self._waiting.popleft())

    async def take(self, typed: Typed) -> None:
        """Deliver a key: at once if none is in flight and none is held, else in its turn.

        This is for the application's own task alone.
        """
        if self.held or self._timer is not None:
            self._waiting.append(typed)
            return
        self._flights += 1
        flight = self._flights
        self._timer = asyncio.get_running_loop().call_later(
            PATIENCE, self._app.call_later, self._land, flight
        )
        way = self._way()
        try:
            await self._deliver(typed)
        finally:
            self._follow(flight, way)

    def _way(self) -> tuple[DOMNode, ...]:
        """Return what a key passes now: the focus and all that is around it."""
        return tuple((self._app.focused or self._app.screen).ancestors_with_self)

    def _follow(self, flight: int, way: Sequence[DOMNode], place: int = 0, rounds: int = 1) -> None:
        """Go the way of a key, behind it in every queue, until it leads nowhere else.

        A screen that is opening handles nothing before it is mounted and has its focus.

        Args:
            flight: The number of the key's flight.
            way: Whose queues to pass.
            place: The next of them.
            rounds: The number of this round.
        """
        if flight != self._flights:
            return
        for index in range(place, len(way)):
            if way[index].call_later(self._follow, flight, way, index + 1, rounds):
                return  # one that has been closed is passed over
        now = self._way()
        if rounds < ROUNDS_AT_LEAST or (now != way and rounds < ROUNDS_AT_MOST):
            self._follow(flight, now, 0, rounds + 1)
        else:
            self._app.call_later(self._land, flight)

    async def _land(self, flight: int) -> None:
        """Let the next key go."""
        if flight != self._flights or self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        if self._waiting:
            await self.take(self._waiting.popleft())
