"""A list of rows with a cursor, drawn window by window; whoever holds it handles the keys."""

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from tui.signs import UNICODE, Signs
from tui.widgets.placeholder import placeholder_text

FAR: list[BindingType] = [
    Binding("pagedown", "row(10)", show=False),
    Binding("pageup", "row(-10)", show=False),
    Binding("home", "row(-1_000_000)", show=False),
    Binding("end", "row(1_000_000)", show=False),
]
"""Keys that go far in a list, for a panel whose `action_row` lets the cursor travel."""


class Row(NamedTuple):
    """Hold one line of a list."""

    key: str
    """What the cursor remembers when the rows change; empty for a heading."""
    content: Content


class RowList(Widget):
    """Show rows and a cursor on one of them.

    It takes no focus, so that the keys stay with the panel or dialog around it.
    """

    DEFAULT_CSS = """
    RowList { height: 1fr; width: 1fr; }
    """

    class Chosen(Message):
        """Say that the row under the cursor was clicked."""

    class Moved(Message):
        """Say that the cursor was moved to another row."""

    def __init__(self, *, signs: Signs = UNICODE, empty: str = "", id: str | None = None) -> None:
        """Make a list without rows.

        Args:
            signs: What to draw the cursor with.
            empty: What to show while there are none.
            id: Textual's id of the widget.
        """
        super().__init__(id=id)
        self._signs = signs
        self.empty = empty
        """What to show while there are no rows."""
        self._rows: Sequence[Row] = ()
        self._cursor = 0
        self._top = 0
        self._strips: dict[int, tuple[object, Strip]] = {}

    @property
    def selected(self) -> str:
        """The key of the row under the cursor; empty where there is none."""
        return self._rows[self._cursor].key if self._cursor < len(self._rows) else ""

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows, with the cursor on the row of the same key if it is still there."""
        selected = self.selected
        self._rows = rows
        self.select(selected)

    def select(self, key: str) -> None:
        """Put the cursor on a row, or on the nearest one that can be chosen."""
        keys = [row.key for row in self._rows]
        if key and key in keys:
            self._cursor = keys.index(key)
        else:
            self._cursor = min(self._cursor, max(len(keys) - 1, 0))
            if keys and not keys[self._cursor]:
                self.move(1)
        self.refresh()

    def move(self, direction: int) -> None:
        """Move the cursor to the next row that can be chosen, if there is one."""
        before, top = self._cursor, self._top
        position = self._cursor + direction
        while 0 <= position < len(self._rows):
            if self._rows[position].key:
                self._cursor = position
                break
            position += direction
        width, height = self.size
        if height:
            self._scroll_to_cursor(height)
        if height and top == self._top:
            lines = {before - top, self._cursor - top}
            self.refresh(*(Region(0, line, width, 1) for line in lines))
        else:
            self.refresh()
        if self._cursor != before:
            self.post_message(self.Moved())

    def travel(self, rows: int) -> None:
        """Move the cursor by so many rows that can be chosen, or as far as there are any."""
        for _ in range(min(abs(rows), len(self._rows))):
            self.move(1 if rows > 0 else -1)

    def render(self) -> Content:
        """Draw the rows that fit, the cursor's among them."""
        if not self._rows:
            return placeholder_text(self.empty, self.size.width, self.size.height)
        height = self.size.height
        self._scroll_to_cursor(height)
        shown = range(self._top, min(self._top + height, len(self._rows)))
        return Content("\n").join([self._line(position) for position in shown])

    def render_line(self, y: int) -> Strip:
        """Return one line; made anew only where it looks different, as most lines do not."""
        width, height = self.size
        self._scroll_to_cursor(height)
        position = self._top + y
        if position >= len(self._rows) or self.text_selection is not None:
            return super().render_line(y)
        line = self._line(position)
        looks = line.plain, tuple(line.spans), self.visual_style, width
        before, strip = self._strips.get(y, (None, Strip([])))
        if looks != before:
            strip = Visual.to_strips(self, line, width, 1, self.visual_style)[0].apply_offsets(0, y)
            self._strips[y] = looks, strip
        return strip

    def notify_style_update(self) -> None:
        """Make all lines anew, since names of colours may mean others."""
        self._strips.clear()
        super().notify_style_update()

    def _line(self, position: int) -> Content:
        """Write one row, with the cursor if it is there."""
        sign = self._signs.cursor if position == self._cursor else " "
        line = Content.styled(sign, "bold") + self._rows[position].content
        line = line.truncate(self.size.width, ellipsis=self._signs is UNICODE, pad=True)
        if position == self._cursor:
            # Beneath what is coloured already, which keeps its meaning.
            line = line.stylize_before("$text on $primary 40%" if self._has_focus() else "bold")
        return line

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor down."""
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor up."""
        event.stop()
        self.move(-1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row."""
        position = self._top + event.y
        if position < len(self._rows) and self._rows[position].key:
            self._cursor = position
            self.refresh()
            self.post_message(self.Chosen())

    def _has_focus(self) -> bool:
        return any("focus" in node.pseudo_classes for node in self.ancestors_with_self)

    def _scroll_to_cursor(self, height: int) -> None:
        margin = 1 if height > 2 else 0  # a heading above the first row of a group stays in view
        lowest = self._cursor + 1 + margin - height
        highest = self._cursor - margin
        self._top = max(min(self._top, highest), lowest, 0)
        self._top = min(self._top, max(len(self._rows) - height, 0))
