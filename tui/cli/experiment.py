"""`rnnstudio experiment`: train every combination of some settings, and compare them."""

import argparse
from collections.abc import Callable
from contextlib import closing
from functools import partial

from core.errors import InputError
from core.experiment import COMPARISONS, parsed_variation
from core.language import joined, joined_apart, tr
from core.settings import text_of
from tui.cli.experiment_events import experiment_details
from tui.cli.experiment_plan import (
    PREFIX,
    add_json_events,
    add_parallel,
    add_plan_arguments,
    add_to_loss,
    planned,
)
from tui.cli.experiment_run import run_experiment
from tui.cli.experiment_text import (
    experiment_table_lines,
    going_on_lines,
    heading_lines,
    statuses_text,
    table_note,
)
from tui.cli.headless import train_headless
from tui.cli.json_line import json_line
from tui.cli.options import add_json
from tui.cli.output import write, write_lines
from tui.cli.parents import add_with_process, orphan_check
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import opened_workspace
from tui.cli.subcommands import (
    Subcommand,
    add_subcommands,
    refuse_misplaced,
    run_subcommand,
)
from tui.cli.tables import Column, table_lines
from tui.cli.wording import moment
from tui.names import said
from workspace.experiment_table import experiment_table
from workspace.experiments import Experiment, ExperimentStore
from workspace.runs import RunStore

COLUMNS = (
    Column(tr("experiment"), "right"),
    Column(tr("name")),
    Column(tr("varied"), wraps=True),
    Column(tr("by")),
    Column(tr("runs"), "right"),
    Column(tr("created"), optional=True),
)


def add_arguments(parser: StudioParser) -> None:
    """Add the commands below this one, and what describes a new experiment."""
    add_subcommands(parser, SUBCOMMANDS)
    vary = parser.add_argument_group(tr("what varies"))
    vary.add_argument(
        "--vary",
        dest=f"{PREFIX}vary",
        action="append",
        metavar="NAME=V1,V2",
        help=tr("A setting and its values; several of them make every combination"),
    )
    add_plan_arguments(parser, prefix=PREFIX)


def run(args: argparse.Namespace) -> int:
    """Do what the command below this one says, or train what is varied."""
    action: str | None = args.action
    if action is not None:
        refuse_misplaced(args, PREFIX, "rnnstudio experiment", action)
        return run_subcommand(args, SUBCOMMANDS)
    named = {name.removeprefix(PREFIX): value for name, value in vars(args).items()}
    return _vary(argparse.Namespace(**named))


def _vary(args: argparse.Namespace) -> int:
    """Train every combination of what was typed."""
    if "vary" not in args:
        raise UsageError(
            tr(
                "experiment needs --vary NAME=V1,V2, or one of {names} "
                "(see rnnstudio experiment --help)",
                names=joined(COMPARISONS),
            )
        )
    varied = parsed_variation(args.vary)
    with closing(RunStore(opened_workspace(args))) as runs:
        store = ExperimentStore(runs)
        runs.workspace.require_writable()
        experiment = planned(args, store, varied, "-".join(varied))
        return run_experiment(args, store, experiment, parallel=experiment.parallel, is_new=True)


def _compare(name: str, args: argparse.Namespace) -> int:
    """Train a comparison that has a name."""
    comparison = COMPARISONS[name]
    with closing(RunStore(opened_workspace(args))) as runs:
        store = ExperimentStore(runs)
        runs.workspace.require_writable()
        varied = {comparison.setting: list(comparison.values)}
        experiment = planned(args, store, varied, name)
        return run_experiment(args, store, experiment, parallel=experiment.parallel, is_new=True)


def _add_list_arguments(parser: StudioParser) -> None:
    add_json(parser, tr("Print one JSON array"))


def _list(args: argparse.Namespace) -> int:
    with closing(RunStore(opened_workspace(args))) as runs:
        store = ExperimentStore(runs)
        experiments = store.list_experiments()
        if "json" in args:
            found = [_details(store, experiment, None) for experiment in experiments]
            write(json_line(found))
        elif experiments:
            write_lines(table_lines(COLUMNS, [_row(store, one) for one in experiments]))
        else:
            write_lines(
                [tr("no experiments yet; start one with: rnnstudio experiment model-types")]
            )
    return 0


def _row(store: ExperimentStore, experiment: Experiment) -> list[str]:
    varied = joined_apart(
        f"{name} {joined(map(text_of, values))}" for name, values in experiment.varied.items()
    )
    return [
        str(experiment.experiment),
        experiment.name,
        varied,
        said(experiment.by),
        statuses_text([member.status for member in store.members(experiment.experiment)]),
        moment(experiment.created),
    ]


def _add_show_arguments(parser: StudioParser) -> None:
    _add_experiment(parser)
    add_to_loss(parser.add_argument_group(tr("the table")))
    add_json(parser, tr("Print one JSON object"))


def _show(args: argparse.Namespace) -> int:
    with closing(RunStore(opened_workspace(args))) as runs:
        store = ExperimentStore(runs)
        experiment = store.find(getattr(args, "target", None))
        if "json" in args:
            details = _details(store, experiment, getattr(args, "to_loss", None))
            write(json_line(details))
            return 0
        members = store.members(experiment.experiment)
        table = experiment_table(runs, members, getattr(args, "to_loss", None))
        workspace = runs.workspace.root if "workspace" in args else None
        write_lines(
            [
                *heading_lines(experiment, members),
                "",
                *experiment_table_lines(experiment, table),
                *table_note(table),
                *going_on_lines(experiment, members, workspace),
            ]
        )
    return 0


