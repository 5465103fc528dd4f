"""Tables of text: aligned columns, fitted to a terminal but complete in a pipe."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from tui.cli.output import is_terminal
from tui.safe_text import displayable

if TYPE_CHECKING:
    from rich.table import Table

UNLIMITED = 100_000
"""Wider than any row."""

WRAPPED_WIDTH = 24
"""The least width of a column that wraps; below it, others are left out."""

KEPT_WIDTH = 30
"""The width down to which a column that does not wrap is kept whole."""


class Column(NamedTuple):
    """Describe a column."""

    heading: str
    align: Literal["left", "right"] = "left"
    wraps: bool = False
    """Whether it may take several lines when the terminal is narrow."""
    optional: bool = False
    """Whether it may be left out when the terminal is narrow, the last such column first."""


def table_lines(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out rows under their headings.

    Args:
        columns: What stands over them.
        rows: A text for each column; anything hostile in them is made displayable.
    """
    from rich.console import Console

    # Columns of a pipe are as wide as they must be, so that each row stays one line.
    width = None if is_terminal() else UNLIMITED
    drawn = io.StringIO()
    console = Console(file=drawn, width=width, color_system=None, markup=False, highlight=False)
    kept = list(range(len(columns)))
    optional = [index for index in kept if columns[index].optional]
    table = _table(columns, rows, kept)
    unlimited = console.options.update(max_width=UNLIMITED)
    while optional and console.measure(table, options=unlimited).minimum > console.width:
        kept.remove(optional.pop())
        table = _table(columns, rows, kept)
    console.print(table)
    return [line.rstrip() for line in drawn.getvalue().splitlines()]


def fact_lines(facts: Sequence[tuple[str, str]], least: int = 0) -> list[str]:
    """Lay out measures, one a line, each with its name in a column before it.

    Args:
        facts: Names and values.
        least: Cells that the column of names takes at least, its gap included.
    """
    from rich.cells import cell_len

    from tui.cells import cell_ljust

    width = max([least, *(cell_len(name) + 2 for name, _ in facts)])
    return [cell_ljust(name, width) + value for name, value in facts]


def _table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], kept: Sequence[int]
) -> "Table":
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for index in kept:
        column = columns[index]
        widest = max(cell_len(text) for text in [column.heading, *(row[index] for row in rows)])
        table.add_column(
            Text(displayable(column.heading)),
            justify=column.align,
            no_wrap=not column.wraps,
            overflow="fold" if column.wraps else "ellipsis",
            min_width=WRAPPED_WIDTH if column.wraps else min(widest, KEPT_WIDTH),
        )
    for row in rows:
        table.add_row(*(Text(displayable(row[index])) for index in kept))
    return table
