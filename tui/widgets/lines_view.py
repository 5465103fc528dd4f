"""Many lines of text to scroll through; only those are drawn that are in view."""

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.visual import Visual


class LinesView(ScrollView, can_focus=False):
    """Show a long text, line by line; a line that is too long is wrapped.

    It takes no focus, so that the keys stay with the dialog around it.
    """

    DEFAULT_CSS = """
    LinesView { height: 1fr; overflow: hidden scroll; scrollbar-size-vertical: 1; }
    """

    def __init__(self) -> None:
        """Make a view without a text."""
        super().__init__()
        self._lines: Sequence[Content] = ()
        self._wrapped: list[Content] = []

    def show(self, lines: Sequence[Content]) -> None:
        """Show another text, from its first line on."""
        self._lines = lines
        self._wrap()
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        """Wrap the text to the new width."""
        self._wrap()

    def render_line(self, y: int) -> Strip:
        """Return one line of what is in view."""
        position = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if position >= len(self._wrapped):
            return Strip.blank(width, self.rich_style)
        line = self._wrapped[position]
        if self.text_selection and (span := self.text_selection.get_span(position)):
            marked = self.screen.get_visual_style("screen--selection")
            start, end = span
            line = line.stylize(marked, start, len(line) if end == -1 else end)
        strip = Visual.to_strips(self, line, width, 1, self.visual_style)[0]
        return strip.apply_offsets(0, position)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """Return the text that the mouse has marked."""
        return selection.extract("\n".join(line.plain for line in self._wrapped)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is marked now."""
        self.refresh()

    def _wrap(self) -> None:
        """Break what is too long, if the width is known yet."""
        width = self.scrollable_content_region.width
        if not width:
            return
        self._wrapped = [
            piece
            for line in self._lines
            for piece in (line.wrap(width) if line.cell_length > width else (line,))
        ]
        self.virtual_size = Size(width, len(self._wrapped))
        self.refresh()
