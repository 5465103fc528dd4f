"""Tables of text: aligned columns, wrapped to a terminal but never in a pipe."""

import io
from collections.abc import Sequence
from typing import Literal, NamedTuple

from tui.cli.output import is_terminal
from tui.safe_text import displayable


class Column(NamedTuple):
    """Describe a column."""

    heading: str
    align: Literal["left", "right"] = "left"
    wraps: bool = False
    """Whether it may take several lines when the terminal is narrow."""


def table_lines(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out rows under their headings.

    Args:
        columns: What stands over them.
        rows: A text for each column; anything hostile in them is made displayable.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Columns of a pipe are as wide as they must be, so that each row stays one line.
    width = None if is_terminal() else 100_000
    drawn = io.StringIO()
    console = Console(file=drawn, width=width, color_system=None, markup=False, highlight=False)
    table = Table(box=box.Box("    \n" * 8), show_edge=False, pad_edge=False, padding=(0, 1))
    for column in columns:
        table.add_column(
            column.heading, justify=column.align, no_wrap=not column.wraps, overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(displayable(cell)) for cell in row))
    console.print(table)
    return [line.rstrip() for line in drawn.getvalue().splitlines()]
