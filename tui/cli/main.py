"""From the words of a command line to an exit code; every error is presented here, once."""

import io
import sys
from collections.abc import Sequence

from core.errors import RnnStudioError
from core.language import tr
from core.memory_errors import is_out_of_memory
from tui.cli import dashboard
from tui.cli.commands import PROGRAM, command_module, root_parser
from tui.cli.output import OutputError, ReaderGone, abandon, complain, write
from tui.cli.signals import EndedBySignal, unwinding
from tui.cli.subcommands import refuse_misplaced


def run_command_line(words: Sequence[str]) -> int:
    """Do what the words of a command line say and return the exit code.

    Args:
        words: The arguments, without the program's name.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot write a character shows its code; nothing crashes over it.
            stream.reconfigure(errors="backslashreplace")
    try:
        with unwinding():
            exit_code = _dispatch(words)
            write("")  # Flushes what argparse has printed, while a closed pipe can be handled.
            return exit_code
    except ReaderGone as gone:
        abandon()
        return gone.exit_code
    except RnnStudioError as error:
        complain(str(error))
        if isinstance(error, OutputError):
            abandon()
        return error.exit_code
    except EndedBySignal as ended:
        return 128 + ended.number
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        complain(tr("out of memory; close other programs, or use a smaller model or text"))
        return RnnStudioError.exit_code


def _dispatch(words: Sequence[str]) -> int:
    try:
        args = root_parser().parse_args(_help_spelt_out(words))
    except SystemExit as done:  # --help and --version end the parser this way.
        return int(done.code or 0)
    command: str | None = args.command
    if command is not None:
        refuse_misplaced(args, dashboard.PREFIX, PROGRAM, command)
    return command_module(command or "dashboard").run(args)


def _help_spelt_out(words: Sequence[str]) -> Sequence[str]:
    """Take `rnnstudio help train` for what it means."""
    return [*words[1:], "--help"] if words[:1] == ["help"] else words
