"""`rnnstudio report`: write all that is known of runs as one document."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.home import expanded
from core.language import tr
from tui.cli.output import write_lines
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
    if output in ("", "-") or "\0" in output:
        raise UsageError(tr("-o must name a file, got {output!r}", output=output))
    path = expanded(output).absolute()
    if os.path.isdir(path):  # noqa: PTH112  a name that is too long is no folder
        raise UsageError(
            tr("{output} is a folder; name a file in it with -o", output=displayable(output))
        )
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        raise UsageError(
            tr("{output} is no regular file; name another one with -o", output=displayable(output))
        )
    form = form or FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            tr(
                "{output} does not end like a report; add --format html, md or ipynb",
                output=displayable(output),
            )
        )
    return path, form
