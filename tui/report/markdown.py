"""A report as Markdown, with its figures as files beside it."""

import os
import re
from collections.abc import Iterable
from typing import assert_never
from urllib.parse import quote

from tui.report.document import (
    Block,
    Command,
    Document,
    Facts,
    Figure,
    Listing,
    Paragraph,
    Sample,
    Table,
)
from tui.safe_text import displayable

_ACTIVE = re.compile(r"[\\`*_{}\[\]<>|~&$#@!]|^[-+=]|^\d+(?=[.)](?:\s|$))")
"""What may begin markup, HTML, a table's cell, formula or mention; a backslash takes it away."""


def markdown_of(document: Document, folder: str) -> tuple[str, dict[str, str]]:
    """Write a document as Markdown.

    Args:
        document: Its texts are untrusted and escaped here.
        folder: The folder of the figures' files, as seen from the report.

    Returns:
        The text, and the figures by file name.
    """
    figures: dict[str, str] = {}
    place = quote(os.fsencode(folder))
    lines = [f"# {inline(document.title)}", "", inline(document.subtitle), ""]
    for number, part in enumerate(document.parts):
        if len(document.parts) > 1:
            lines += [f"## {inline(part.title)}", ""]
            lines += [inline(part.subtitle), ""] * bool(part.subtitle)
        for section in part.sections:
            lines += [f"### {section.title}", ""]
            for block in section.blocks:
                if isinstance(block, Figure):
                    name = f"{number}-{block.name}.svg"
                    figures[name] = _standing_alone(block.svg)
                lines += [*_block(block, f"{place}/{number}-"), ""]
    return "\n".join(lines), figures


def _block(block: Block, figures: str) -> list[str]:
    match block:
        case Paragraph(text):
            return [inline(text)]
        case Facts(pairs):
            return [f"- {inline(what)}: **{inline(value)}**" for what, value in pairs]
        case Table():
            return list(_table(block))
        case Figure(name, _, caption):
            return [f"![{inline(name)}]({figures}{name}.svg)", "", inline(caption)]
        case Sample(caption, text):
            return [f"*{inline(caption)}*", "", *_fenced(text)]
        case Command(lines):
            return _fenced("\n".join(lines), "sh")
        case Listing(items):
            return [f"- {inline(item)}" for item in items]
        case _:
            assert_never(block)


def _table(table: Table) -> Iterable[str]:
    rules = ["---:" if at in table.numbers else "---" for at, _ in enumerate(table.headings)]
    yield f"| {' | '.join(map(inline, table.headings))} |"
    yield f"|{'|'.join(rules)}|"
    for at, cells in enumerate(table.rows):
        shown = [inline(cell) for cell in cells]
        if at in table.marked:
            shown = [f"**{cell}**" if cell else "" for cell in shown]
        yield f"| {' | '.join(shown)} |"


def _fenced(text: str, language: str = "text") -> list[str]:
    """Stand a text in a block with a fence that is longer than any in it."""
    shown = displayable(text, keep_newlines=True)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *shown.split("\n"), fence]


def inline(text: str) -> str:
    """Escape a text so that it stands in a line of Markdown as it is."""
    return _ACTIVE.sub(_escaped, displayable(text))


def _escaped(found: re.Match[str]) -> str:
    # A number that would begin a list is kept by an escape of what follows it.
    return f"{found[0]}\\" if found[0].isdecimal() else f"\\{found[0]}"


def _standing_alone(svg: str) -> str:
    """Return an element as a file of its own, on white: its colours are for a light page."""
    element = svg.replace("<svg", '<svg style="background: #ffffff"', 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{element}\n'
