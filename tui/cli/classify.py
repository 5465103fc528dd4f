"""`rnnstudio classify`: say which class texts have, by a trained model."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from core.config import Config
from core.durable import write_durably
from core.errors import InputError
from core.escapes import unescaped
from core.home import expanded
from core.language import tr
from tui.cli import input_lines
from tui.cli.class_table import label_text
from tui.cli.json_line import json_line
from tui.cli.options import add_json
from tui.cli.output import complain, write, write_lines
from tui.cli.output_file import output_file
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import check_data, check_model, names_model, opened_workspace
from tui.cli.table_options import add_table_options, encoding_help, given_table_options
from tui.cli.wording import percent, unknown_tokens_text
from tui.safe_text import displayable

if TYPE_CHECKING:
    from workspace.inference import OpenedClassifier

TABLE_OPTIONS = ("text_column", "delimiter")
"""Settings of a table of texts."""

MOST_OTHERS = 5
"""Classes shown beside the most probable one."""


class Answer(msgspec.Struct, frozen=True):
    """Hold what `--json` prints of a text."""

    label: str | None
    """The most probable class; None for a blank text."""
    probabilities: dict[str, float]
    """Of each class, in their order, 0 to 1; empty for a blank text."""


def add_arguments(parser: StudioParser) -> None:
    """Add the model and the texts."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN",
        help=tr("Number or name of the run, or a checkpoint's path"),
    )
    parser.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help=tr(
            "A text, in which \\n is a line end; without any, each line of standard input is one"
        ),
    )
    table = parser.add_argument_group(tr("table of texts"))
    table.add_argument(
        "--data_file",
        metavar="FILE",
        help=tr("A table whose texts are answered in a column that is added"),
    )
    add_table_options(table, TABLE_OPTIONS)
    table.add_argument("--encoding", metavar="NAME", help=encoding_help())
    table.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=tr("The table to write, or to replace (default: standard output)"),
    )
    add_json(parser, tr("Print one JSON object a text: label and probabilities"))


def run(args: argparse.Namespace) -> int:
    """Classify texts, a line each, those of standard input as they come in."""
    workspace = opened_workspace(args)
    target: str | None = getattr(args, "target", None)
    texts: list[str] = getattr(args, "texts", [])
    if target is not None and not names_model(workspace, target):
        if texts and len(target.split()) == 1:
            complain(tr("{target!r} is no run, so it is classified as a text", target=target))
        texts, target = [target, *texts], None
    _check_options(args, texts)
    texts = [unescaped(text) for text in texts]
    if any(not text.strip() for text in texts):
        raise UsageError(tr("TEXT must not be empty: an empty text has no class"))
    if not texts and "data_file" not in args and not input_lines.is_given():
        raise UsageError(
            tr("a text is missing; give it as an argument, or texts on standard input, a line each")
        )
    check_model(workspace, target)
    # Imported here, since this is what loads torch.
    from workspace.inference import open_classifier

    opened = open_classifier(workspace, target)
    for notice in opened.notices:
        complain(notice)
    classifying = _Classifying(opened, as_json="json" in args)
    if "data_file" in args:
        _answer_table(classifying, args)
    else:
        for batch in [texts] if texts else input_lines.line_batches():
            classifying.take(batch)
    if not classifying.count:
        raise InputError(tr("standard input held no text; give texts there, a line each"))
    classifying.tell_unknown()
    return 0


def _check_options(args: argparse.Namespace, texts: list[str]) -> None:
    """Refuse options that do not go together, and a table that cannot be read, before torch."""
    if "data_file" not in args:
        for name in (*TABLE_OPTIONS, "encoding"):
            if name in args:
                raise UsageError(
                    tr("--{name} says how to read a file; name it with --data_file", name=name)
                )
        if "output" in args:
            raise UsageError(tr("-o is for the table of --data_file; give both"))
        return
    if not args.data_file:
        raise UsageError(tr("--data_file must name a file, got ''"))
    if texts:
        raise UsageError(tr("TEXT and --data_file are both texts; give one of them"))
    if "output" in args:
        if "json" in args:
            raise UsageError(tr("-o writes a table and --json prints objects; give one of them"))
        if output_file(args.output).resolve() == expanded(args.data_file).resolve():
            raise UsageError(tr("-o would replace the table that is read; name another file"))
    encoding = getattr(args, "encoding", Config().encoding)
    check_data(args.data_file, encoding=encoding, folders=False)


