"""`rnnstudio replay`: train a recorded run again, with every live edit at its step."""

import argparse

from core.config import SETTINGS
from core.language import tr
from tui.cli.headless import train_headless
from tui.cli.options import absolute_paths, add_json, parsed_settings
from tui.cli.parser import StudioParser
from tui.cli.places import check_run_data, opened_workspace
from workspace.requests import ReplayRequest

PLACES = ("data_file", "val_file")
"""Settings that say where the data is now; the data itself must be the same."""


def add_arguments(parser: StudioParser) -> None:
    """Add the run, the new run's name, and where the data is."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN",
        help=tr("Number or name of the run (default: the newest)"),
    )
    parser.add_argument(
        "--name", metavar="NAME", help=tr("The new run's name (default: made from the run's)")
    )
    for name in PLACES:
        parser.add_argument(
            f"--{name}",
            metavar="FILE",
            help=tr("Where the run's {name} is now, if it has moved", name=name),
        )
    add_json(parser, tr("Print events, one JSON object a line, and nothing else"))


def run(args: argparse.Namespace) -> int:
    """Repeat a run to its end."""
    workspace = opened_workspace(args)
    target: str | None = getattr(args, "target", None)
    typed = {name: getattr(args, name) for name in PLACES if name in args}
    places = absolute_paths(parsed_settings(typed, SETTINGS))
    check_run_data(workspace, target, places)
    request = ReplayRequest(target=target, name=getattr(args, "name", None), places=places)
    return train_headless(args, workspace, request)
