"""`rnnstudio evaluate`: measure a trained model, on any text or on labelled texts."""

import argparse
from typing import TYPE_CHECKING

import msgspec

from core.config import Config
from core.confusion import class_scores
from core.events import Mistake, finite
from core.language import tr
from core.text.like_training import TABLE_SETTINGS
from tui.cli.class_table import class_lines, mistake_lines
from tui.cli.json_line import json_line
from tui.cli.options import add_json
from tui.cli.output import complain, write, write_lines
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import check_data, model_target, opened_workspace
from tui.cli.table_options import add_table_options, encoding_help, given_table_options
from tui.cli.tables import fact_lines
from tui.cli.wording import loss_text, percent, unknown_tokens_text

if TYPE_CHECKING:
    from workspace.inference import OpenedClassifier, OpenedLanguageModel
    from workspace.paths import Workspace

SHOWN_MISTAKES = 5

SHOWN_TOKENS = 2000
"""Tokens that `--per_char` writes to people, unless they want more."""


class MeasuredClasses(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what `--json` prints of a classifier; numbers that are not finite are None."""

    loss: float | None
    """Mean nats per text."""
    accuracy: float
    """Share of the texts classified right, 0 to 1."""
    macro_f1: float
    """Mean of the classes' F1, 0 to 1."""
    texts: int
    tokens: int
    """Tokens of these texts that were read."""
    unknown: int
    """Those among them that the model does not know."""
    labels: list[str]
    """The classes in their order."""
    precision: list[float]
    recall: list[float]
    f1: list[float]
    confusion: list[list[int]]
    """Texts by class (row) and by what the model gave them (column)."""


def add_arguments(parser: StudioParser) -> None:
    """Add the model and what to measure it on."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN",
        help=tr("Number or name of the run, or a checkpoint's path"),
    )
    text = parser.add_argument_group(tr("text"))
    text.add_argument(
        "--data_file",
        metavar="FILE",
        help=tr("The text, or the labelled texts (default: those that the run validates with)"),
    )
    text.add_argument("--encoding", metavar="NAME", help=encoding_help())
    text.add_argument(
        "--per_char",
        action="store_true",
        help=tr("Show how surprising each character (or word) was, and where it was most"),
    )
    text.add_argument(
        "--limit",
        type=parsed_limit,
        metavar="N",
        help=tr(
            "Tokens that --per_char writes; 0: all (default: {n:,}; all with --json)",
            n=SHOWN_TOKENS,
        ),
    )
    labelled = parser.add_argument_group(tr("labelled texts, for a classifier"))
    add_table_options(labelled, TABLE_SETTINGS)
    add_json(parser, tr("Print one JSON object; with --per_char another one a token"))


def parsed_limit(word: str) -> int:
    """Read a number of tokens.

    Raises:
        UsageError: It is none.
    """
    if not (word.isascii() and word.isdecimal() and len(word) < 19):
        raise UsageError(
            tr("--limit must be a number of tokens, 0 for all, got {word!r}", word=word)
        )
    return int(word)


def run(args: argparse.Namespace) -> int:
    """Measure, and print what came out."""
    if "data_file" in args and not args.data_file:
        raise UsageError(tr("--data_file must name a file, got ''"))
    if "limit" in args and "per_char" not in args:
        raise UsageError(tr("--limit is of what --per_char writes; give both"))
    workspace = opened_workspace(args)
    encoding = getattr(args, "encoding", Config().encoding)
    check_data(getattr(args, "data_file", ""), encoding=encoding, folders=True)
    target = model_target(args, workspace)
    # Imported here, since this is what loads torch.
    from workspace.inference import OpenedClassifier, open_model

    opened = open_model(workspace, target)
    for notice in opened.notices:
        complain(notice)
    if isinstance(opened, OpenedClassifier):
        _check_classifier(opened, args)
        measured, lines = _measure_classes(workspace, opened, args)
    else:
        _check_language_model(opened, args)
        if "per_char" in args:
            from tui.cli.surprisal import show_surprisals

            return show_surprisals(workspace, opened, args)
        from tui.cli.evaluate_text import measure_text, text_lines

        measured = measure_text(workspace, opened, args)
        lines = text_lines(measured)
    if "json" in args:
        write(json_line(measured))
    else:
        write_lines(lines)
    return 0


def _check_classifier(opened: "OpenedClassifier", args: argparse.Namespace) -> None:
    """Refuse what only a language model can do, and words about a file that is not named."""
    if "per_char" in args:
        raise UsageError(
            tr(
                "{name} classifies texts and has no next token; --per_char is for language models",
                name=opened.header.name,
            )
        )
    for name in (*TABLE_SETTINGS, "encoding"):
        if name in args and "data_file" not in args:
            raise UsageError(
                tr("--{name} says how to read a file; name it with --data_file", name=name)
            )


def _check_language_model(opened: "OpenedLanguageModel", args: argparse.Namespace) -> None:
    for name in TABLE_SETTINGS:
        if name in args:
            raise UsageError(
                tr(
                    "--{name} is for classifiers, and {model} is a language model, which "
                    "is measured on the whole file; leave it out",
                    name=name,
                    model=opened.header.name,
                )
            )


def _measure_classes(
    workspace: "Workspace", opened: "OpenedClassifier", args: argparse.Namespace
) -> tuple[msgspec.Struct, list[str]]:
    """Measure a classifier, and return what came out for scripts and for people."""
    from workspace.inference import evaluate_held_out, evaluate_labelled

    if "data_file" in args:
        settings = given_table_options(args, TABLE_SETTINGS)
        found, notices = evaluate_labelled(opened, args.data_file, settings)
        for notice in notices:
            complain(notice)
    else:
        found = evaluate_held_out(workspace, opened)
    scores = class_scores(found.confusion)
    measured = MeasuredClasses(
        loss=finite(found.loss),
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
        texts=found.texts,
        tokens=found.tokens,
        unknown=found.unknown,
        labels=opened.labels,
        precision=[score.precision for score in scores],
        recall=[score.recall for score in scores],
        f1=[score.f1 for score in scores],
        confusion=found.confusion,
    )
    return measured, classes_lines(measured, found.mistakes)


def classes_lines(measured: MeasuredClasses, mistakes: list[Mistake]) -> list[str]:
    """Say what was measured of a classifier: the whole, each class, and the worst mistakes."""
    counts = tr("{texts:,}, {tokens:,} tokens", texts=measured.texts, tokens=measured.tokens)
    facts = [
        (tr("loss"), tr("{loss} nats per text", loss=loss_text(measured.loss))),
        (tr("accuracy"), percent(measured.accuracy)),
        (tr("macro-F1"), f"{measured.macro_f1:.4f}"),
        (tr("texts"), counts),
    ]
    if measured.unknown:
        facts.append((tr("unknown"), unknown_tokens_text(measured.unknown, measured.tokens)))
    lines = [*fact_lines(facts), "", *class_lines(measured.labels, measured.confusion)]
    if mistakes:
        lines += ["", tr("worst mistakes:"), *mistake_lines(mistakes, SHOWN_MISTAKES)]
    return lines
