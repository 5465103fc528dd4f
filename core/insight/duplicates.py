"""Validation texts that stand in the training text too, and make the validation loss too good."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from core.language import trn

LEAST_LINE = 30
"""Characters; shorter lines (headings, names, blank ones) repeat in any text."""

LEAST_SHARE = 0.01
"""Smallest share of repeated lines or texts that is worth a word."""


class Duplicates(msgspec.Struct, frozen=True, kw_only=True):
    """Say how many lines or texts of a validation part its training part has as well."""

    unit: Literal["lines", "texts"]
    """What was compared."""
    lines: int
    """Validation lines or texts that were compared."""
    repeated: int
    """How many of them stand in the training part."""
    example: str
    """The longest of these, without blanks around it; empty if there is none."""

    @property
    def sentence(self) -> str:
        """Return what the user should know; empty where less than 1 % are repeated."""
        if self.repeated < max(1, LEAST_SHARE * self.lines):
            return ""
        share = self.repeated / self.lines
        if self.unit == "lines":
            return trn(
                "{n:,} of {lines:,} validation lines ({share:.1%}) also stands in the training "
                "text, so the validation loss is too good",
                "{n:,} of {lines:,} validation lines ({share:.1%}) also stand in the training "
                "text, so the validation loss is too good",
                self.repeated,
                lines=self.lines,
                share=share,
            )
        return trn(
            "{n:,} of {texts:,} validation texts ({share:.1%}) also stands among the training "
            "texts, so the validation loss is too good",
            "{n:,} of {texts:,} validation texts ({share:.1%}) also stand among the training "
            "texts, so the validation loss is too good",
            self.repeated,
            texts=self.lines,
            share=share,
        )


def duplicate_lines(train_text: str, val_text: str, *, least: int = LEAST_LINE) -> Duplicates:
    """Count the lines of a validation text that are lines of the training text too.

    Blanks around lines make no difference. Memory is taken for the validation text's lines alone.

    Args:
        train_text: The training text.
        val_text: The validation text.
        least: Fewest characters of a line that is compared, at least 1.
    """
    return _duplicates("lines", _lines(train_text, least), _lines(val_text, least))


def duplicate_texts(train: Sequence[str], val: Sequence[str]) -> Duplicates:
    """Count the texts of a validation set that are in the training set too, whatever their class.

    Blanks around texts make no difference.

    Args:
        train: Training texts.
        val: Validation texts.
    """
    return _duplicates("texts", map(str.strip, train), map(str.strip, val))


def _duplicates(
    unit: Literal["lines", "texts"], train: Iterable[str], val: Iterable[str]
) -> Duplicates:
    counts = Counter(val)
    lines = counts.total()
    repeated, example = 0, ""
    for line in train:
        found = counts.pop(line, 0)  # so that it counts once, however often it is repeated
        repeated += found
        if found and len(line) > len(example):
            example = line
    return Duplicates(unit=unit, lines=lines, repeated=repeated, example=example)


def _lines(text: str, least: int) -> Iterator[str]:
    """Yield a text's lines without blanks around them, but for short ones."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        if end < 0:
            end = len(text)
        # Looked at before it is cut out, which most of the short ones then need not be.
        if end - start >= least:
            line = text[start:end].strip()
            if len(line) >= least:
                yield line
        start = end + 1
