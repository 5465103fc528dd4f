"""A report as one HTML file that needs nothing else and runs nothing."""

import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import assert_never

from core.language import spoken, tr
from tui.cli.version import VERSION
from tui.report.document import (
    Block,
    Command,
    Document,
    Facts,
    Figure,
    Listing,
    Paragraph,
    Part,
    Sample,
    Section,
    Table,
)
from tui.report.drawing import ALARM, INK, MUTED, RULE, SERIES
from tui.safe_text import displayable

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What the page may load: nothing from anywhere, whatever stands in it."""

VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    RULE: "rule",
    ALARM: "alarm",
    **{color: f"s{number}" for number, color in enumerate(SERIES, 1)},
}
"""Names that the style sheet has for the figures' colours, so that these change with the theme."""

_COLORS = re.compile("|".join(VARIABLES))


def page_of(document: Document) -> str:
    """Write a document as HTML; every text in it is escaped."""
    style = files("tui.report").joinpath("style.css").read_text(encoding="utf-8")
    body = "\n".join(_body(document))
    return f"""<!DOCTYPE html>
<html lang="{spoken().replace("_", "-")}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="rnnstudio {escape(VERSION)}">
<link rel="icon" href="data:,">
<title>{_text(document.title)}</title>
<style>
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _body(document: Document) -> Iterable[str]:
    yield f"<h1>{_text(document.title)}</h1>"
    yield f'<p class="subtitle">{_text(document.subtitle)}</p>'
    is_one = len(document.parts) == 1
    if not is_one:
        links = (
            f'<a href="#part-{number}">{_text(part.title)}</a>'
            for number, part in enumerate(document.parts)
        )
        yield f"<nav>{''.join(links)}</nav>"
    for number, part in enumerate(document.parts):
        if not is_one:
            yield from _heading(number, part)
        for section in part.sections:
            yield from _section(section)
    written = tr("Written by rnnstudio {version}.", version=VERSION)
    yield f"<footer>{escape(written)}</footer>"


def _heading(number: int, part: Part) -> Iterable[str]:
    yield f'<h2 id="part-{number}">{_text(part.title)}</h2>'
    if part.subtitle:
        yield f'<p class="subtitle">{_text(part.subtitle)}</p>'


def _section(section: Section) -> Iterable[str]:
    yield f"<section><h3>{_text(section.title)}</h3>"
    yield from map(_block, section.blocks)
    yield "</section>"


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{_text(text)}</p>"
        case Facts(pairs):
            tiles = (
                f"<div><dt>{_text(what)}</dt><dd>{_text(value)}</dd></div>" for what, value in pairs
            )
            return f"<dl>{''.join(tiles)}</dl>"
        case Table():
            return _table(block)
        case Figure(_, svg, caption):
            themed = _COLORS.sub(lambda found: f"var(--{VARIABLES[found[0]]})", svg)
            return f"<figure>{themed}<figcaption>{_text(caption)}</figcaption></figure>"
        case Sample(caption, text):
            # A first line end after <pre> would be swallowed.
            shown = escape(displayable(text, keep_newlines=True))
            return f'<p class="caption">{_text(caption)}</p><pre>\n{shown}</pre>'
        case Command(lines):
            return f"<pre>\n{escape(displayable(chr(10).join(lines), keep_newlines=True))}</pre>"
        case Listing(items):
            return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul>"
        case _:
            assert_never(block)


def _table(table: Table) -> str:
    def row(cells: Iterable[str], tag: str, marked: bool = False) -> str:
        filled = (
            f"<{tag}{_number_class(table, at)}>{_text(cell)}</{tag}>"
            for at, cell in enumerate(cells)
        )
        return f"<tr{' class=marked' if marked else ''}>{''.join(filled)}</tr>"

    rows = (row(cells, "td", at in table.marked) for at, cells in enumerate(table.rows))
    head = row(table.headings, "th")
    body = "\n".join(rows)
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>\n{body}</tbody></table></div>'


def _number_class(table: Table, column: int) -> str:
    return ' class="number"' if column in table.numbers else ""


def _text(text: str) -> str:
    return escape(displayable(text))
