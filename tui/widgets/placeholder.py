"""The look of every place that is empty still: muted, in italics, in its middle."""

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static


class Placeholder(Static):
    """Say what is missing, in the middle of the place where it will stand."""

    DEFAULT_CSS = """
    Placeholder {
        width: 1fr; height: 1fr; padding: 0 1; content-align: center middle; text-align: center;
        color: $text-muted; text-style: italic;
    }
    """

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(text, id=id, markup=False)


def placeholder_text(text: str, width: int, height: int) -> Content:
    """Return the same look for what draws itself, in a space of some size."""
    cells = cell_len(text)
    rows = max(-(-cells // max(width, 1)), 1)
    before = "\n" * max((height - rows) // 2, 0) + " " * max((width - cells) // 2, 0)
    return Content.assemble(before, (text, "italic $text-muted"))
