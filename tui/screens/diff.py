"""The settings in which two runs differ, side by side."""

from collections.abc import Mapping
from typing import ClassVar

from rich.cells import set_cell_size
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from core.config import SETTINGS
from core.language import tr
from core.settings import Value
from tui.safe_text import displayable
from tui.screens.dialog import Dialog
from tui.widgets.row_list import Row, RowList
from tui.widgets.settings_list import shortened, value_text

NAME_WIDTH = max(map(len, SETTINGS))
"""Cells of the column of names."""

COLUMN = 21
"""Cells of each run's column."""


class DiffDialog(Dialog[None]):
    """List what differs, in the order of the settings table."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "row(1)", show=False),
        Binding("up,k", "row(-1)", show=False),
        Binding("enter,d", "dismiss_dialog", show=False),
    ]
    DEFAULT_CSS = "DiffDialog RowList { margin: 1 0; }"

    def __init__(
        self, left: str, old: Mapping[str, Value], right: str, new: Mapping[str, Value]
    ) -> None:
        """Make the list.

        Args:
            left: What the first column stands for.
            old: Its settings by name.
            right: What the second column stands for.
            new: Its settings by name.
        """
        super().__init__(tr("Settings that differ"), keys=tr("↑↓ scroll  Esc close"))
        self._heads = (left, right)
        self._rows = [
            Row(name, _line(name, *(_text(name, side) for side in (old, new))))
            for name in SETTINGS
            if old.get(name) != new.get(name)
        ]

    def compose_body(self) -> ComposeResult:
        """Lay out the columns."""
        left, right = (shortened(displayable(head), COLUMN, "…") for head in self._heads)
        head = Content.styled(f" {'':<{NAME_WIDTH}} {_padded(left)}  {right}", "bold")
        yield Static(head, markup=False)
        rows = RowList(signs=self.signs, empty=tr("no setting differs"))
        rows.styles.height = min(max(len(self._rows), 1), 16)
        rows.set_rows(self._rows)
        yield rows

    def action_row(self, direction: int) -> None:
        """Scroll."""
        self.query_one(RowList).move(direction)


def _text(name: str, values: Mapping[str, Value]) -> str:
    return value_text(SETTINGS[name], values[name]) if name in values else tr("unknown")


def _line(name: str, old: str, new: str) -> Content:
    left, right = (shortened(text, COLUMN, "…") for text in (old, new))
    return Content.assemble(
        f"{name:<{NAME_WIDTH}} ", (_padded(left), "$text-muted"), "  ", (right, "bold")
    )


def _padded(text: str) -> str:
    return set_cell_size(text, COLUMN)
