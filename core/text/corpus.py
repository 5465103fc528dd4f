"""A corpus ready to train on: its vocabulary and its two streams of token numbers."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import numpy as np

from core.background import Beside
from core.config import Config, holds_out
from core.control import ShouldStop, StopRequested
from core.errors import DataError
from core.events import Phase
from core.insight.duplicates import Duplicates, duplicate_lines
from core.language import tr, trn
from core.text.reading import printable
from core.text.spelling import spelling_bits
from core.text.vocabulary import (
    UNKNOWN_INDEX,
    Ids,
    Progress,
    Vocabulary,
    new_vocabulary,
    vocabulary_of,
)
from core.text.words import count_words, word_boundary

LONGEST_TAIL = 2**22
"""Characters of the training text that are kept, however long it is."""

MOST_COMPARED = 2**25
"""Characters of the training text whose lines are compared with those of validation: the last
ones, with as many of the validation text, in some tenths of a second."""

LONGEST_HEAD = 2**17
"""Characters of the validation text that are kept."""

TOKEN_CHARS = 100
"""Characters that hold a token at least, but for a very long one."""

_C1 = re.compile("[\x80-\x9f]")
"""Control codes that no text is written with."""

Report = Callable[[Phase, str, float | None], None]
"""Told the phase, a few words about it, and the share done."""


@dataclass(frozen=True)
class Corpus:
    """Hold a text as token numbers, cut into training and validation."""

    name: str
    """Of the text: a corpus or a file's base name."""
    vocabulary: Vocabulary
    train: Ids
    val: Ids
    val_chars: int
    """Characters of the validation text."""
    val_words: int
    """Its whitespace-separated words, at least 1."""
    digest: str
    """SHA-256 of both streams and the vocabulary, in hexadecimal."""
    notices: list[str] = field(default_factory=list)
    """What the user should know, a sentence each."""
    train_chars: int = 0
    """Characters of the training text."""
    train_tail: str = ""
    """Its last `LONGEST_TAIL` characters, to compare samples with."""
    val_head: str = ""
    """The first `LONGEST_HEAD` characters of the validation text, to measure yardsticks on."""
    val_spelling_bits: float = 0.0
    """Bits that spelling the validation text's unknown tokens takes; of a large text estimated."""
    beside: Beside | None = None
    """What goes on while it is used, such as checking; it results in a sentence or in nothing."""

    @property
    def looked_at(self) -> Ids:
        """Tokens to look at a model through: validation, or the text where none is held out."""
        return self.val if len(self.val) else self.train


