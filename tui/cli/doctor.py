"""`rnnstudio doctor`: say what is, or was, wrong with a run, and the command that mends it."""

import argparse
import shutil
from collections.abc import Iterable
from contextlib import closing

from core.doctor import Doctor
from core.events import Diagnosed, DiagnosisEnded, Event, RunStarted, encode_event
from core.language import tr
from tui.cli.json_line import escaped_line
from tui.cli.options import add_json
from tui.cli.output import write, write_lines
from tui.cli.paragraphs import wrapped_lines
from tui.cli.parser import StudioParser
from tui.cli.places import opened_workspace, preferences_of
from tui.cli.wording import run_title, status_text
from tui.findings import Findings
from tui.fixes import fix_command
from tui.names import finding_name
from tui.safe_text import displayable
from workspace.checkpoints import point_of_return
from workspace.experiments import ExperimentStore
from workspace.runs import Run, RunStore

WIDEST = 100
"""Columns of a paragraph at most."""


def add_arguments(parser: StudioParser) -> None:
    """Add the run."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN",
        help=tr("Number or name of the run (default: the newest)"),
    )
    add_json(parser, tr("Print the findings as events, one JSON object a line"))


def run(args: argparse.Namespace) -> int:
    """Let the doctor look at all that was seen of a run."""
    workspace = opened_workspace(args)
    with closing(RunStore(workspace)) as store:
        found = store.find(getattr(args, "target", None))
        findings, sayings = _looked_at(store.events(found.run))
        can_resume = point_of_return(store, found.run) is not None
        experiment = ExperimentStore(store).of_run(found.run)
    if "json" in args:
        for said in sayings:
            write(escaped_line(encode_event(said)))
        return 0
    preferred = preferences_of(workspace).settings
    named = workspace.root if "workspace" in args else None
    lines = [
        tr(
            "{run}: {status} at step {step:,}",
            run=run_title(found.run, found.name),
            status=status_text(found.status),
            step=found.step,
        )
    ]
    for said, over_at in findings:
        command = ""
        if said.fix:
            command = fix_command(
                found,
                said.fix,
                preferred=preferred,
                can_resume=can_resume,
                workspace=named,
                parallel=experiment.parallel if experiment is not None else 1,
            )
        lines += ["", *_finding_lines(found, said, over_at, command)]
    if len(lines) == 1:
        nothing_yet = tr("the doctor sees nothing wrong so far")
        lines.append(tr("the doctor sees nothing wrong") if found.step else nothing_yet)
    write_lines(lines)
    return 0


def _looked_at(events: Iterable[Event]) -> tuple[Findings, list[Diagnosed | DiagnosisEnded]]:
    """Let a doctor look at events; return what is left of its findings, and all that it says."""
    doctor, findings, sayings = Doctor(), Findings(), []
    for event in events:
        if isinstance(event, RunStarted):
            findings.take(event)
        for said in doctor.take(event):
            findings.take(said)
            sayings.append(said)
    return findings, sayings


def _finding_lines(run: Run, said: Diagnosed, over_at: int | None, command: str) -> list[str]:
    """Lay out a finding: prose is wrapped, the command is one line, to be copied."""
    where = tr("step {step:,}", step=said.step) if said.step else tr("before the first step")
    if over_at is not None:
        where = tr("{where} to {step:,}", where=where, step=over_at)
    heading = tr("{what}: {more}", what=where, more=finding_name(said.code))
    lines = [displayable(heading)]
    lines += _wrapped(said.message)
    lines += _wrapped(tr("seen by: {evidence}", evidence=said.evidence))
    if over_at is not None:
        return lines
    if command and run.is_live and " resume " in command:
        lines.append(tr("  fix once it has stopped: {command}", command=command))
    elif command:
        lines.append(tr("  fix: {command}", command=command))
    return lines


def _wrapped(text: str) -> list[str]:
    width = min(WIDEST, shutil.get_terminal_size().columns)
    return wrapped_lines(displayable(text), width, indent="  ")
