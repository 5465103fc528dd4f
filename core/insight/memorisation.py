"""What a sample copied: its longest piece that stands in the training text word for word."""

from bisect import bisect_left
from typing import NamedTuple

LEAST_COPIED = 40
"""Characters; shorter pieces are found in any long text, and do not count as copied."""


class Match(NamedTuple):
    """Say what a sample has in common with a text; without anything, all is 0."""

    length: int
    """Characters of the longest piece of the sample that occurs in the text."""
    start: int
    """Where it begins in the sample: the first such place."""
    position: int
    """Where it begins in the text: the first such place."""
    copied: float
    """Share of the sample's characters in pieces long enough that occur in the text, 0 to 1."""


def longest_match(sample: str, text: str, *, least: int = LEAST_COPIED) -> Match:
    """Find the longest piece of a sample that occurs in a text, and how much was copied.

    Args:
        sample: What a model wrote.
        text: What it was trained on.
        least: Fewest characters of a piece that counts as copied, at least 1.
    """
    longest = longest_start = copied = counted = 0
    # Pieces that begin before `start` do not get as far as `end`; both only move on.
    start = end = 0
    while True:
        size = min(longest + 1, least)  # a shorter piece is neither the longest nor copied
        end = max(end, start + size)
        if end > len(sample):
            break
        absent = _absent_suffix(sample[end - size : end], text)
        if absent:
            start = end - absent + 1
            continue
        start = _first_start(sample, start, end, size, text)
        end = _last_end(sample, start, end, text)
        if end - start > longest:
            longest, longest_start = end - start, start
        if end - start >= least:
            copied += end - max(start, counted)
            counted = end
        start, end = start + 1, end + 1
    position = text.find(sample[longest_start : longest_start + longest])
    return Match(longest, longest_start, position, copied / max(1, len(sample)))


def _absent_suffix(piece: str, text: str) -> int:
    """Return the length of a suffix that does not occur in a text, or 0 if the piece occurs.

    The shorter it is, the further the search moves on, so that short ones are tried first.
    """
    size = len(piece)
    for length in (size // 2, size * 3 // 4, size):
        if piece[size - length :] not in text:
            return length
    return 0


def _first_start(sample: str, start: int, end: int, size: int, text: str) -> int:
    """Return where the longest piece begins that ends at `end` and occurs, from `start` on.

    The last `size` characters before the end are known to occur.
    """
    begins = range(start, end - size)
    return start + bisect_left(begins, True, key=lambda begin: sample[begin:end] in text)


def _last_end(sample: str, start: int, end: int, text: str) -> int:
    """Return how far a piece that occurs can be lengthened so that it still does."""
    found = 0  # a longer piece occurs no earlier than a shorter one
    while end < len(sample) and (found := text.find(sample[start : end + 1], found)) >= 0:
        end += 1
    return end
