r"""Splitting a text into words and spacing, such that joining them gives back the exact text.

Every token but white space has an implied spacing: one space before a word, none before a comma,
none after an opening bracket, none at the start of a line. A token that stands as implied is
written plainly, `word`. One that does not is a token of its own: with the white space that is
really there in front, `␣␣word`, or with the glue mark where none is, `##word`. A line end is one
token together with the blanks around it, so that ` \n` counts once, as WikiText wants it.

No two tokens can be confused: a plain one never begins with white space, and never with the glue
mark where that is in use, since a punctuation mark is a token by itself there.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

WordSplit = Literal["punctuation", "whitespace"]

UNKNOWN = "<unk>"
"""The unknown token, as it stands in a text."""

GLUE = "##"
"""Begins a token that follows without the implied space; alone, it stands before `<unk>`."""

CHUNK_CHARS = 2**18
"""About how much text is split at a time, which bounds the memory."""

# Hyphens and slashes join what they stand between; Chinese and Japanese know no spaces at marks.
_TIGHT = "-/—–\\、。，．：；！？（）「」『』【】《》"
OPENING = frozenset("([{<¿¡«“‘„‚$£€¥" + _TIGHT)
"""Marks that glue what follows to them."""

CLOSING = frozenset(")]}>,.;:!?%»”’…'" + _TIGHT)
"""Marks that glue themselves to what precedes; some marks do both."""

_CUT: dict[WordSplit, str] = {
    "punctuation": r"[,.;:!?)\]}，。、；：！？」』】》]|\S(?=\s)",
    "whitespace": r"\S(?=\s)",
}
_CUTS = {split: re.compile(pattern) for split, pattern in _CUT.items()}
_LINE_START = re.compile(r"\n[^\S\n]*")
_WORD_START = re.compile(r"\s(?=\S)")


class Form(NamedTuple):
    """Say how a token is written."""

    text: str
    """What it writes, any spacing of its own included."""
    joins_left: bool
    """Whether no space is implied before it."""
    joins_right: bool
    """Whether no space is implied after it."""


class WordSplitter:
    """Split texts into tokens and join them again.

    Args:
        word_split: `punctuation` makes words and single punctuation marks tokens; `whitespace`
            makes each whitespace-separated item one, and counts nothing but these and line ends.
    """

    def __init__(self, word_split: WordSplit = "punctuation") -> None:
        self.word_split: WordSplit = word_split
        self._by_punctuation = word_split == "punctuation"

    def split(self, text: str) -> Iterator[tuple[list[str], int]]:
        """Yield the tokens of a text in pieces, each with the number of characters done so far.

        Joined, they give the text again. The one exception is `<unk>` after irregular blanks in
        `whitespace`: it is the unknown token whatever stands before it.
        """
        joined = True
        for start, end in splittable_parts(text, self.word_split):
            tokens, joined = self.split_part(text[start:end], joined=joined)
            yield tokens, end

    def split_part(self, text: str, *, joined: bool) -> tuple[list[str], bool]:
        """Return the tokens of one of the `splittable_parts` of a text.

        Args:
            text: The part.
            joined: Whether no space is implied before it.

        Returns:
            The tokens, and whether no space is implied after them.
        """
        # What a piece of text means depends on it and on whether a space is implied before it,
        # and pieces repeat: a table of those met makes the loop three times as fast.
        known = (_Pieces(self, joined=False), _Pieces(self, joined=True))
        tokens: list[str] = []
        for piece in _pattern(self._by_punctuation).findall(text):
            found, joined = known[joined][piece]
            tokens += found
        return tokens, joined

    def form(self, token: str) -> Form:
        """Say how a token is written."""
        core = token.lstrip()
        if not self._by_punctuation:
            return Form(token, joins_left=core != token, joins_right=not core)
        if token.startswith(GLUE):
            core = token[len(GLUE) :]
            return Form(core, joins_left=True, joins_right=not core or core in OPENING)
        return Form(
            token,
            joins_left=core != token or core in CLOSING,
            joins_right=not core or core in OPENING,
        )

    def tokens_of(self, piece: str, *, joined: bool) -> tuple[tuple[str, ...], bool]:
        """Name the tokens of one matched piece of text.

        Args:
            piece: White space, or a core with the blanks before it.
            joined: Whether no space is implied before what comes next.

        Returns:
            The tokens, and whether no space is implied after them.
        """
        core = piece.lstrip()
        if not core:
            return (piece,), True
        gap = piece[: len(piece) - len(core)]
        plain = self.form(core)
        implied = "" if joined or plain.joins_left else " "
        if gap == implied:
            return (core,), plain.joins_right
        if core == UNKNOWN:
            # Spacing of its own would make another token of it, so it becomes one before it.
            return ((gap or GLUE, core) if self._by_punctuation else (core,)), False
        return ((gap or GLUE) + core,), plain.joins_right


class _Pieces(dict[str, tuple[tuple[str, ...], bool]]):
    """Remember the tokens of each piece of text for one state of the spacing."""

    def __init__(self, splitter: WordSplitter, *, joined: bool) -> None:
        super().__init__()
        self._splitter = splitter
        self._joined = joined

    def __missing__(self, piece: str) -> tuple[tuple[str, ...], bool]:
        found = self[piece] = self._splitter.tokens_of(piece, joined=self._joined)
        return found


def written(previous: Form | None, form: Form) -> str:
    """Write a token as it follows another, or begins the text where that is None."""
    if form.joins_left or previous is None or previous.joins_right:
        return form.text
    return " " + form.text


def word_boundary(text: str, position: int, reach: int) -> int:
    """Return a place to cut a text in two without cutting a token.

    Args:
        text: The text.
        position: Where to cut at the earliest.
        reach: How far behind the position a better place is looked for.

    Returns:
        The start of the next line within reach, else that of the next word, else the position.
    """
    window = text[position : position + reach]
    found = _LINE_START.search(window) or _WORD_START.search(window)
    return position + found.end() if found else position


def count_words(text: str) -> int:
    """Count the whitespace-separated words of a text."""
    return sum(len(text[start:end].split()) for start, end in splittable_parts(text, "whitespace"))


def splittable_parts(text: str, word_split: WordSplit) -> Iterator[tuple[int, int]]:
    """Yield the ends of long parts of a text that are cut only between tokens.

    That is where white space begins, and behind such marks as end a token wherever they stand.
    """
    start = 0
    while start < len(text):
        match = _CUTS[word_split].search(text, start + CHUNK_CHARS)
        end = match.end() if match else len(text)
        yield start, end
        start = end


def last_cut(text: str, word_split: WordSplit) -> int:
    """Return the last place within a text where it can be cut between tokens; 0 if there is none.

    Args:
        text: Any part of a text.
        word_split: Where words end.
    """
    reach = 256
    while True:
        start = max(0, len(text) - reach)
        # The last character is left out: what follows it is not known.
        cuts = [match.end() for match in _CUTS[word_split].finditer(text, start, len(text) - 1)]
        if cuts or not start:
            return cuts[-1] if cuts else 0
        reach *= 8


@cache
def _pattern(by_punctuation: bool) -> re.Pattern[str]:
    """Compile what one piece of text is: a core with blanks before it, or a line end with them.

    All repeats are possessive, so that no text takes more than linear time.
    """
    core = r"\S++"
    if by_punctuation:
        letter = letter_pattern()
        core = rf"(?:{UNKNOWN}|{letter}++(?:['’]{letter}++)*+|\S)"
    return re.compile(rf"[^\S\n]*+(?:{core}|\n[^\S\n]*+)|[^\S\n]++")


def letter_pattern() -> str:
    """Return what matches one character of a word."""
    return rf"[\w{_combining_marks()}]"


@cache
def _combining_marks() -> str:
    r"""Return the marks that belong to the letter before them, which `\w` leaves out.

    Those outside of the basic plane are left out too: looking for them would take longer than
    they are worth.
    """
    marks = (chr(point) for point in range(0x300, 0x10000))
    return "".join(mark for mark in marks if unicodedata.category(mark) in ("Mn", "Mc", "Me"))
