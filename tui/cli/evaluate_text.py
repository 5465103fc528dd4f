"""What `rnnstudio evaluate` measures of a language model, and how it reads."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from core.config import Config
from core.errors import InputError
from core.events import Yardstick, finite
from core.language import tr
from tui.cli.output import complain
from tui.cli.tables import Column, fact_lines, table_lines
from tui.cli.wording import loss_text, perplexity_text, unknown_text
from tui.names import said
from tui.safe_text import displayable
from tui.yardsticks import comparison_text

if TYPE_CHECKING:
    from workspace.inference import OpenedLanguageModel
    from workspace.paths import Workspace


class MeasuredText(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what `--json` prints of a language model; numbers that are not finite are None."""

    loss: float | None
    """Mean nats per token; of an unknown one, that of <unk>."""
    perplexity: float | None
    bits_per_char: float | None
    """Of the whole text, the spelling of unknown tokens included."""
    nats_per_word: float | None
    """Per whitespace-separated word, the same."""
    spelling_bits_per_char: float
    """The part of `bits_per_char` that spells unknown tokens."""
    tokens: int
    """Tokens predicted."""
    unknown: int
    """Tokens of the text that the model does not know, the first one included."""
    chars: int
    words: int
    yardsticks: list[Yardstick]
    """What counting and compressing reach on the same text, at most the first 131,072 characters
    of it; empty where the text that the model was trained on is not there."""


def measure_text(
    workspace: "Workspace", opened: "OpenedLanguageModel", args: argparse.Namespace
) -> MeasuredText:
    """Measure a language model on a file, or on the validation text of its run.

    Raises:
        InputError: The file or the run's text cannot be read, has too few tokens, or is not named
            though the run has no validation text.
    """
    from workspace.inference import evaluate_text, evaluate_with_yardsticks, text_for
    from workspace.run_texts import refuse_unvalidated, run_texts

    text = None
    if "data_file" in args:
        encoding = getattr(args, "encoding", Config().encoding)
        text, notices = text_for(opened, args.data_file, encoding)
        for notice in notices:
            complain(notice)
    else:
        refuse_unvalidated(opened.header)
    yardsticks: list[Yardstick] = []
    try:
        corpus = run_texts(workspace, opened.header, opened.vocabulary).corpus
    except InputError as error:
        if text is None:
            raise
        complain(tr("measured without baselines: {error}", error=error))
        found = evaluate_text(opened, text)
    else:
        found, beside = evaluate_with_yardsticks(opened, corpus, text)
        yardsticks = beside.yardsticks
    return MeasuredText(
        loss=finite(found.loss),
        perplexity=found.perplexity,
        bits_per_char=found.bits_per_char,
        nats_per_word=found.nats_per_word,
        spelling_bits_per_char=found.spelling_bits_per_char,
        tokens=found.tokens,
        unknown=found.unknown,
        chars=found.chars,
        words=found.words,
        yardsticks=yardsticks,
    )


def text_lines(measured: MeasuredText) -> list[str]:
    """Say what was measured of a language model, a measure a line, then what it compares with."""
    counts = tr(
        "{tokens:,} tokens predicted, {chars:,} characters, {words:,} words",
        tokens=measured.tokens,
        chars=measured.chars,
        words=measured.words,
    )
    facts = [
        (tr("loss"), tr("{loss} nats per token", loss=loss_text(measured.loss))),
        (tr("perplexity"), perplexity_text(measured.perplexity)),
        (tr("bits per char"), _number(measured.bits_per_char)),
        (tr("nats per word"), _number(measured.nats_per_word)),
        (tr("text"), counts),
    ]
    if measured.unknown:
        facts.append(
            (
                tr("unknown"),
                unknown_text(
                    measured.unknown, measured.tokens + 1, measured.spelling_bits_per_char
                ),
            )
        )
    lines = fact_lines(facts)
    if measured.yardsticks:
        lines += ["", *_yardstick_lines(measured.yardsticks)]
    bits = measured.bits_per_char
    if beside := comparison_text(measured.yardsticks, bits, "bits/char"):
        lines.append(displayable(tr("the model is {beside}", beside=beside)))
    return lines


def _yardstick_lines(sticks: Sequence[Yardstick]) -> list[str]:
    columns = [
        Column(tr("baseline")),
        Column(tr("nats per token"), "right"),
        Column(tr("bits per char"), "right"),
    ]
    rows = [
        [
            said(stick.name),
            "-" if stick.loss is None else loss_text(stick.loss),
            _number(stick.bits_per_char),
        ]
        for stick in sticks
    ]
    return table_lines(columns, rows)


def _number(value: float | None) -> str:
    return tr("not finite") if value is None else f"{value:.4f}"
