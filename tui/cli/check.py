"""`rnnstudio check`: say what is wrong with the workspace, and mend it on request."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from core.language import tr, trn
from tui.cli.json_line import JsonLine, json_line
from tui.cli.options import add_json
from tui.cli.output import write, write_lines
from tui.cli.parser import StudioParser
from tui.cli.places import opened_workspace
from tui.safe_text import displayable
from workspace.faults import Checked, Code, Fault
from workspace.paths import Workspace


class FaultFound(JsonLine, frozen=True, kw_only=True):
    """Say what is wrong."""

    code: Code
    message: str
    run: int | None
    """The run that is concerned."""
    remedy: str
    """What `--repair` does about it; empty where the user must."""
    mended: bool


class WorkspaceChecked(JsonLine, frozen=True, kw_only=True):
    """Sum up; always the last object."""

    workspace: str
    """Its folder, absolute."""
    runs: int
    checkpoints: int
    """Those that verified."""
    faults: int
    """What is wrong now."""
    mended: int
    notes: list[str]
    """What is not wrong and worth knowing."""
    aside: str | None
    """Where that is which was in the way; None where nothing was moved."""


def add_arguments(parser: StudioParser) -> None:
    """Add what to do about faults."""
    parser.add_argument(
        "--repair",
        action="store_true",
        help=tr("Mend what can be mended; nothing is deleted"),
    )
    add_json(parser, tr("Print the faults and a summary, one JSON object a line"))


def run(args: argparse.Namespace) -> int:
    """Check the workspace, or repair it."""
    workspace = Workspace.open(opened_workspace(args).root, create=False)
    # Imported here, since checkpoints are read by torch.
    from workspace.checking import check
    from workspace.repairing import repair

    mended: list[Fault] = []
    aside: Path | None = None
    if "repair" in args:
        repaired = repair(workspace)
        mended, checked, aside = repaired.mended, repaired.left, repaired.aside
    else:
        checked = check(workspace)
    if "json" in args:
        _write_objects(workspace, mended, checked, aside)
    else:
        write_lines(_lines(workspace, mended, checked, aside))
    return 1 if checked.faults else 0


def _write_objects(
    workspace: Workspace, mended: Sequence[Fault], checked: Checked, aside: Path | None
) -> None:
    for faults, is_mended in ((mended, True), (checked.faults, False)):
        for fault in faults:
            found = FaultFound(
                code=fault.code,
                message=fault.message,
                run=fault.run,
                remedy=fault.remedy,
                mended=is_mended,
            )
            write(json_line(found))
    summary = WorkspaceChecked(
        workspace=str(workspace.root),
        runs=checked.runs,
        checkpoints=checked.checkpoints,
        faults=len(checked.faults),
        mended=len(mended),
        notes=checked.notes,
        aside=None if aside is None else str(aside),
    )
    write(json_line(summary))


def _lines(
    workspace: Workspace, mended: Sequence[Fault], checked: Checked, aside: Path | None
) -> list[str]:
    lines = [tr("workspace {root}", root=workspace.root)]
    for fault in mended:
        lines += [fault.message, tr("  mended: {remedy}", remedy=fault.remedy)]
    for fault in checked.faults:
        lines.append(fault.message)
        if fault.remedy:
            lines.append(tr("  --repair: {remedy}", remedy=fault.remedy))
    lines += [tr("note: {note}", note=note) for note in checked.notes]
    if aside is not None:
        lines.append(tr("what was in the way, and the database as it was: {path}", path=aside))
    seen = ", ".join(
        (
            trn("{n} run", "{n} runs", checked.runs),
            trn("{n} intact checkpoint", "{n} intact checkpoints", checked.checkpoints),
            trn("{n} fault", "{n} faults", len(checked.faults))
            if checked.faults
            else tr("nothing is wrong"),
        )
    )
    lines.append(seen)
    return [displayable(line) for line in lines]
