"""A screen that answers at once, and draws no more of itself than has changed."""

import math
import time
from typing import TypeVar

from textual._context import active_app
from textual.geometry import Offset, Size
from textual.screen import Screen
from textual.widget import Widget

from tui.compositor import FrugalCompositor, Shown
from tui.key_order import KeyOrder

Answer = TypeVar("Answer")

CROWDED_S = 0.2
"""Between two drawings, or two sizes, while more keys have come than the screen can follow."""


class PromptScreen(Screen[Answer]):
    """Show what a key did without waiting for the next frame's time; a subclass fills it."""

    def __init__(
        self, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name, id, classes)
        self._frugal = FrugalCompositor(getattr(active_app.get(None), "shown", None) or Shown())
        self._compositor = self._frugal
        self._drawn_at = -math.inf

    def is_answering(self) -> bool:
        """Tell whether a key has not run its course yet."""
        return self._key_order is not None and self._key_order.in_flight

    @property
    def _key_order(self) -> KeyOrder | None:
        return getattr(self.app, "key_order", None)

    def _screen_resized(self, size: Size) -> None:
        """Lay out for another size only.

        Textual (8.2) lays out a screen that opens twice, and then all that lie under it.
        """
        if size != self._size:
            super()._screen_resized(size)

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """Return what is under the mouse: nothing where it is drawn still, but gone already."""
        widget, offset = super().get_widget_and_offset_at(x, y)
        gone = widget is not None and widget.parent is None
        return (None, None) if gone else (widget, offset)

    def on_idle(self) -> None:
        """Draw what a key has changed: Textual (8.2) would wait for the next sixtieth of a second.

        A layout waits, as there are often several in a row.
        """
        needs_layout = self._layout_required or self._scroll_required
        if self._dirty_widgets and not needs_layout and self.is_answering():
            self._on_timer_update()

    def _on_timer_update(self) -> None:
        """Draw; but not what the terminal cannot take yet: a later frame comes in its place.

        While keys wait it is drawn seldom, for that would take the time of what they do.
        """
        link = getattr(self.app, "link", None)
        if link is not None and link.is_behind:
            self._update_timer.resume()
            return
        order, now = self._key_order, time.monotonic()
        if order is not None and order.is_crowded and now - self._drawn_at < CROWDED_S:
            return  # the timer goes on
        if self._layout_required and self._repaint_required:
            # Drawn with the layout: Textual (8.2) would draw a second time after it.
            self._dirty_widgets.add(self)
            self._repaint_required = False
        self._draw_left()
        super()._on_timer_update()
        if self._frugal.has_left:
            self._update_timer.resume()
        self._drawn_at = time.monotonic()

    def _draw_left(self) -> None:
        """Draw what there was no room for, unless something newer is drawn before it."""
        if self._frugal.has_left and not (self._dirty_widgets or self._layout_required):
            self._compositor_refresh()
