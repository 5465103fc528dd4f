"""The runs as a table with headings, and all that is known of one, for a panel with room."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content

from core.config import SETTINGS, cell_name
from core.events import perplexity
from core.language import joined, tr, trn
from core.settings import text_of
from tui.cells import cell_ljust, cell_rjust, fitting
from tui.names import said
from tui.safe_text import displayable
from tui.signs import Signs
from tui.widgets.axes import clock, short_count
from tui.widgets.plot import value_text
from workspace.records import Run

TABLE_FROM = 70
"""Cells from which there is room for a table."""

LEAST_NAME, MOST_NAME = 12, 40
"""Cells of the column of names."""

A_YEAR = timedelta(days=360)
"""What was made within it needs no year."""

ABOUT_ROWS = 7
"""Rows of what is known of one run."""


class RunColumn(NamedTuple):
    """Describe a column of the table."""

    place: int
    """Where it stands among those that are wanted most, from 1: the last ones give way."""
    heading: str
    text: Callable[[Run], str]
    is_left: bool = False
    """Whether its texts begin at its left edge, as words do; numbers end at the right one."""


def _loss(run: Run) -> float:
    return math.inf if run.best_val_loss is None else run.best_val_loss


ORDERS: tuple[tuple[str, Callable[[Run], tuple[float | str, int]]], ...] = (
    ("", lambda run: (0, -run.run)),
    (tr("lowest loss first"), lambda run: (_loss(run), -run.run)),
    (tr("most steps first"), lambda run: (-run.step, -run.run)),
    (tr("longest time first"), lambda run: (-run.elapsed_s, -run.run)),
    (tr("by name"), lambda run: (run.name.casefold(), -run.run)),
)
"""What each order is called and sorts by; the first is as usual, and needs no name."""


def kind_text(run: Run) -> str:
    """Name a run's network: its cell, in both directions or one, its width and its layers."""
    sizes = run.config.get("hidden_size", ""), run.config.get("num_layers", "")
    return f"{cell_name(run.config)} {sizes[0]}x{sizes[1]}"


def bits_per_char(run: Run) -> float | None:
    """Return the best loss in bits per character; None where tokens are not characters."""
    is_known = run.task == "language" and run.config.get("vocab_type") == "char"
    return run.best_val_loss / math.log(2) if is_known and run.best_val_loss is not None else None


def _number(value: float | None) -> str:
    return "" if value is None else value_text(value)


def _perplexity(run: Run) -> str:
    if run.task != "language" or run.best_val_loss is None:
        return ""
    value = perplexity(run.best_val_loss)
    return value_text(math.inf if value is None else value)


def _date(run: Run) -> str:
    try:
        created = datetime.fromisoformat(run.created).astimezone()
    except (ValueError, OverflowError):
        return displayable(run.created)
    is_recent = datetime.now(UTC) - created < A_YEAR
    return created.strftime("%m-%d %H:%M" if is_recent else "%Y-%m-%d")


def _accuracy(run: Run) -> str:
    return "" if run.best_accuracy is None else f"{run.best_accuracy:.1%}"


COLUMNS = (
    RunColumn(3, tr("model"), kind_text, is_left=True),
    RunColumn(2, tr("steps"), lambda run: f"{run.step:,}"),
    RunColumn(6, tr("time"), lambda run: clock(run.elapsed_s)),
    RunColumn(1, tr("best loss"), lambda run: _number(run.best_val_loss)),
    RunColumn(4, tr("accuracy"), _accuracy),
    RunColumn(5, tr("ppl"), _perplexity),
    RunColumn(8, tr("bits/char"), lambda run: _number(bits_per_char(run))),
    RunColumn(7, tr("created"), _date, is_left=True),
    RunColumn(9, tr("text"), lambda run: displayable(run.corpus_name), is_left=True),
    RunColumn(10, tr("tags"), lambda run: displayable(joined(run.tags)), is_left=True),
)
"""In the order of a line; a column that is empty for all runs is left out."""


def table_of(runs: Sequence[Run], width: int, signs: Signs) -> tuple[str, list[str]]:
    """Lay runs out below headings.

    Args:
        runs: In the order of the rows.
        width: Cells of a row.
        signs: What to draw with.

    Returns:
        The headings, and a line for each run; both without the number before the name.
    """
    named = [displayable(run.name) for run in runs]
    widest = max(map(cell_len, named), default=0)
    name_cells = max(min(widest, MOST_NAME, width // 4), LEAST_NAME)
    heading, lines = (
        tr("name"),
        [
            f"{cell_ljust(fitting(name, name_cells, signs.ellipsis), name_cells)} "
            f"{signs.status(run.status)}"
            for run, name in zip(runs, named, strict=True)
        ],
    )
    heading = cell_ljust(heading, name_cells + 2)
    for column, texts in _fitting_columns(runs, width - name_cells - 2):
        pad, cells = cell_ljust if column.is_left else cell_rjust, _cells(column, texts)
        heading += "  " + pad(column.heading, cells)
        lines = [f"{line}  {pad(text, cells)}" for line, text in zip(lines, texts, strict=True)]
    return heading, lines


def _fitting_columns(runs: Sequence[Run], room: int) -> list[tuple[RunColumn, list[str]]]:
    """Return the columns for which there is room, each with its texts, in the order of a line."""
    texts = {column: [column.text(run) for run in runs] for column in COLUMNS}
    kept = set()
    for column in sorted((column for column in COLUMNS if any(texts[column])), key=lambda c: c[0]):
        if (needed := _cells(column, texts[column]) + 2) <= room:
            kept.add(column)
            room -= needed
    return [(column, texts[column]) for column in COLUMNS if column in kept]


def _cells(column: RunColumn, texts: Sequence[str]) -> int:
    return max(map(cell_len, [column.heading, *texts]))


def about_run(run: Run, signs: Signs) -> Content:
    """Write what is known of one run: what the user said of it, and what makes it another."""
    facts = [said(run.status), trn("{n:,} step", "{n:,} steps", run.step), clock(run.elapsed_s)]
    if run.parameters is not None:
        facts.append(tr("{count} parameters", count=short_count(run.parameters)))
    changed = [
        f"{name} {text_of(value)}"
        for name, value in run.config.items()
        if name in SETTINGS and SETTINGS[name].default != value
    ]
    return Content.assemble(
        (displayable(f"#{run.run} {run.name}"), "bold"),
        "  ".join(["", *(f"#{displayable(tag)}" for tag in run.tags)]),
        f"\n{f' {signs.dot} '.join(facts)}",
        f"\n{displayable(run.notes)}" if run.notes else "",
        (f"\n{displayable(joined(changed))}" if changed else "", "$text-muted"),
    )
