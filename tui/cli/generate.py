"""`rnnstudio generate`: write text with a trained model, as it is made."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from core.decoding import Decoding
from core.escapes import unescaped
from core.language import joined, joined_apart, tr, trn
from core.settings import build, settings_of
from tui.cli import output
from tui.cli.json_line import json_line
from tui.cli.options import add_json, add_settings, parsed_settings, whole_number
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import model_target, opened_workspace
from tui.cli.setting_words import setting_help
from tui.safe_text import displayable

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
    text.add_argument(
        "--prompt", metavar="TEXT", help=tr("What the text begins with (default: nothing)")
    )
    text.add_argument(
        "--num_samples",
        type=whole_number("num_samples", MOST_SAMPLES),
        metavar="N",
        help=tr("Write so many texts at once, of the seeds from --seed on (default: 1)"),
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
    for name in ("no_echo", "raw"):
        if name in args and "json" in args:
            raise UsageError(tr("--{name} is of plain text; leave it out with --json", name=name))
    values = parsed_settings(getattr(args, "settings", {}), settings_of(Decoding))
    decoding = build(Decoding, values)
    workspace = opened_workspace(args)
    prompt = unescaped(getattr(args, "prompt", ""))
    target = model_target(args, workspace)
    # Imported here, since this is what loads torch.
    from core.generation.held_units import clamps_of
    from workspace.inference import open_language_model

    opened = open_language_model(workspace, target)
    clamps_of(decoding.clamp, opened.model)  # refused before anything is written
    unknown = opened.vocabulary.unknown_tokens(prompt)
    for notice in [*opened.notices, *_unknown_notice(unknown)]:
        output.complain(notice)
    memorised = _Memorised(workspace, opened) if "memorised" in args else None
    sink = _Sink(echo="" if "no_echo" in args else prompt, raw="raw" in args)
    count: int = getattr(args, "num_samples", 1)
    if "json" in args:
        _write_objects(opened, prompt, decoding, count, memorised)
    elif count == 1:
        _write_one(opened, prompt, decoding, sink, memorised)
    else:
        _write_many(opened, prompt, decoding, count, sink=sink, memorised=memorised)
    return 0


class _Sink:
    """Write texts on standard output: made safe for a terminal, or exactly as they are.

    Args:
        echo: What each text begins with.
        raw: Whether a terminal gets them as they are, too.
    """

    def __init__(self, *, echo: str, raw: bool) -> None:
        self._echo = echo
        self._safe = output.is_terminal() and not raw
        self._last = ""

    def begin(self) -> None:
        """Begin a text."""
        self._last = ""
        self.write(self._echo)

    def write(self, text: str) -> None:
        """Write a piece of it."""
        self._last = text or self._last
        if self._safe:
            output.write(displayable(text, keep_newlines=True))
        else:
            # Lone surrogates cannot be written in UTF-8 and become question marks.
            output.write(text.encode("utf-8", "replace"))

    def end_line(self) -> None:
        """End the line where the text has not."""
        if not self._last.endswith("\n"):
            output.write("\n")


def _write_one(
    opened: "OpenedLanguageModel",
    prompt: str,
    decoding: Decoding,
    sink: _Sink,
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
    opened: "OpenedLanguageModel",
    prompt: str,
    decoding: Decoding,
    count: int,
    *,
    sink: _Sink,
    memorised: "_Memorised | None",
) -> None:
    """Write several texts, each under a line that says which one it is."""
    texts = _finished_texts(opened, prompt, decoding, count)
    for number, (seed, text) in enumerate(texts, start=1):
        name = tr("sample {number} of {count}, seed {seed}", number=number, count=count, seed=seed)
        output.write(f"--- {name} ---\n".encode())
        sink.begin()
        sink.write(text)
        sink.end_line()
        if memorised is not None:
            output.complain(memorised.sentence(text))


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


def _unknown_notice(unknown: list[str]) -> list[str]:
    if not unknown:
        return []
    names = joined(map(repr, unknown))
    return [tr("the model never saw {names}; <unk> stands for it", names=names)]
