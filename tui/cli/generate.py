"""`rnnstudio generate`: write text with a trained model, as it is made."""

import argparse
from typing import TYPE_CHECKING

from core.decoding import Decoding
from core.language import joined, tr
from core.settings import build, settings_of
from tui.cli import output
from tui.cli.options import add_settings, parsed_settings
from tui.cli.parser import StudioParser
from tui.cli.places import model_target, opened_workspace
from tui.cli.setting_words import setting_help
from tui.safe_text import displayable

if TYPE_CHECKING:
    from workspace.inference import OpenedLanguageModel
    from workspace.paths import Workspace

LONGEST_PIECE = 80
"""Characters shown of what was copied."""


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
        type=whole_number(1, MOST_SAMPLES),
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


def run(args: argparse.Namespace) -> int:
    """Write the prompt and what follows it."""
    values = parsed_settings(getattr(args, "settings", {}), settings_of(Decoding))
    decoding = build(Decoding, values)
    workspace = opened_workspace(args)
    prompt: str = getattr(args, "prompt", "")
    # Imported here, since this is what loads torch.
    from core.generation.held_units import clamps_of
    from core.generation.streaming import stream_tokens
    from workspace.inference import open_language_model

    opened = open_language_model(workspace, model_target(args))
    clamps_of(decoding.clamp, opened.model)  # refused before anything is written
    unknown = opened.vocabulary.unknown_tokens(prompt)
    for notice in [*opened.notices, *_unknown_notice(unknown)]:
        output.complain(notice)
    to_terminal = output.is_terminal() and "raw" not in args
    memorised = _Memorised(workspace, opened) if "memorised" in args else None
    written = "" if "no_echo" in args else prompt
    _write(written, to_terminal=to_terminal)
    for token in stream_tokens(opened.model, opened.vocabulary, prompt, decoding):
        written = token.text or written
        _write(token.text, to_terminal=to_terminal)
        if memorised is not None:
            memorised.take(token.text)
    if output.is_terminal() and not written.endswith("\n"):
        output.write("\n")
    if memorised is not None:
        output.complain(memorised.sentence())
    return 0


class _Memorised:
    """Gather what is written, to compare it with the training text.

    That is read at once, so that nobody waits for a sample to learn that it is not there.

    Raises:
        InputError: It is not there, or is another one by now.
    """

    def __init__(self, workspace: "Workspace", opened: "OpenedLanguageModel") -> None:
        from workspace.run_texts import run_texts

        self._text = run_texts(workspace, opened.header, opened.vocabulary).parts()[0]
        self._pieces: list[str] = []

    def take(self, piece: str) -> None:
        """Take in the next token."""
        self._pieces.append(piece)

    def sentence(self) -> str:
        """Say how much of all that was written stands in the training text."""
        from core.insight.copying import copied_from
        from core.insight.memorisation import LEAST_COPIED

        sample = "".join(self._pieces)
        found = copied_from(sample, self._text, text_chars=len(self._text), whole=True)
        piece = sample[found.start : found.start + found.longest]
        shown = piece if len(piece) <= LONGEST_PIECE else piece[: LONGEST_PIECE - 1] + "…"
        return tr(
            "{share:.1%} of the sample is in pieces of {least} or more characters "
            "that stand in the training text; the longest has {longest}: {piece!r}",
            share=found.share,
            least=LEAST_COPIED,
            longest=found.longest,
            piece=shown,
        )


def _write(text: str, *, to_terminal: bool) -> None:
    """Write a piece of the text: made safe for a terminal, or exactly as it is."""
    if to_terminal:
        output.write(displayable(text, keep_newlines=True))
    else:
        # Lone surrogates cannot be written in UTF-8 and become question marks.
        output.write(text.encode("utf-8", "replace"))


def _unknown_notice(unknown: list[str]) -> list[str]:
    if not unknown:
        return []
    names = joined(map(repr, unknown))
    return [tr("the model never saw {names}; <unk> stands for it", names=names)]