def make_corpus(
    name: str,
    text: str,
    config: Config,
    *,
    val_text: str | None = None,
    vocabulary: Vocabulary | None = None,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> Corpus:
    """Cut a text into training and validation and number its tokens.

    The vocabulary is built from the training part alone, so that validation tells how the model
    fares on text that it has not seen: what occurs only there is `<unk>`.

    Args:
        name: Of the text.
        text: All of it, or the training part where `val_text` is given.
        config: Says how to cut and split.
        val_text: A validation text of its own.
        vocabulary: One to use instead of building one, such as a checkpoint's.
        report: Told how far it is.
        should_stop: Asked from time to time whether to give up.

    Raises:
        DataError: A part is too short to train on or to validate with.
        StopRequested: `should_stop` became true.
    """
    train_text, val_text = (text, val_text) if val_text is not None else split_text(text, config)

    def told(what: str, chars: int) -> Progress:
        return reporting(what, chars, report, should_stop)

    if vocabulary is None:
        vocabulary = vocabulary_of([train_text], config, told)
    train = vocabulary.text_to_indices(train_text, told(tr("encoding"), len(train_text)))
    val = vocabulary.text_to_indices(val_text, told(tr("encoding validation"), len(val_text)))
    check_lengths(name, len(train), len(val), config)
    unknown = int(np.count_nonzero(val == UNKNOWN_INDEX))
    duplicates = duplicate_lines(train_text[-MOST_COMPARED:], val_text[:MOST_COMPARED])
    return Corpus(
        name=name,
        vocabulary=vocabulary,
        train=train,
        val=val,
        val_chars=len(val_text),
        val_words=max(1, count_words(val_text)),
        digest=_digest(train, val, vocabulary),
        notices=corpus_notices(unknown, len(val), vocabulary, duplicates),
        train_chars=len(train_text),
        train_tail=train_text[-LONGEST_TAIL:],
        val_head=val_text[:LONGEST_HEAD],
        val_spelling_bits=spelling_bits(vocabulary, val_text) if unknown else 0.0,
    )


def reporting(
    detail: str, total: int, report: Report | None, should_stop: ShouldStop | None
) -> Progress:
    """Return what takes how much of `total` is done: it reports the share, or gives up."""

    def tell(done: int) -> None:
        if should_stop is not None and should_stop():
            raise StopRequested
        if report is not None:
            report("building_vocabulary", detail, min(1.0, done / max(1, total)))

    tell(0)
    return tell


def split_text(text: str, config: Config) -> tuple[str, str]:
    """Cut a text by position into training and validation, the tail.

    Where tokens are words, the cut moves on to the start of a line or word close by.

    Args:
        text: All of it.
        config: `val_fraction` is the tail's share of the characters; with 0 there is none.
    """
    cut = len(text) - round(len(text) * config.val_fraction)
    if config.vocab_type == "word" and cut < len(text):
        cut = word_boundary(text, cut, reach=(len(text) - cut) // 10)
    return text[:cut], text[cut:]


def check_long_enough(name: str, text: str, config: Config, val_text: str | None = None) -> None:
    """Refuse a text that is too short, without numbering all of one that is not.

    Args:
        name: Of the text.
        text: All of it, or the training part where `val_text` is given.
        config: Says how to cut and split, and how long sequences are.
        val_text: A validation text of its own.

    Raises:
        DataError: A part is too short to train on or to validate with.
    """
    parts = (text, val_text) if val_text is not None else split_text(text, config)
    counts = []
    for part, least in zip(parts, (config.seq_length + 1, 2), strict=True):
        piece = part[: least * TOKEN_CHARS]
        vocabulary = new_vocabulary(config)
        vocabulary.build_vocabulary([piece])
        count = len(vocabulary.text_to_indices(piece))
        # What is cut off may hold the tokens that the piece lacks, where they are very long ones.
        counts.append(count if len(piece) == len(part) else max(count, least))
    train, val = counts
    check_lengths(name, train, val, config)


def check_lengths(name: str, train: int, val: int, config: Config) -> None:
    """Refuse a text that is too short.

    Args:
        name: Of the text.
        train: Its tokens to train on.
        val: Its tokens to validate with.
        config: Says how many are needed.

    Raises:
        DataError: There are fewer.
    """
    name = printable(name)
    if train < config.seq_length + 1:
        raise DataError(
            tr(
                "{name} has only {amount} to train on, and seq_length {seq_length} needs at "
                "least {least}; take a longer text or lower seq_length or val_fraction",
                name=name,
                amount=_amount(train, config),
                seq_length=config.seq_length,
                least=config.seq_length + 1,
            )
        )
    if val < 2 and holds_out(config):
        other = tr("name a longer val_file") if config.val_file else tr("raise val_fraction")
        raise DataError(
            tr(
                "{name} has only {amount} to validate with, and at least 2 are needed; take "
                "a longer text or {other}",
                name=name,
                amount=_amount(val, config),
                other=other,
            )
        )


def _amount(tokens: int, config: Config) -> str:
    if config.vocab_type == "char":
        return trn("{n} character", "{n} characters", tokens)
    return trn("{n} token", "{n} tokens", tokens)


def _digest(train: Ids, val: Ids, vocabulary: Vocabulary) -> str:
    digest = hashlib.sha256(msgspec.json.encode(vocabulary.to_dict()))
    for ids in (train, val):
        digest.update(len(ids).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(ids, dtype="<i4").data)
    return digest.hexdigest()


def corpus_notices(
    unknown: int, val: int, vocabulary: Vocabulary, duplicates: Duplicates
) -> list[str]:
    """Return what the user should know of a text, a sentence each.

    Args:
        unknown: How many validation tokens are `<unk>`.
        val: How many there are.
        vocabulary: The text's.
        duplicates: Validation lines that are trained on as well.
    """
    notices = [duplicates.sentence] if duplicates.sentence else []
    if unknown:
        told = tr(
            "{unknown:,} of {count:,} validation tokens ({share:.2%}) are not among the "
            "{size:,} of the vocabulary and count as <unk>; bits per character include "
            "their spelling",
            unknown=unknown,
            count=val,
            share=unknown / val,
            size=len(vocabulary),
        )
        notices.insert(0, told)
    if not vocabulary.unknown_tokens("\0"):
        told = tr(
            "the text holds NUL characters; if it is UTF-16 without a byte-order mark, say so with "
            "--encoding utf-16-le (or utf-16-be)"
        )
        notices.insert(0, told)
    if any(_C1.search(vocabulary.token(index)) for index in range(len(vocabulary))):
        told = tr(
            "the text holds control codes (U+0080 to U+009F), which a wrong encoding makes of "
            "quotation marks and dashes; if it is from Windows, say so with --encoding cp1252"
        )
        notices.insert(0, told)
    return notices
