"""`rnnstudio completion`: a script that completes options and file names in the user's shell."""

import argparse
from collections.abc import Mapping

from core.errors import InputError, MissingExtraError
from core.language import joined, tr
from core.settings import unknown_name
from tui.cli.options import SettingAction
from tui.cli.output import write
from tui.cli.parser import StudioParser


def add_arguments(parser: StudioParser) -> None:
    """Add the shell."""
    parser.add_argument("shell", metavar="SHELL", help="bash, zsh, tcsh, ...")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    try:
        import shtab
    except ImportError:
        raise MissingExtraError(
            tr("completion needs the extra 'completion'; pip install 'rnnstudio[completion]'")
        ) from None
    shells = list(shtab.SUPPORTED_SHELLS)
    if args.shell not in shells:
        raise InputError(
            tr(
                "{refusal}; known are {shells}",
                refusal=unknown_name(args.shell, shells, tr("shell")),
                shells=joined(shells),
            )
        )
    from tui.cli.commands import root_parser

    parser = root_parser()
    _describe(parser, {"FILE": shtab.FILE, "DIR": shtab.DIRECTORY})
    write(shtab.complete(parser, args.shell).rstrip("\n") + "\n")
    return 0


def _describe(parser: argparse.ArgumentParser, paths: Mapping[str, object]) -> None:
    """Tell every option of a parser and its commands' parsers what its value can be.

    Args:
        parser: It is changed: choices are checked elsewhere otherwise.
        paths: How the library completes a value, by what stands for it in the help.
    """
    if isinstance(parser, StudioParser):
        parser.fill()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _describe(command, paths)
        elif isinstance(action, SettingAction):
            action.choices = action.setting.choices or None
        if isinstance(action.metavar, str) and action.metavar in paths:
            action.complete = paths[action.metavar]  # type: ignore[attr-defined]  # shtab's own
