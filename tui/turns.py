"""Whose turn it is to be drawn: one part of the screen at a time, so that no key waits for all."""

from collections.abc import Callable, Sequence

from tui.history import History

Part = Callable[[History], None]
"""Draws one part of the screen from a run's present state."""


class Turns:
    """Remember what each part was drawn from, and which has waited longest."""

    def __init__(self) -> None:
        self._drawn: dict[Part, tuple[int, int]] = {}  # what was drawn last comes last

    def draw_all(self, parts: Sequence[Part], history: History) -> None:
        """Draw every part."""
        for part in parts:
            self._draw(part, history)

    def draw_next(self, parts: Sequence[Part], history: History) -> None:
        """Draw the part that has waited longest among those that have not shown the newest."""
        newest = state_of(history)
        waiting = [part for part in parts if self._drawn.get(part) != newest]
        if waiting:
            order = list(self._drawn)
            self._draw(min(waiting, key=lambda p: order.index(p) if p in order else -1), history)

    def _draw(self, part: Part, history: History) -> None:
        self._drawn.pop(part, None)
        self._drawn[part] = state_of(history)
        part(history)


def state_of(history: History) -> tuple[int, int]:
    """Return what changes whenever there is something else to draw."""
    return id(history), history.version
