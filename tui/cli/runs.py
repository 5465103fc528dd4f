"""`rnnstudio runs`: list, show, edit, export and delete the runs of the workspace."""

import argparse
import sys
from collections.abc import Sequence

from core.errors import InputError
from core.events import perplexity
from core.home import expanded
from core.language import tr
from tui.cli.json_line import json_line
from tui.cli.options import add_json, add_overwrite
from tui.cli.output import write, write_lines
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import opened_workspace, preferences_of
from tui.cli.run_details import details_lines, run_details
from tui.cli.run_editing import add_edit_arguments, edit
from tui.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from tui.cli.tables import Column, table_lines
from tui.cli.wording import (
    clock,
    loss_text,
    model_text,
    moment,
    percent,
    perplexity_text,
    recipe_lines,
    run_title,
    status_text,
)
from workspace.reproducing import recipe
from workspace.runs import Run, RunStore
from workspace.timeline import Timeline

ACCURACY = Column(tr("accuracy"), "right")
PERPLEXITY = Column(tr("perplexity"), "right", optional=True)
TAGS = Column(tr("tags"), optional=True)

COLUMNS = (
    Column(tr("run"), "right"),
    Column(tr("name")),
    Column(tr("model")),
    Column(tr("status")),
    Column(tr("step"), "right"),
    Column(tr("best loss"), "right"),
    ACCURACY,
    Column(tr("created"), optional=True),
    PERPLEXITY,
    Column(tr("time"), "right", optional=True),
    Column(tr("text"), optional=True),
    TAGS,
)

COLUMN_OF_TASK = {ACCURACY: "classify", PERPLEXITY: "language"}
"""Columns that are empty without a run of a task."""

EXPORT_FOLDER = "checkpoints"


