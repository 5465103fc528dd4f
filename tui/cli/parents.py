"""Commands that another process starts, and that save and end when that process is gone."""

import argparse
import os
import sys
from collections.abc import Callable

from core.language import tr
from tui.cli.parser import StudioParser, UsageError


def add_with_process(parser: StudioParser, prefix: str = "") -> None:
    """Add the option that names the parent; only a program types it, so no help shows it."""
    parser.add_argument(
        "--with_process",
        dest=f"{prefix}with_process",
        metavar="PID",
        help=argparse.SUPPRESS,
    )


def orphan_check(args: argparse.Namespace) -> Callable[[], bool]:
    """Return what tells whether the parent is gone: somebody else has taken the process over.

    Raises:
        UsageError: The option's value is no number.
    """
    word: str | None = getattr(args, "with_process", None)
    if word is None or sys.platform == "win32":
        return lambda: False
    if not (word.isascii() and word.isdecimal()):
        raise UsageError(tr("--with_process must be a whole number, got {word!r}", word=word))
    parent = int(word[:18])
    return lambda: os.getppid() != parent
