"""`rnnstudio train`: train a new model without the dashboard."""

import argparse

from core.language import tr
from tui.cli.headless import train_headless
from tui.cli.options import add_json, add_overwrite, add_run_options, new_config
from tui.cli.parser import StudioParser
from tui.cli.places import check_corpus, opened_workspace, preferences_of
from workspace.requests import StartRequest


def add_arguments(parser: StudioParser) -> None:
    """Add what describes the new run, and how its events are shown."""
    add_run_options(parser)
    add_overwrite(parser)
    add_json(parser, tr("Print events, one JSON object a line, and nothing else"))


def run(args: argparse.Namespace) -> int:
    """Train a new run to its end."""
    workspace = opened_workspace(args)
    config = new_config(
        getattr(args, "settings", {}),
        getattr(args, "preset", None),
        preferences_of(workspace).settings,
    )
    check_corpus(workspace, config)
    request = StartRequest(
        config=config, name=getattr(args, "name", None), overwrite="overwrite" in args
    )
    return train_headless(args, workspace, request)
