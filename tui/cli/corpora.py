"""`rnnstudio corpora`: list the texts to train on, fetch one from the web, or look into one."""

import argparse
import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

from core.language import tr
from tui.cli.json_line import json_line
from tui.cli.options import add_json
from tui.cli.output import is_terminal, write, write_lines
from tui.cli.parser import StudioParser
from tui.cli.places import opened_workspace
from tui.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from tui.cli.tables import Column, table_lines
from tui.cli.wording import size_text
from tui.safe_text import displayable

if TYPE_CHECKING:
    from core.text.labelled import LabelledTexts
    from workspace.corpora import CorpusInfo

COLUMNS = (
    Column(tr("name")),
    Column(tr("where")),
    Column(tr("task")),
    Column(tr("size"), "right"),
    Column(tr("licence"), optional=True),
    Column(tr("what it is"), wraps=True),
)

SHOWN_LINES = 20
"""Lines of a text, or labelled texts, that `corpora show` prints."""

LONGEST_TEXT = 200
"""Characters of a labelled text that it prints."""


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
    from workspace.corpora import list_corpora

    found = list_corpora(opened_workspace(args))
    if "json" in args:
        write(json_line(found))
        return 0
    rows = [
        [
            corpus.name,
            _place_text(corpus),
            corpus.task,
            size_text(corpus.size) if corpus.size is not None else "",
            corpus.licence,
            corpus.description,
        ]
        for corpus in found
    ]
    hints = tr(
        "train on one with --corpus NAME, and with --task classify where that is its task;\n"
        "get one from the web with corpora fetch NAME"
    )
    write_lines([*table_lines(COLUMNS, rows), "", hints])
    return 0


def _place_text(corpus: "CorpusInfo") -> str:
    """Say where a text is: in the program, in the workspace, or still on the web."""
    if corpus.kind == "built-in":
        return tr("built-in")
    return tr("fetched") if corpus.ready else tr("web")


def _add_name(parser: StudioParser) -> None:
    parser.add_argument("corpus", metavar="NAME", help=tr("Name of the text"))


def _fetch(args: argparse.Namespace) -> int:
    from workspace.corpora import fetch

    workspace = opened_workspace(args)
    name = _canonical(args.corpus)
    if is_terminal():
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

        with Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn()
        ) as progress:
            task = progress.add_task(displayable(name), total=None)
            path = fetch(
                name,
                workspace,
                lambda done, size: progress.update(task, completed=done, total=size),
            )
    else:
        path = fetch(name, workspace)
    write_lines(
        [displayable(f"{path}"), tr("train on it with: rnnstudio train --corpus {name}", name=name)]
    )
    return 0


def _show(args: argparse.Namespace) -> int:
    from workspace.corpora import corpus_text, labelled_texts, list_corpora

    workspace = opened_workspace(args)
    name = _canonical(args.corpus)
    infos = {corpus.name: corpus for corpus in list_corpora(workspace)}
    if name in infos and infos[name].task == "classify":
        lines = _labelled_lines(labelled_texts(name))
    else:
        lines = _text_lines(corpus_text(workspace, name))
    heading = tr("{what}: {more}", what=name, more=infos[name].description)
    write_lines([heading, *lines])
    return 0


def _text_lines(text: str) -> list[str]:
    """Say how long a text is, and how it begins."""
    beginning = "\n".join(text.split("\n", SHOWN_LINES)[:SHOWN_LINES])
    return [
        tr("{n:,} characters, {different:,} different ones", n=len(text), different=len(set(text))),
        "",
        *displayable(beginning, keep_newlines=True).split("\n"),
    ]


def _labelled_lines(data: "LabelledTexts") -> list[str]:
    """Say how many texts there are of each class, and show some from all over the texts."""
    counts = ", ".join(f"{label} ({n:,})" for label, n in sorted(Counter(data.labels).items()))
    shown = range(0, len(data.texts), max(1, len(data.texts) // SHOWN_LINES))
    table = io.StringIO()
    writer = csv.writer(table, delimiter="\t", lineterminator="\n")
    writer.writerow(["label", "text"])
    for index in shown[:SHOWN_LINES]:
        text = data.texts[index]
        cut = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."
        writer.writerow([displayable(data.labels[index]), displayable(cut)])
    head = tr(
        "{n:,} texts of {classes:,} classes: {counts}",
        n=len(data.texts),
        classes=len(set(data.labels)),
        counts=counts,
    )
    return [displayable(head), "", *table.getvalue().splitlines()]


def _canonical(name: str) -> str:
    """Spell a corpus as we do: with hyphens, in lower case."""
    return name.replace("_", "-").lower()


SUBCOMMANDS = (
    Subcommand(
        "list",
        tr("List the texts that --corpus takes"),
        "[--json]",
        ("rnnstudio corpora list", "rnnstudio corpora list --json"),
        _add_list_arguments,
        _list,
    ),
    Subcommand(
        "fetch",
        tr("Get a text from the web into the workspace, once, and check its SHA-256"),
        "NAME",
        ("rnnstudio corpora fetch tiny-shakespeare",),
        _add_name,
        _fetch,
    ),
    Subcommand(
        "show",
        tr("Show what a text is and how it begins"),
        "NAME",
        ("rnnstudio corpora show python-reference", "rnnstudio corpora show python-topics"),
        _add_name,
        _show,
    ),
)
"""What can be done with texts; listing is meant when nothing is said."""
