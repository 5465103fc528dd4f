"""`rnnstudio runs edit`: another name for a run, notes and tags."""

import argparse

from core.language import tr
from tui.cli.json_line import json_line
from tui.cli.options import add_json
from tui.cli.output import write, write_lines
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import opened_workspace
from tui.cli.run_details import details_lines, run_details
from workspace.runs import RunStore


def add_edit_arguments(parser: StudioParser) -> None:
    """Add what can be said of a run."""
    parser.add_argument("target", metavar="RUN", help=tr("Number or name of the run"))
    parser.add_argument("--name", metavar="NAME", help=tr("Give it another name"))
    parser.add_argument("--notes", metavar="TEXT", help=tr("Write down what it is about"))
    parser.add_argument(
        "--tags",
        metavar="TAGS",
        help=tr("Words to find it by, with commas between them; '' for none"),
    )
    add_json(parser, tr("Print one JSON object"))


def edit(args: argparse.Namespace) -> int:
    """Keep what is said of a run, and show it.

    Raises:
        UsageError: Nothing is said of it.
    """
    said = {field: getattr(args, field, None) for field in ("name", "notes", "tags")}
    if all(text is None for text in said.values()):
        raise UsageError(tr("runs edit needs --name, --notes or --tags"))
    store = RunStore(opened_workspace(args))
    run = store.find(args.target).run
    store.annotate(run, **said)
    details = run_details(store, store.find(run))
    if "json" in args:
        write(json_line(details))
    else:
        write_lines(details_lines(details))
    return 0
