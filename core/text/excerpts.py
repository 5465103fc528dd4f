"""A user's texts and names in messages: short, on one line, and never with control characters."""

from collections.abc import Iterable
from itertools import islice

from core.language import joined
from core.text.reading import printable

LONGEST = 24
"""Characters of a name or text that a message shows."""

MOST_LISTED = 8
"""How many of many names a message lists."""


def excerpt(text: str) -> str:
    """Return the start of a text for a list of names."""
    return printable(_cut(text))


def quoted(text: str) -> str:
    """Return the start of a text for the middle of a sentence, in quotes."""
    return repr(_cut(text))


def listed(texts: Iterable[str]) -> str:
    """Name the first few of some texts."""
    first = list(islice(texts, MOST_LISTED + 1))
    shown = joined(map(excerpt, first[:MOST_LISTED]))
    return shown + ", …" if len(first) > MOST_LISTED else shown


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
