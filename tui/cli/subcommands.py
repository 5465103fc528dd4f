"""Commands that have commands of their own, such as `rnnstudio runs delete`."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from core.language import tr
from tui.cli.options import add_general_options
from tui.cli.parser import StudioParser, UsageError


class Subcommand(NamedTuple):
    """Describe one command below another."""

    name: str
    summary: str
    """What it does, in a sentence without a full stop."""
    usage: str
    """What follows its name."""
    examples: tuple[str, ...]
    add_arguments: Callable[[StudioParser], None]
    run: Callable[[argparse.Namespace], int]
    is_internal: bool = False
    """Whether only other processes call it, so that help and completion leave it out."""


def add_subcommands(parser: StudioParser, subcommands: Sequence[Subcommand]) -> None:
    """Add commands below a command; the first of them is meant when none is named."""
    added = parser.add_subparsers(
        title=tr("commands"), metavar="COMMAND", dest="action", parser_class=StudioParser
    )
    for subcommand in subcommands:
        prog = f"{parser.prog} {subcommand.name}"
        added.add_parser(
            subcommand.name,
            prog=prog,
            help=subcommand.summary,
            usage=f"{prog} {subcommand.usage}",
            description=tr("{summary}.", summary=subcommand.summary),
            epilog=examples_text(subcommand.examples),
            fill=partial(_fill, subcommand),
        )
        if subcommand.is_internal:
            # argparse would write `SUPPRESS` out: https://github.com/python/cpython/issues/67037
            added._choices_actions.pop()


def run_subcommand(args: argparse.Namespace, subcommands: Sequence[Subcommand]) -> int:
    """Run the command that was named, or the first."""
    action: str | None = args.action
    named = [subcommand for subcommand in subcommands if subcommand.name == action]
    return (named or subcommands)[0].run(args)


def refuse_misplaced(args: argparse.Namespace, prefix: str, program: str, command: str) -> None:
    """Refuse options before a command, where they would do nothing.

    Args:
        args: What was typed; attributes of options before the command begin with `prefix`.
        prefix: Begins the names of the attributes.
        program: What is typed before the command.
        command: The command.

    Raises:
        UsageError: There are some.
    """
    settings = getattr(args, f"{prefix}settings", {})
    own = [name for name in vars(args) if name.startswith(prefix)]
    given = [*settings, *(name.removeprefix(prefix) for name in own)]
    if given:
        raise UsageError(
            tr(
                "--{option} stands before {command}; options of a command come after it, "
                "as in: {program} {command} --{option}",
                option=given[0],
                command=command,
                program=program,
            )
        )


def examples_text(examples: Sequence[str]) -> str:
    """Lay out examples for the end of a help text."""
    return "\n".join([tr("examples:"), *(f"  {example}" for example in examples)])


def _fill(subcommand: Subcommand, parser: StudioParser) -> None:
    subcommand.add_arguments(parser)
    add_general_options(parser)
