"""What a report is made of, before it is HTML or Markdown: parts, sections and blocks.

All texts in it are plain and untrusted; whoever writes a format escapes every one of them.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Paragraph(NamedTuple):
    """A few sentences."""

    text: str


class Facts(NamedTuple):
    """A few figures, each with what it is."""

    pairs: Sequence[tuple[str, str]]
    """What, and how much."""


class Table(NamedTuple):
    """Rows under headings."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    """Columns that stand to the right."""
    marked: frozenset[int] = frozenset()
    """Rows that stand out."""


class Figure(NamedTuple):
    """A drawing."""

    name: str
    """A short word for its file, of letters and hyphens."""
    svg: str
    """An `<svg>` element, made by the plotting library."""
    caption: str


class Sample(NamedTuple):
    """A text as it stands, with a word on it."""

    caption: str
    text: str


class Command(NamedTuple):
    """Lines for a shell."""

    lines: Sequence[str]


class Listing(NamedTuple):
    """Sentences, one an item."""

    items: Sequence[str]


Block = Paragraph | Facts | Table | Figure | Sample | Command | Listing


class Section(NamedTuple):
    """Blocks under a heading."""

    title: str
    blocks: Sequence[Block]


class Part(NamedTuple):
    """A run, or the comparison of several."""

    title: str
    subtitle: str
    sections: Sequence[Section]


class Document(NamedTuple):
    """A whole report."""

    title: str
    subtitle: str
    parts: Sequence[Part]
