"""`rnnstudio doctor`: say what is, or was, wrong with a run, and the command that mends it."""

import argparse
import shutil
import textwrap
from contextlib import closing

from core.doctor import Doctor
from core.events import Diagnosed, encode_event
from tui.cli.options import add_json
from tui.cli.output import write, write_lines
from tui.cli.parser import StudioParser
from tui.cli.places import opened_workspace, preferences_of
from tui.cli.wording import run_title
from tui.fixes import fix_command
from tui.safe_text import displayable
from workspace.runs import Run, RunStore

WIDEST = 100
"""Columns of a paragraph at most."""


def add_arguments(parser: StudioParser) -> None:
    """Add the run."""
    parser.add_argument(
        "target", nargs="?", metavar="RUN", help="Number or name of the run (default: the newest)"
    )
    add_json(parser, "Print the findings as events, one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Let the doctor look at all that was seen of a run."""
    workspace = opened_workspace(args)
    with closing(RunStore(workspace)) as store:
        found = store.find(getattr(args, "target", None))
        doctor = Doctor()
        diagnoses = [said for event in store.events(found.run) for said in doctor.take(event)]
        can_resume = bool(store.checkpoints(found.run))
    if "json" in args:
        for said in diagnoses:
            write(encode_event(said) + b"\n")
        return 0
    preferred = preferences_of(workspace).settings
    named = workspace.root if "workspace" in args else None
    lines = [f"{run_title(found.run, found.name)}: {found.status} at step {found.step:,}"]
    for said in diagnoses:
        command = ""
        if said.fix:
            command = fix_command(
                found, said.fix, preferred=preferred, can_resume=can_resume, workspace=named
            )
        lines += ["", *_finding_lines(found, said, command)]
    if not diagnoses:
        lines.append("the doctor sees nothing wrong" + ("" if found.step else " so far"))
    write_lines(lines)
    return 0


def _finding_lines(run: Run, said: Diagnosed, command: str) -> list[str]:
    """Lay out a finding: prose is wrapped, the command is one line, to be copied."""
    where = f"step {said.step:,}" if said.step else "before the first step"
    lines = [displayable(f"{where}: {said.code}")]
    lines += _wrapped(said.message)
    lines += _wrapped(f"seen by: {said.evidence}")
    if command:
        waits = " once it has stopped" if run.is_live and " resume " in command else ""
        lines.append(f"  fix{waits}: {command}")
    return lines


def _wrapped(text: str) -> list[str]:
    width = min(WIDEST, shutil.get_terminal_size().columns)
    return textwrap.wrap(
        displayable(text),
        width,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
