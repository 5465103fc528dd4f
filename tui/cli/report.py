"""`rnnstudio report`: write all that is known of runs as one document."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.language import tr
from tui.cli.output import write_lines
from tui.cli.output_file import output_file
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import opened_workspace, preferences_of
from tui.safe_text import displayable

if TYPE_CHECKING:
    from tui.report.writing import Format


def add_arguments(parser: StudioParser) -> None:
    """Add the runs, the file and its format."""
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="RUN",
        help=tr("Numbers or names of the runs (default: the newest); several are compared"),
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=tr("The file to write, or to replace (default: report.html, or .md or .ipynb)"),
    )
    parser.add_argument(
        "--format",
        choices=["html", "md", "ipynb"],
        metavar="{html,md,ipynb}",
        help=tr(
            "One HTML file; Markdown with a folder of figures; a notebook (default: by the "
            "file's ending)"
        ),
    )


def run(args: argparse.Namespace) -> int:
    """Write the report and print where it is."""
    workspace = opened_workspace(args)
    preferred = preferences_of(workspace).settings
    path, form = _target(args)
    # Imported here, since help needs none of it.
    from tui.report.writing import write_report
    from workspace.runs import RunStore

    store = RunStore(workspace)
    # A run that was named twice counts once.
    runs = {found.run: found for found in map(store.find, getattr(args, "targets", [None]))}
    files = write_report(
        store,
        list(runs.values()),
        path,
        form,
        preferred=preferred,
        workspace=workspace.root if "workspace" in args else None,
    )
    write_lines([displayable(str(file)) for file in files])
    return 0


def _target(args: argparse.Namespace) -> tuple[Path, "Format"]:
    """Return the file and its format, each told by the other where only one is given.

    Raises:
        UsageError: It is a folder or a device, or its ending tells no format.
    """
    from tui.report.writing import FORMATS

    form: Format | None = getattr(args, "format", None)
    output: str | None = getattr(args, "output", None)
    if output is None:
        form = form or "html"
        return Path(f"report.{form}").absolute(), form
    path = output_file(output)
    form = form or FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            tr(
                "{output} does not end like a report; add --format html, md or ipynb",
                output=displayable(output),
            )
        )
    return path, form