def add_arguments(parser: StudioParser) -> None:
    """Add the commands below this one, and the options of the list."""
    add_subcommands(parser, SUBCOMMANDS)
    _add_list_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Do what the command below this one says."""
    return run_subcommand(args, SUBCOMMANDS)


def _add_list_arguments(parser: StudioParser) -> None:
    add_json(parser, tr("Print one JSON array"))


def _list(args: argparse.Namespace) -> int:
    runs = RunStore(opened_workspace(args)).list_runs()
    if "json" in args:
        write(json_line(runs))
    elif runs:
        write_lines(list_lines(runs))
    else:
        write_lines([tr("no runs yet; start one with: rnnstudio train")])
    return 0


def list_lines(runs: Sequence[Run]) -> list[str]:
    """Lay out runs as a table; what no run has gets no column."""
    rows = [_row(run) for run in runs]
    tasks = {run.task for run in runs}
    absent = {column for column, task in COLUMN_OF_TASK.items() if task not in tasks}
    if not any(run.tags for run in runs):
        absent.add(TAGS)
    kept = [index for index, column in enumerate(COLUMNS) if column not in absent]
    return table_lines(
        [COLUMNS[index] for index in kept], [[row[index] for index in kept] for row in rows]
    )


def _row(run: Run) -> list[str]:
    best = run.best_val_loss
    is_language = run.task == "language"
    return [
        str(run.run),
        run.name + (" *" if run.pinned else ""),
        model_text(run.config),
        status_text(run.status),
        f"{run.step:,}",
        "-" if best is None else loss_text(best),
        "-" if run.best_accuracy is None else percent(run.best_accuracy),
        moment(run.created),
        perplexity_text(perplexity(best)) if best is not None and is_language else "-",
        clock(run.elapsed_s),
        run.corpus_name,
        ", ".join(run.tags),
    ]


def _add_show_arguments(parser: StudioParser) -> None:
    _add_run(parser)
    parser.add_argument(
        "--as",
        dest="form",
        choices=["command"],
        metavar="command",
        help=tr("Print the command that does the run again, with its live edits as comments"),
    )
    add_json(parser, tr("Print one JSON object"))


def _show(args: argparse.Namespace) -> int:
    if "form" in args:
        return _show_command(args)
    store = RunStore(opened_workspace(args))
    details = run_details(store, store.find(getattr(args, "target", None)))
    if "json" in args:
        write(json_line(details))
    else:
        write_lines(details_lines(details))
    return 0


def _show_command(args: argparse.Namespace) -> int:
    if "json" in args:
        raise UsageError(tr("--as and --json both say how to print the run; give one"))
    workspace = opened_workspace(args)
    store = RunStore(workspace)
    found = store.find(getattr(args, "target", None))
    named = workspace.root if "workspace" in args else None
    preferred = preferences_of(workspace).settings
    write_lines(recipe_lines(recipe(found, Timeline.of(store.events(found.run)), preferred, named)))
    return 0


def _add_export_arguments(parser: StudioParser) -> None:
    _add_run(parser)
    parser.add_argument(
        "--save_dir",
        metavar="DIR",
        help=tr(
            "Folder to write to, made if needed (default: {folder})",
            folder=EXPORT_FOLDER,
        ),
    )
    add_overwrite(parser)
    add_json(parser, tr("Print one JSON array of the files' paths"))


def _export(args: argparse.Namespace) -> int:
    workspace = opened_workspace(args)
    found = RunStore(workspace).find(getattr(args, "target", None))
    folder = expanded(getattr(args, "save_dir", EXPORT_FOLDER))
    # Imported here, since this is what loads torch.
    from workspace.export import export_run

    written = export_run(workspace, found.run, folder, overwrite="overwrite" in args)
    paths = [str(path) for path in written]
    if "json" in args:
        write(json_line(paths))
    else:
        write_lines(paths)
    return 0


def _add_delete_arguments(parser: StudioParser) -> None:
    parser.add_argument(
        "targets", nargs="+", metavar="RUN", help=tr("Numbers or names of the runs")
    )
    parser.add_argument("--yes", action="store_true", help=tr("Do not ask"))
    add_json(parser, tr("Print one JSON array of the deleted runs' numbers"))


def _delete(args: argparse.Namespace) -> int:
    store = RunStore(opened_workspace(args))
    # All are found before any is deleted; a run that was named twice counts once.
    runs = {run.run: run for run in map(store.find, args.targets)}
    for run in runs.values():
        if run.is_live:
            title = run_title(run.run, run.name)
            raise InputError(tr("{run} is being trained; stop it first", run=title))
    if "yes" not in args and not _confirmed(list(runs.values())):
        write_lines([tr("nothing was deleted")])
        return 0
    for number in runs:
        store.delete(number)
    if "json" in args:
        write(json_line(list(runs)))
    else:
        titles = [run_title(run.run, run.name) for run in runs.values()]
        write_lines([tr("deleted {run}", run=title) for title in titles])
    return 0


def _confirmed(runs: list[Run]) -> bool:
    """Ask whether to delete.

    Raises:
        InputError: There is nobody to ask.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputError(tr("runs delete asks first, and there is no terminal to ask; add --yes"))
    for run in runs:
        title = run_title(run.run, run.name)
        line = tr(
            "{run}: {status}, {steps:,} steps, with its checkpoints",
            run=title,
            status=status_text(run.status),
            steps=run.step,
        )
        write_lines([line])
    write(tr("Delete for good? [y/N] "))
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _add_run(parser: StudioParser) -> None:
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN",
        help=tr("Number or name of the run (default: the newest)"),
    )


SUBCOMMANDS = (
    Subcommand(
        "list",
        tr("List the runs, newest first"),
        "[--json]",
        ("rnnstudio runs list", "rnnstudio runs list --json | jq '.[0].best_val_loss'"),
        _add_list_arguments,
        _list,
    ),
    Subcommand(
        "show",
        tr("Show a run's settings, results and checkpoints"),
        "[RUN] [--json | --as command]",
        (
            "rnnstudio runs show",
            "rnnstudio runs show 3 --json",
            "rnnstudio runs show 3 --as command",
        ),
        _add_show_arguments,
        _show,
    ),
    Subcommand(
        "edit",
        tr("Give a run another name, notes or tags"),
        "RUN [--name NAME] [--notes TEXT] [--tags TAG,TAG] [--json]",
        ("rnnstudio runs edit 3 --name wide --tags baseline,keep",),
        add_edit_arguments,
        edit,
    ),
    Subcommand(
        "export",
        tr("Write a run's best model as .pt and its vocabulary as .json"),
        "[RUN] [--save_dir DIR] [--overwrite]",
        ("rnnstudio runs export 3 --save_dir ./checkpoints",),
        _add_export_arguments,
        _export,
    ),
    Subcommand(
        "delete",
        tr("Delete runs with their checkpoints, after a question"),
        "RUN [RUN ...] [--yes]",
        ("rnnstudio runs delete 3", "rnnstudio runs delete 1 2 --yes"),
        _add_delete_arguments,
        _delete,
    ),
)
"""What can be done with runs; listing is meant when nothing is said."""
