"""`rnnstudio resume`: go on training a run from its newest checkpoint."""

import argparse

from core.config import SETTINGS
from core.language import tr
from core.settings import Setting
from tui.cli.headless import train_headless
from tui.cli.options import (
    absolute_paths,
    add_json,
    add_overwrite,
    add_settings,
    parsed_settings,
)
from tui.cli.parser import StudioParser
from tui.cli.places import check_run_data, model_target, opened_workspace
from tui.cli.setting_words import change_help
from workspace.requests import ResumeRequest

PLACES = frozenset({"data_file", "val_file", "save_dir", "device", "threads"})
"""Settings that may change besides the live ones, since they say where things are."""


def add_arguments(parser: StudioParser) -> None:
    """Add the run and the settings that may change."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN",
        help=tr("Number or name of the run, or a checkpoint's path"),
    )
    add_settings(parser, SETTINGS, dest="settings", describe=_describe)
    add_overwrite(parser)
    add_json(parser, tr("Print events, one JSON object a line, and nothing else"))


def run(args: argparse.Namespace) -> int:
    """Go on with a run to its planned end."""
    changes = absolute_paths(parsed_settings(getattr(args, "settings", {}), SETTINGS))
    workspace = opened_workspace(args)
    target = model_target(args, workspace)
    check_run_data(workspace, target, changes)
    request = ResumeRequest(target=target, changes=changes, overwrite="overwrite" in args)
    return train_headless(args, workspace, request)


def _describe(setting: Setting) -> str:
    """Leave out what cannot change: it is taken too, to be refused by name."""
    can_change = setting.about.live or setting.name in PLACES
    return change_help(setting) if can_change else ""
