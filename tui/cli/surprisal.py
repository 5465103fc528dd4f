"""`rnnstudio evaluate --per_char`: what surprises a model in a text, token by token."""

import argparse
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from core.config import Config
from core.errors import DataError
from core.events import Guess
from core.language import tr
from tui.cli.evaluate import SHOWN_TOKENS
from tui.cli.json_line import json_line
from tui.cli.output import complain, write
from tui.cli.surprisal_text import surprisal_lines

if TYPE_CHECKING:
    from core.insight.surprisal import Surprisals
    from workspace.inference import OpenedLanguageModel
    from workspace.paths import Workspace

MOST_READ = 2**18
"""Characters of a text that are read; the tokens of more would take long, and much memory."""

MEAN_OVER = 50
"""Tokens that the running mean is of."""

MOST_PLACES = 10
"""Most surprising places that are told."""

LINES_A_WRITE = 500
"""Lines of `--json` that are written at a time."""


class SurprisingPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Point at a token that the model did not foresee."""

    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    offset: int
    """Where the token begins in the text, in characters from 0."""
    bits: float
    before: str
    token: str
    after: str
    expected: list[Guess]
    """What the model would rather have had there, the most probable first."""


class Surprisal(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="type"):
    """Sum up a text: the first line of `--json`."""

    loss: float
    """Mean nats per token, all but the first."""
    bits_per_char: float
    """The spelling of unknown tokens included."""
    spelling_bits_per_char: float
    """The part of `bits_per_char` that spells unknown tokens."""
    tokens: int
    """Tokens read."""
    chars: int
    """Characters read."""
    chars_left_out: int
    """Characters of a long text after those."""
    unknown: int
    """Tokens that the vocabulary does not hold."""
    mean_over: int
    """Tokens that `mean_bits` is of."""
    most_surprising: list[SurprisingPlace]


class Token(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="type"):
    """Tell of one token: a line of `--json` each."""

    offset: int
    """Where it begins in the text, in characters from 0."""
    token: str
    """As it stands in the text, its spacing included."""
    bits: float
    """The negative base-2 logarithm of the probability that the model gave it; of an unknown one,
    that it gave <unk>."""
    unknown: bool
    """Whether the vocabulary lacks it."""
    mean_bits: float
    """The mean of it and of those just before it."""
    alternatives: list[Guess]
    """The most probable tokens at its place, the most probable first."""


class Told(NamedTuple):
    """Hold what is told of a text, to scripts and to people."""

    found: "Surprisals"
    means: list[float]
    """The running mean at each token, in bits."""
    summary: Surprisal


def show_surprisals(
    workspace: "Workspace", opened: "OpenedLanguageModel", args: argparse.Namespace
) -> int:
    """Read a file, or the validation text of the run, and write what surprised the model.

    Raises:
        InputError: The text cannot be read or is empty, or the model's numbers are not finite.
    """
    from workspace.inference import surprisals_of

    text, name = _text(workspace, opened, args)
    if not text:
        raise DataError(tr("{name} is empty; name a text with --data_file", name=name))
    told = surprisal_of(surprisals_of(opened, text[:MOST_READ]), len(text))
    if told.summary.chars_left_out:
        complain(
            tr(
                "only the first {read:,} of {n:,} characters of {name} are read",
                read=MOST_READ,
                n=len(text),
                name=name,
            )
        )
    limit: int = getattr(args, "limit", 0 if "json" in args else SHOWN_TOKENS)
    shown = min(limit or len(told.found), len(told.found))
    if "json" in args:
        write(json_line(told.summary))
        for lines in _batches(told, shown):
            write(lines)
        return 0
    for block in surprisal_lines(told, shown):
        write(block)
    return 0


def surprisal_of(found: "Surprisals", text_chars: int) -> Told:
    """Sum up what a model made of a text.

    Args:
        found: At least one token.
        text_chars: Characters of the whole text, of which it may have read the beginning.
    """
    from core.insight.surprisal import most_surprising, running_mean
    from core.text.spelling import spelling_bits

    places = [_place(found, place.place) for place in most_surprising(found, MOST_PLACES)]
    # As in an evaluation, all but the first token, which nothing announces.
    counted = found.bits[1:] if len(found) > 1 else found.bits
    total = float(counted.sum())
    spelling = spelling_bits(found.vocabulary, found.text)
    means: list[float] = running_mean(found.bits, MEAN_OVER).tolist()
    summary = Surprisal(
        loss=total * math.log(2) / len(counted),
        bits_per_char=(total + spelling) / len(found.text),
        spelling_bits_per_char=spelling / len(found.text),
        tokens=len(found),
        chars=len(found.text),
        chars_left_out=text_chars - len(found.text),
        unknown=len(found.unknown_places()),
        mean_over=MEAN_OVER,
        most_surprising=places,
    )
    return Told(found, means, summary)


def _text(
    workspace: "Workspace", opened: "OpenedLanguageModel", args: argparse.Namespace
) -> tuple[str, str]:
    """Return the text to read, and what to call it."""
    from workspace.inference import text_for
    from workspace.run_texts import refuse_unvalidated, run_texts

    if "data_file" in args:
        encoding = getattr(args, "encoding", Config().encoding)
        text, notices = text_for(opened, args.data_file, encoding)
        for notice in notices:
            complain(notice)
        return text, args.data_file
    refuse_unvalidated(opened.header)
    texts = run_texts(workspace, opened.header, opened.vocabulary)
    return texts.parts()[1], tr("the validation text of {name}", name=opened.header.name)


def _place(found: "Surprisals", number: int) -> SurprisingPlace:
    from core.insight.surprisal import AFTER, BEFORE

    token = found.token(number)
    start, end = int(found.offsets[number]), int(found.offsets[number + 1])
    # A word's token begins with the blank or line end before it; the place is the word's own.
    own = start + (len(token) - len(token.lstrip()) if token.strip() else 0)
    begins = found.text.rfind("\n", 0, own) + 1
    actual = int(found.indices[number])
    others = zip(found.alternative_indices[number].tolist(), _guesses(found, number), strict=True)
    return SurprisingPlace(
        line=found.text.count("\n", 0, own) + 1,
        column=own - begins + 1,
        offset=start,
        bits=float(found.bits[number]),
        before=found.text[max(0, start - BEFORE) : start],
        token=token,
        after=found.text[end : end + AFTER],
        expected=[guess for index, guess in others if index != actual],
    )


def _guesses(found: "Surprisals", number: int) -> list[Guess]:
    return [
        Guess(text=other.text, probability=other.probability)
        for other in found.alternatives(number)
    ]


def _batches(told: Told, shown: int) -> Iterator[bytes]:
    """Yield the lines of the first tokens, some hundred at a time."""
    from core.text.vocabulary import UNKNOWN_INDEX

    found = told.found
    for start in range(0, shown, LINES_A_WRITE):
        lines = [
            json_line(
                Token(
                    offset=int(found.offsets[number]),
                    token=found.token(number),
                    bits=float(found.bits[number]),
                    unknown=bool(found.indices[number] == UNKNOWN_INDEX),
                    mean_bits=told.means[number],
                    alternatives=_guesses(found, number),
                )
            )
            for number in range(start, min(start + LINES_A_WRITE, shown))
        ]
        yield b"".join(lines)
