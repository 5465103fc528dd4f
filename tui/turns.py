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
        order = list(self._drawn)
        waiting = self.waiting(parts, history)
        if waiting:
            self._draw(min(waiting, key=lambda p: order.index(p) if p in order else -1), history)

    def waiting(self, parts: Sequence[Part], history: History) -> list[Part]:
        """Return the parts that have not shown the newest."""
        return [part for part in parts if self._drawn.get(part) != _state(history)]

    def _draw(self, part: Part, history: History) -> None:
        self._drawn.pop(part, None)
        self._drawn[part] = _state(history)
        part(history)


def _state(history: History) -> tuple[int, int]:
    return id(history), history.version
