"""The prompt of a command line: typed with escapes, or a file or standard input as it is."""

import argparse
import sys

from core.config import Config
from core.errors import InputError
from core.escapes import unescaped
from core.language import tr
from tui.cli.parser import UsageError
from tui.cli.table_options import encoding_help

STANDARD_INPUT = "-"
"""The prompt that means that the text comes from there; `\\u002d` is a hyphen."""


def add_prompt(group: "argparse._ArgumentGroup") -> None:
    """Add what says how a text begins."""
    group.add_argument(
        "--prompt",
        metavar="TEXT",
        help=tr(
            "What the text begins with, in which \\n is a line end; -: what stands on standard "
            "input, exactly (default: nothing)"
        ),
    )
    group.add_argument(
        "--prompt_file", metavar="FILE", help=tr("Begin with the text of a file, exactly")
    )
    group.add_argument("--encoding", metavar="NAME", help=encoding_help())


def given_prompt(args: argparse.Namespace) -> str:
    """Return the prompt that was typed, or that stands in a file or on standard input.

    Raises:
        UsageError: There are two of them, or an encoding without a file.
        DataError: The file cannot be read as text.
        InputError: Standard input cannot be read as text.
    """
    if "prompt" in args and "prompt_file" in args:
        raise UsageError(tr("--prompt and --prompt_file both say how the text begins; give one"))
    if "encoding" in args and "prompt_file" not in args:
        raise UsageError(
            tr("--{name} says how to read a file; name it with --prompt_file", name="encoding")
        )
    if "prompt_file" in args:
        # Imported here, since help needs no reading.
        from core.text.reading import read_text

        return read_text(args.prompt_file, getattr(args, "encoding", Config().encoding))
    typed: str = getattr(args, "prompt", "")
    return _standard_input() if typed == STANDARD_INPUT else unescaped(typed)


def _standard_input() -> str:
    if sys.stdin is None:
        raise InputError(tr("standard input is closed; give the prompt as --prompt TEXT"))
    encoding = sys.stdin.encoding or "utf-8"
    try:
        return sys.stdin.buffer.read().decode(encoding)
    except OSError as error:
        raise InputError(
            tr("standard input cannot be read: {strerror}", strerror=error.strerror)
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(
            tr(
                "standard input is not valid {encoding} at byte {at}; convert it, for instance by "
                "iconv",
                encoding=encoding,
                at=error.start,
            )
        ) from None
