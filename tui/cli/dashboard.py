"""The bare program: open the dashboard."""

import argparse
import gc

from core.language import tr
from tui.cli.options import add_run_options, new_config
from tui.cli.parser import StudioParser
from tui.cli.places import opened_workspace, preferences_of

PREFIX = "dashboard_"
"""Begins the names of its attributes, so that options before a command are noticed."""


def add_arguments(parser: StudioParser) -> None:
    """Add the dashboard's options; the settings are listed by `train --help`."""
    screen = parser.add_argument_group(tr("the dashboard"))
    screen.add_argument(
        "--ascii",
        dest=f"{PREFIX}ascii",
        action="store_true",
        help=tr("Draw charts and frames with ASCII characters only"),
    )
    add_run_options(parser, prefix=PREFIX, shown=False)


def run(args: argparse.Namespace) -> int:
    """Open the dashboard with these settings and return its exit code."""
    workspace = opened_workspace(args)
    preferences = preferences_of(workspace)
    typed, preset = getattr(args, f"{PREFIX}settings", {}), getattr(args, f"{PREFIX}preset", None)
    name = getattr(args, f"{PREFIX}name", None)
    config = new_config(typed, preset, preferences.settings)
    # Looking for garbage among modules delays the first frame; `run_dashboard` has it looked for
    # again once all are there.
    gc.disable()
    try:
        # Imported here, since no other command needs textual.
        from tui.app import run_dashboard

        return run_dashboard(
            config,
            workspace,
            name=name,
            preferences=preferences,
            ascii_only=f"{PREFIX}ascii" in args,
            # What is said of a run is said of a new one.
            opens_last=not (typed or preset or name),
        )
    finally:
        gc.enable()