def _details(store: ExperimentStore, experiment: Experiment, to_loss: float | None) -> object:
    members = store.members(experiment.experiment)
    return experiment_details(experiment, members, experiment_table(store.runs, members, to_loss))


def _add_resume_arguments(parser: StudioParser) -> None:
    _add_experiment(parser)
    group = parser.add_argument_group(tr("the experiment"))
    add_parallel(group, "", tr("Train this many runs at a time (default: as it was planned)"))
    add_to_loss(group)
    add_json_events(parser)
    add_with_process(parser)


def _resume(args: argparse.Namespace) -> int:
    with closing(RunStore(opened_workspace(args))) as runs:
        store = ExperimentStore(runs)
        experiment = store.find(getattr(args, "target", None))
        runs.workspace.require_writable()
        parallel: int = getattr(args, "parallel", experiment.parallel)
        return run_experiment(args, store, experiment, parallel=parallel)


def _add_member_arguments(parser: StudioParser) -> None:
    parser.add_argument("target", metavar="EXPERIMENT", help=tr("Number or name of the experiment"))
    parser.add_argument("member", metavar="N", help=tr("Number of the run in it, from 1"))
    add_with_process(parser)
    add_json(parser, tr("Print events, one JSON object a line, and nothing else"))


def _member(args: argparse.Namespace) -> int:
    if not (args.member.isascii() and args.member.isdecimal()):
        raise UsageError(tr("member needs whole numbers, got {number!r}", number=args.member))
    workspace = opened_workspace(args)
    workspace.require_writable()
    with closing(RunStore(workspace)) as runs:
        store = ExperimentStore(runs)
        experiment = store.find(args.target).experiment
        request = store.request(experiment, int(args.member[:18]))
    return train_headless(args, workspace, request, orphan_check(args))


def _add_no_arguments(_parser: StudioParser) -> None:
    """Add nothing; what is to be done comes by standard input."""


def _host(_args: argparse.Namespace) -> int:
    from tui.cli.warm_host import serve

    return serve()


def _add_delete_arguments(parser: StudioParser) -> None:
    parser.add_argument("target", metavar="EXPERIMENT", help=tr("Number or name of the experiment"))


def _delete(args: argparse.Namespace) -> int:
    with closing(RunStore(opened_workspace(args))) as runs:
        store = ExperimentStore(runs)
        experiment = store.find(args.target)
        if experiment.is_running:
            raise InputError(
                tr("experiment {number} is being run; stop it first", number=experiment.experiment)
            )
        store.forget(experiment.experiment)
        write_lines(
            [
                tr(
                    "deleted experiment {number} {name}; its runs stay",
                    number=experiment.experiment,
                    name=experiment.name,
                )
            ]
        )
    return 0


def _add_experiment(parser: StudioParser) -> None:
    parser.add_argument(
        "target",
        nargs="?",
        metavar="EXPERIMENT",
        help=tr("Number or name of the experiment (default: the newest)"),
    )


def _comparison(name: str) -> Subcommand:
    run: Callable[[argparse.Namespace], int] = partial(_compare, name)
    return Subcommand(
        name,
        COMPARISONS[name].summary,
        "[--SETTING VALUE ...] [--seeds N] [--by WHAT] [--parallel N] [--json]",
        (
            f"rnnstudio experiment {name}",
            f"rnnstudio experiment {name} --data_file novel.txt --seeds 3 --by seconds",
        ),
        add_plan_arguments,
        run,
    )


SUBCOMMANDS = (
    *(_comparison(name) for name in COMPARISONS),
    Subcommand(
        "list",
        tr("List the experiments, newest first"),
        "[--json]",
        ("rnnstudio experiment list",),
        _add_list_arguments,
        _list,
    ),
    Subcommand(
        "show",
        tr("Show an experiment's table, also while it runs"),
        "[EXPERIMENT] [--to_loss X] [--json]",
        ("rnnstudio experiment show", "rnnstudio experiment show model-types --to_loss 2.0"),
        _add_show_arguments,
        _show,
    ),
    Subcommand(
        "resume",
        tr("Resume an experiment: runs that ended as planned or diverged stay as they are"),
        "[EXPERIMENT] [--parallel N] [--json]",
        ("rnnstudio experiment resume", "rnnstudio experiment resume 3 --parallel 2"),
        _add_resume_arguments,
        _resume,
    ),
    Subcommand(
        "member",
        tr("Train one run of an experiment in this process, or resume it"),
        "EXPERIMENT N [--json]",
        ("rnnstudio experiment member 3 2",),
        _add_member_arguments,
        _member,
        is_internal=True,
    ),
    Subcommand(
        "host",
        tr("Train runs of an experiment in children of this process, as standard input says"),
        "",
        (),
        _add_no_arguments,
        _host,
        is_internal=True,
    ),
    Subcommand(
        "delete",
        tr("Delete an experiment's plan; its runs stay"),
        "EXPERIMENT",
        ("rnnstudio experiment delete 3",),
        _add_delete_arguments,
        _delete,
    ),
)
"""What can be done below the command; without one of them, what --vary says is trained."""