def _answer_table(classifying: "_Classifying", args: argparse.Namespace) -> None:
    """Answer each row of a table: in a column of it, or as JSON a line each."""
    from core.text.answer_table import read_answer_table
    from core.text.reading import printable

    given = given_table_options(args, TABLE_OPTIONS)
    table = read_answer_table(args.data_file, classifying.config, given)
    for notice in table.notices:
        complain(notice)
    if not any(map(str.strip, table.texts)):
        raise InputError(
            tr(
                "{name} has no text in column {column}; name another one with --text_column",
                name=printable(args.data_file),
                column=table.column + 1,
            )
        )
    if "json" in args:
        classifying.take(table.texts)
        return
    data = table.answered(classifying.classes(table.texts))
    if "output" not in args:
        write(data)
        return
    path = output_file(args.output)
    try:
        write_durably(path, data)
    except OSError as error:
        raise InputError(
            tr(
                "cannot write {path}: {why}; name another file with -o",
                path=displayable(str(path)),
                why=error.strerror or str(error),
            )
        ) from None
    write_lines([displayable(str(path))])


class _Classifying:
    """Write a line for each text.

    Args:
        opened: The model.
        as_json: Whether the lines are JSON objects.
    """

    def __init__(self, opened: "OpenedClassifier", *, as_json: bool) -> None:
        self._opened = opened
        self._line = _json_line if as_json else _plain_line
        self._has_told_cut = False
        self._tokens = self._unknown = 0
        self.count = 0
        """Texts classified so far."""

    @property
    def config(self) -> Config:
        """Say what the model was trained with."""
        return self._opened.config

    def take(self, texts: Sequence[str]) -> None:
        """Classify some texts, and write a line for each; that of a blank one is empty."""
        for probabilities in self._probabilities(texts):
            write(self._line(self._opened.labels, probabilities))

    def classes(self, texts: Sequence[str]) -> list[str]:
        """Return the most probable class of each text; nothing for a blank one."""
        labels = self._opened.labels
        return [
            labels[max(range(len(labels)), key=shares.__getitem__)] if shares else ""
            for shares in self._probabilities(texts)
        ]

    def _probabilities(self, texts: Sequence[str]) -> list[list[float]]:
        """Return what the model gives each class, for each text; nothing for a blank one."""
        places = [place for place, text in enumerate(texts) if text.strip()]
        answers: list[list[float]] = [[] for _ in texts]
        if not places:
            return answers
        found, read = self._opened.probabilities([texts[place] for place in places])
        self._tokens += read.tokens
        self._unknown += read.unknown
        if read.cut and not self._has_told_cut:
            longest = self._opened.config.max_text_length
            complain(
                tr(
                    "of a text longer than {longest:,} tokens, the first {longest:,} are read",
                    longest=longest,
                )
            )
            self._has_told_cut = True
        self.count += len(places)
        for place, probabilities in zip(places, found, strict=True):
            answers[place] = probabilities
        return answers

    def tell_unknown(self) -> None:
        """Say how much of all texts the model does not know, where that is something."""
        if self._unknown:
            complain(tr("unknown: {what}", what=unknown_tokens_text(self._unknown, self._tokens)))


def _json_line(labels: Sequence[str], probabilities: Sequence[float]) -> bytes:
    if not probabilities:
        return json_line(Answer(None, {}))
    by_label = dict(zip(labels, probabilities, strict=True))
    answer = Answer(max(by_label, key=by_label.__getitem__), by_label)
    return json_line(answer)


def _plain_line(labels: Sequence[str], probabilities: Sequence[float]) -> str:
    """Write the most probable class, and a few others in brackets; nothing for a blank text."""
    if not probabilities:
        return "\n"
    pairs = sorted(zip(labels, probabilities, strict=True), key=lambda pair: -pair[1])
    shown = [f"{label_text(label)} {percent(share)}" for label, share in pairs[: MOST_OTHERS + 1]]
    more = ["..."] if len(pairs) > len(shown) else []
    return f"{shown[0]}  ({', '.join(shown[1:] + more)})\n"
