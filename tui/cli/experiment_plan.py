"""From a command line to an experiment in the store: what varies, seeds, budget, sizes."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, get_args

import msgspec

from core.config import Config, make_config
from core.experiment import By, Member, check_given, plan_members
from core.experiment_budget import DEFAULT_SECONDS, DEFAULT_STEPS, with_budget
from core.settings import Value
from tui.cli.options import (
    absolute_paths,
    add_new_settings,
    new_config,
    refuse_foreign,
)
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
    group = parser.add_argument_group("the new experiment")
    group.add_argument(
        "--seeds",
        dest=f"{prefix}seeds",
        type=_whole("seeds", 1000),
        metavar="N",
        help="Train each model with this many seeds, counted from --seed (default: 1)",
    )
    group.add_argument(
        "--by",
        dest=f"{prefix}by",
        choices=list(get_args(By)),
        metavar="WHAT",
        help="What all models get equally: steps; seconds of training; or parameters, where "
        "hidden_size is chosen for it and the steps are equal too (default: steps). Without "
        f"--max_steps, --epochs or --max_seconds these are {DEFAULT_STEPS} steps or "
        f"{DEFAULT_SECONDS:g} seconds",
    )
    group.add_argument(
        "--name",
        dest=f"{prefix}name",
        metavar="NAME",
        help="The experiment's name (default: made from what varies)",
    )
    add_parallel(group, prefix, "default: 1; the threads are divided among them")
    add_to_loss(group, prefix)
    add_new_settings(parser, group, prefix=prefix)
    add_json_events(parser, prefix)


def add_parallel(group: "argparse._ArgumentGroup", prefix: str, default: str) -> None:
    """Add how many runs are trained at a time."""
    group.add_argument(
        "--parallel",
        dest=f"{prefix}parallel",
        type=_whole("parallel", MOST_PARALLEL),
        metavar="N",
        help=f"Train this many runs at a time ({default})",
    )


def add_to_loss(group: "argparse._ArgumentGroup", prefix: str = "") -> None:
    """Add the loss that times are told to."""
    group.add_argument(
        "--to_loss",
        dest=f"{prefix}to_loss",
        type=_loss,
        metavar="X",
        help="Validation loss that the table tells the seconds of training to (default: the best "
        "loss of the worst run, which all reached)",
    )


def add_json_events(parser: StudioParser, prefix: str = "") -> None:
    """Add `--json` of what trains."""
    parser.add_argument_group("output").add_argument(
        "--json",
        dest=f"{prefix}json",
        action="store_true",
        help="Print one JSON object a line: ExperimentStarted, MemberEnded for each run, and "
        "ExperimentEnded with the table",
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
    by: By = getattr(args, "by", "steps")
    parallel: int = getattr(args, "parallel", 1)
    given: dict[str, str] = getattr(args, "settings", {})
    check_given(varied, given)
    if "name" in args:
        store.check_name(args.name)
    base = with_budget(_base(args, store, given), given, by)
    refuse_foreign(base.task, varied)
    members = plan_members(
        msgspec.structs.replace(base, threads=_threads(base, parallel)),
        {setting: list(_anchored(setting, values)) for setting, values in varied.items()},
        [base.seed + number for number in range(getattr(args, "seeds", 1))],
    )
    _require_readable(store, members)
    if by == "parameters":
        members = _with_equal_parameters(store, base, members, varied)
    return store.create(
        getattr(args, "name", name),
        members,
        varied=varied,
        by=by,
        parallel=parallel,
        is_named="name" in args,
    )


def _base(args: argparse.Namespace, store: "ExperimentStore", given: Mapping[str, str]) -> Config:
    """Return the settings that do not vary, before their budget.

    Raises:
        UsageError: `save_dir` was given: all models would be written over each other.
    """
    if given.get("save_dir"):
        raise UsageError(
            "save_dir would get all models of the experiment under one name; leave it out, and "
            "write one with rnnstudio runs export"
        )
    preferred = preferences_of(store.runs.workspace).settings
    config = new_config(given, getattr(args, "preset", None), preferred)
    return msgspec.structs.replace(config, save_dir="")


def _require_readable(store: "ExperimentStore", members: Sequence[Member]) -> None:
    """Refuse data that cannot be read before anything is written."""
    # Imported here, since help needs no data.
    from workspace.readable import READ_BY, require_readable

    read = {tuple(member.config[name] for name in READ_BY): member for member in members}
    for member in read.values():
        require_readable(store.runs.workspace, make_config(member.config))


def _anchored(setting: str, values: Sequence[Value]) -> Sequence[Value]:
    """Make paths absolute, so that the experiment goes on from any folder."""
    return [absolute_paths({setting: value})[setting] for value in values]


def _threads(config: Config, parallel: int) -> int:
    """Divide the CPU's threads among the members that are trained at a time."""
    if parallel == 1:
        return config.threads
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, (config.threads or cores or 1) // parallel)


def _with_equal_parameters(
    store: "ExperimentStore",
    base: Config,
    members: Sequence[Member],
    varied: Mapping[str, Sequence[Value]],
) -> list[Member]:
    if "hidden_size" in varied:
        raise UsageError("hidden_size is chosen by --by parameters; vary something else")
    # Imported here, since this is what loads torch.
    from workspace.experiment_sizes import with_equal_parameters

    return with_equal_parameters(store.runs.workspace, base, members, lambda: False)


def _whole(name: str, most: int) -> Callable[[str], int]:
    """Return what reads a number from 1."""

    def parsed(word: str) -> int:
        if word.isascii() and word.isdecimal() and 1 <= int(word[:18]) <= most:
            return int(word)
        raise UsageError(f"--{name} must be a whole number between 1 and {most}, got {word!r}")

    return parsed


def _loss(word: str) -> float:
    try:
        loss = float(word)
    except ValueError:
        loss = -1.0
    if not 0 < loss < float("inf"):
        raise UsageError(f"--to_loss must be a number above 0, got {word!r}")
    return loss
