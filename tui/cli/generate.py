"""`rnnstudio generate`: write text with a trained model, as it is made."""

import argparse

from core.decoding import Decoding
from core.settings import build, settings_of
from tui.cli import output
from tui.cli.options import add_settings, parsed_settings
from tui.cli.parser import StudioParser
from tui.cli.places import model_target, opened_workspace
from tui.cli.setting_words import setting_help
from tui.safe_text import displayable


def add_arguments(parser: StudioParser) -> None:
    """Add the model, the prompt and every setting of sampling."""
    parser.add_argument(
        "target", nargs="?", metavar="RUN", help="Number or name of the run, or a checkpoint's path"
    )
    text = parser.add_argument_group("text")
    text.add_argument(
        "--prompt", metavar="TEXT", help="What the text begins with (default: nothing)"
    )
    text.add_argument(
        "--no_echo", action="store_true", help="Leave the prompt out of what is written"
    )
    text.add_argument(
        "--raw",
        action="store_true",
        help="Send control characters to a terminal as they are; a pipe always gets them",
    )
    add_settings(parser, settings_of(Decoding), dest="settings", describe=setting_help)


def run(args: argparse.Namespace) -> int:
    """Write the prompt and what follows it."""
    values = parsed_settings(getattr(args, "settings", {}), settings_of(Decoding))
    decoding = build(Decoding, values)
    workspace = opened_workspace(args)
    prompt: str = getattr(args, "prompt", "")
    # Imported here, since this is what loads torch.
    from core.generation.streaming import stream_tokens
    from workspace.inference import open_language_model

    opened = open_language_model(workspace, model_target(args))
    unknown = opened.vocabulary.unknown_tokens(prompt)
    for notice in [*opened.notices, *_unknown_notice(unknown)]:
        output.complain(notice)
    to_terminal = output.is_terminal() and "raw" not in args
    written = "" if "no_echo" in args else prompt
    _write(written, to_terminal=to_terminal)
    for token in stream_tokens(opened.model, opened.vocabulary, prompt, decoding):
        written = token.text or written
        _write(token.text, to_terminal=to_terminal)
    if output.is_terminal() and not written.endswith("\n"):
        output.write("\n")
    return 0


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
    return [f"the model never saw {', '.join(map(repr, unknown))}; <unk> stands for it"]
