"""From options to an experiment: what all new ones take, and the plan that is made of them."""

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from core.experiment import By
from core.experiment_budget import DEFAULT_SECONDS, DEFAULT_STEPS
from core.language import tr
from core.settings import Value
from tui.cli.options import (
    add_new_settings,
    new_config,
    whole_number,
)
from tui.cli.parents import add_with_process
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import preferences_of

if TYPE_CHECKING:
    from workspace.experiments import Experiment, ExperimentStore

PREFIX = "varied_"
"""Begins the attributes of the bare command, so that options before a further word are noticed."""

MOST_PARALLEL = 64
"""Members that may be trained at a time."""


def add_plan_arguments(parser: StudioParser, *, prefix: str = "") -> None:
    """Add what describes a new experiment, but for what varies."""
    group = parser.add_argument_group(tr("the new experiment"))
    group.add_argument(
        "--seeds",
        dest=f"{prefix}seeds",
        type=whole_number("seeds", 1000),
        metavar="N",
        help=tr("Train each model with this many seeds, counted from --seed (default: 1)"),
    )
    group.add_argument(
        "--by",
        dest=f"{prefix}by",
        choices=list(get_args(By)),
        metavar="WHAT",
        help=tr(
            "What all models get equally: steps; seconds of training; or parameters, where "
            "hidden_size is chosen for it and the steps are equal too (default: steps). Without "
            "--max_steps, --epochs or --max_seconds these are {steps} steps or "
            "{seconds:g} seconds",
            steps=DEFAULT_STEPS,
            seconds=DEFAULT_SECONDS,
        ),
    )
    group.add_argument(
        "--name",
        dest=f"{prefix}name",
        metavar="NAME",
        help=tr("The experiment's name (default: made from what varies)"),
    )
    add_parallel(
        group,
        prefix,
        tr("Train this many runs at a time (default: 1; the threads are divided among them)"),
    )
    add_to_loss(group, prefix)
    add_new_settings(parser, group, prefix=prefix)
    add_json_events(parser, prefix)
    add_with_process(parser, prefix)


def add_parallel(group: "argparse._ArgumentGroup", prefix: str, said: str) -> None:
    """Add how many runs are trained at a time, and what the help says of it."""
    group.add_argument(
        "--parallel",
        dest=f"{prefix}parallel",
        type=whole_number("parallel", MOST_PARALLEL),
        metavar="N",
        help=said,
    )


def add_to_loss(group: "argparse._ArgumentGroup", prefix: str = "") -> None:
    """Add the loss that times are told to."""
    group.add_argument(
        "--to_loss",
        dest=f"{prefix}to_loss",
        type=_loss,
        metavar="X",
        help=tr(
            "Validation loss that the table tells the seconds of training to (default: the best "
            "loss of the worst run, which all reached)"
        ),
    )


def add_json_events(parser: StudioParser, prefix: str = "") -> None:
    """Add `--json` of what trains."""
    parser.add_argument_group(tr("the output")).add_argument(
        "--json",
        dest=f"{prefix}json",
        action="store_true",
        help=tr(
            "Print one JSON object a line: ExperimentStarted, MemberEnded for each run, and "
            "ExperimentEnded with the table"
        ),
    )


def planned(
    args: argparse.Namespace,
    store: "ExperimentStore",
    varied: Mapping[str, Sequence[Value]],
    name: str,
) -> "Experiment":
    """Keep the experiment that the options describe; nothing is trained yet.

    Args:
        args: The options, without a prefix.
        store: Where to keep it.
        varied: Values by setting.
        name: What it is called where the user names none.

    Raises:
        InputError: Something about it is wrong.
    """
    given: dict[str, str] = getattr(args, "settings", {})
    if given.get("save_dir"):
        raise UsageError(
            tr(
                "save_dir would get all models of the experiment under one name; leave it out, and "
                "write one with rnnstudio runs export"
            )
        )
    preferred = preferences_of(store.runs.workspace).settings
    # Imported here, since help needs no database.
    from workspace.experiment_plan import plan_experiment

    return plan_experiment(
        store,
        new_config(given, getattr(args, "preset", None), preferred),
        varied,
        name=getattr(args, "name", name),
        is_named="name" in args,
        given=given,
        seeds=getattr(args, "seeds", 1),
        by=getattr(args, "by", "steps"),
        parallel=getattr(args, "parallel", 1),
    )


def _loss(word: str) -> float:
    try:
        loss = float(word)
    except ValueError:
        loss = -1.0
    if not 0 < loss < float("inf"):
        raise UsageError(tr("--to_loss must be a number above 0, got {word!r}", word=word))
    return loss
