"""`rnnstudio generate`: write text with a trained model, as it is made."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from core.decoding import Decoding
from core.escapes import unescaped
from core.language import joined_apart, tr, trn
from core.settings import build, settings_of
from tui.cli import output
from tui.cli.json_line import json_line
from tui.cli.options import add_json, add_settings, parsed_settings, whole_number
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import model_target, opened_workspace
from tui.cli.prompting import add_prompt, given_prompt
from tui.cli.setting_words import setting_help
from tui.cli.text_sink import TextSink

if TYPE_CHECKING:
    from workspace.inference import OpenedLanguageModel
    from workspace.paths import Workspace

MOST_SAMPLES = 4096
"""Texts that are written at once at most."""

LONGEST_PIECE = 80
"""Characters shown of what was copied."""


class GeneratedText(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what `--json` prints of a text."""

    seed: int
    prompt: str
    text: str
    """What follows the prompt; as in that, a lone surrogate, which no JSON holds, is a `?`."""


def add_arguments(parser: StudioParser) -> None:
    """Add the model, the prompt and every setting of sampling."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN",
        help=tr("Number or name of the run, or a checkpoint's path"),
    )
    text = parser.add_argument_group(tr("text"))
    add_prompt(text)
    text.add_argument(
        "--num_samples",
        type=whole_number("num_samples", MOST_SAMPLES),
        metavar="N",
        help=tr("Write so many texts at once, of the seeds from --seed on (default: 1)"),
    )
    text.add_argument(
        "--separator",
        metavar="TEXT",
        help=tr(
            "What stands between several texts (default: in a terminal a line with the seed; else "
            "a line end, or a blank line where texts have line ends)"
        ),
    )
    text.add_argument(
        "--no_echo", action="store_true", help=tr("Leave the prompt out of what is written")
    )
    text.add_argument(
        "--raw",
        action="store_true",
        help=tr("Send control characters to a terminal as they are; a pipe always gets them"),
    )
    text.add_argument(
        "--memorised",
        action="store_true",
        help=tr("Say on standard error how much of it stands in the training text word for word"),
    )
    add_settings(parser, settings_of(Decoding), dest="settings", describe=setting_help)
    add_json(parser, tr("Print one JSON object a text: seed, prompt and text"))


def run(args: argparse.Namespace) -> int:
    """Write the prompt and what follows it."""
    for name in ("no_echo", "raw", "separator"):
        if name in args and "json" in args:
            raise UsageError(tr("--{name} is of plain text; leave it out with --json", name=name))
    if "separator" in args and "num_samples" not in args:
        raise UsageError(tr("--separator stands between several texts; give --num_samples too"))
    values = parsed_settings(getattr(args, "settings", {}), settings_of(Decoding))
    decoding = build(Decoding, values)
    workspace = opened_workspace(args)
    prompt = given_prompt(args)
    target = model_target(args, workspace)
    # Imported here, since this is what loads torch.
    from core.generation.held_units import clamps_of
    from core.generation.notices import vocabulary_notices
    from workspace.inference import open_language_model

    opened = open_language_model(workspace, target)
    clamps_of(decoding.clamp, opened.model)  # refused before anything is written
    notices = vocabulary_notices(opened.vocabulary, prompt, decoding.stop)
    for notice in [*opened.notices, *notices]:
        output.complain(notice)
    memorised = _Memorised(workspace, opened) if "memorised" in args else None
    sink = TextSink(echo="" if "no_echo" in args else prompt, raw="raw" in args)
    count: int = getattr(args, "num_samples", 1)
    if "json" in args:
        _write_objects(opened, prompt, decoding, count, memorised)
    elif count == 1:
        _write_one(opened, prompt, decoding, sink, memorised)
    else:
        texts = list(_finished_texts(opened, prompt, decoding, count))
        _write_many(texts, getattr(args, "separator", None), sink, memorised)
    return 0


def _write_one(
    opened: "OpenedLanguageModel",
    prompt: str,
    decoding: Decoding,
    sink: TextSink,
    memorised: "_Memorised | None",
) -> None:
    """Write one text as it is made."""
    from core.generation.streaming import stream_tokens

    sink.begin()
    pieces = []
    for token in stream_tokens(opened.model, opened.vocabulary, prompt, decoding):
        sink.write(token.text)
        if memorised is not None:
            pieces.append(token.text)
    if output.is_terminal():
        sink.end_line()
    if memorised is not None:
        output.complain(memorised.sentence("".join(pieces)))


def _write_many(
    texts: list[tuple[int, str]],
    separator: str | None,
    sink: TextSink,
    memorised: "_Memorised | None",
) -> None:
    """Write several texts: under headings to people, else with a separator between them.

    Args:
        texts: Each with its seed.
        separator: As it was typed; None for the usual one, after which the last line ends, too.
        sink: Where to write them.
        memorised: Says of each what of it stands in the training text, where that was asked for.
    """
    has_lines = any("\n" in sink.echo + text for _, text in texts)
    between = ("\n" if has_lines else "") if separator is None else unescaped(separator)
    for number, (seed, text) in enumerate(texts, start=1):
        if separator is None and output.is_terminal():
            sink.write(_heading(number, len(texts), seed))
        elif number > 1:
            sink.write(between)
        sink.begin()
        sink.write(text)
        if separator is None:
            sink.end_line()
        if memorised is not None:
            output.complain(memorised.sentence(text))


def _heading(number: int, count: int, seed: int) -> str:
    name = tr("sample {number} of {count}, seed {seed}", number=number, count=count, seed=seed)
    return f"--- {name} ---\n"


def _write_objects(
    opened: "OpenedLanguageModel",
    prompt: str,
    decoding: Decoding,
    count: int,
    memorised: "_Memorised | None",
) -> None:
    """Write each text as a line of JSON."""
    for seed, text in _finished_texts(opened, prompt, decoding, count):
        given, found = (part.encode("utf-8", "replace").decode() for part in (prompt, text))
        output.write(json_line(GeneratedText(seed=seed, prompt=given, text=found)))
        if memorised is not None:
            output.complain(memorised.sentence(text))


def _finished_texts(
    opened: "OpenedLanguageModel", prompt: str, decoding: Decoding, count: int
) -> Iterator[tuple[int, str]]:
    """Draw some texts, and return each with its seed; one alone is as `_write_one` writes it."""
    from core.generation.drawing import SEEDS
    from core.generation.streaming import draw_texts, stream_tokens

    if count == 1:
        tokens = stream_tokens(opened.model, opened.vocabulary, prompt, decoding)
        texts = ["".join(token.text for token in tokens)]
    else:
        texts = draw_texts(opened.model, opened.vocabulary, prompt, decoding, count)
    for number, text in enumerate(texts):
        yield (decoding.seed + number) % SEEDS, text


class _Memorised:
    """Compare what is written with the training text.

    That is read at once, so that nobody waits for a sample to learn that it is not there.

    Raises:
        InputError: It is not there, or is another one by now.
    """

    def __init__(self, workspace: "Workspace", opened: "OpenedLanguageModel") -> None:
        from workspace.run_texts import run_texts

        self._text = run_texts(workspace, opened.header, opened.vocabulary).parts()[0]

    def sentence(self, sample: str) -> str:
        """Say how much of what was written stands in the training text."""
        from core.insight.copying import copied_from
        from core.insight.memorisation import LEAST_COPIED

        found = copied_from(sample, self._text, text_chars=len(self._text), whole=True)
        piece = sample[found.start : found.start + found.longest]
        shown = piece if len(piece) <= LONGEST_PIECE else piece[: LONGEST_PIECE - 1] + "…"
        pieces = tr(
            "{share:.1%} of the sample is in pieces of {least} or more characters "
            "that stand in the training text; the longest has {longest}: {piece!r}",
            share=found.share,
            least=LEAST_COPIED,
            longest=found.longest,
            piece=shown,
        )
        if not found.lines:
            return pieces
        lines = trn(
            "{copied:,} of {n:,} whole line is a line of it",
            "{copied:,} of {n:,} whole lines are lines of it",
            found.lines,
            copied=found.copied_lines,
        )
        return joined_apart([pieces, lines])
