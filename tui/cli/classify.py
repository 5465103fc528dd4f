"""`rnnstudio classify`: say which class texts have, by a trained model."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from core.errors import InputError
from core.language import tr
from tui.cli import input_lines
from tui.cli.class_table import label_text
from tui.cli.json_line import json_line
from tui.cli.options import add_json
from tui.cli.output import complain, write
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import check_model, names_model, opened_workspace
from tui.cli.wording import percent, unknown_tokens_text

if TYPE_CHECKING:
    from workspace.inference import OpenedClassifier

MOST_OTHERS = 5
"""Classes shown beside the most probable one."""


class Answer(msgspec.Struct, frozen=True):
    """Hold what `--json` prints of a text."""

    label: str
    """The most probable class."""
    probabilities: dict[str, float]
    """Of each class, in their order, 0 to 1."""


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
        help=tr("A text; without any, each line of standard input is one"),
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
    if any(not text.strip() for text in texts):
        raise UsageError(tr("TEXT must not be empty: an empty text has no class"))
    if not texts and not input_lines.is_given():
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
    for batch in [texts] if texts else input_lines.line_batches():
        classifying.take(batch)
    if not classifying.count:
        raise InputError(tr("standard input held no text; give texts there, a line each"))
    classifying.tell_unknown()
    return 0


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

    def take(self, texts: Sequence[str]) -> None:
        """Classify some texts, none of them blank."""
        found, read = self._opened.probabilities(texts)
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
        self.count += len(texts)
        for probabilities in found:
            write(self._line(self._opened.labels, probabilities))

    def tell_unknown(self) -> None:
        """Say how much of all texts the model does not know, where that is something."""
        if self._unknown:
            complain(tr("unknown: {what}", what=unknown_tokens_text(self._unknown, self._tokens)))


def _json_line(labels: Sequence[str], probabilities: Sequence[float]) -> bytes:
    by_label = dict(zip(labels, probabilities, strict=True))
    answer = Answer(max(by_label, key=by_label.__getitem__), by_label)
    return json_line(answer)


def _plain_line(labels: Sequence[str], probabilities: Sequence[float]) -> str:
    """Write the most probable class, and a few others in brackets."""
    pairs = sorted(zip(labels, probabilities, strict=True), key=lambda pair: -pair[1])
    shown = [f"{label_text(label)} {percent(share)}" for label, share in pairs[: MOST_OTHERS + 1]]
    more = ["..."] if len(pairs) > len(shown) else []
    return f"{shown[0]}  ({', '.join(shown[1:] + more)})\n"
