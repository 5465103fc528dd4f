"""A text field for a path, which Tab completes."""

from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from core.language import tr
from tui.path_completion import completed
from tui.safe_text import displayable
from tui.widgets.text_field import TextField

COMPLETES = tr("Tab completes the path")
"""What the field says of itself."""


class PathField(TextField):
    """Complete a path at Tab; where there is nothing to complete, go on to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", show=False)]

    class Offered(Message):
        """Say how the path can go on: the names that match, or that there are none."""

        def __init__(self, names: list[str]) -> None:
            super().__init__()
            self.names = names

    def action_complete(self) -> None:
        """Write on as far as all paths that match agree, then offer their names."""
        text = self.value
        found = completed(text) if text else None
        if found is None or (found.text == text and len(found.names) == 1):
            self.screen.focus_next()
            return
        self.value = found.text
        self.cursor_position = len(found.text)
        if len(found.names) != 1:
            self.post_message(self.Offered(found.names))


def names_line(names: list[str], width: int, ellipsis: str) -> Content:
    """Return as many names as a line has room for; say so where there are none."""
    if not names:
        return Content.styled(tr("no file begins like this"), "$text-error")
    line = "  ".join(map(displayable, names[:width]))
    if cell_len(line) > width:
        kept = Content(line).truncate(max(width - cell_len(ellipsis), 0)).plain
        line = kept.rsplit("  ", 1)[0] + ellipsis
    return Content.styled(line, "$text-muted")
