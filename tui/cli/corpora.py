"""`rnnstudio corpora`: list the texts to train on, fetch one from the web, or look into one."""

import argparse

import msgspec

from tui.cli.options import add_json
from tui.cli.output import is_terminal, write, write_lines
from tui.cli.parser import StudioParser
from tui.cli.places import opened_workspace
from tui.cli.subcommands import Subcommand, add_subcommands, run_subcommand
from tui.cli.tables import Column, table_lines
from tui.cli.wording import size_text
from tui.safe_text import displayable

COLUMNS = (
    Column("name"),
    Column("where"),
    Column("size", "right"),
    Column("licence", optional=True),
    Column("what it is", wraps=True),
)

SHOWN_LINES = 20
"""Lines of a text that `corpora show` prints."""


def add_arguments(parser: StudioParser) -> None:
    """Add the commands below this one, and the options of the list."""
    add_subcommands(parser, SUBCOMMANDS)
    _add_list_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Do what the command below this one says."""
    return run_subcommand(args, SUBCOMMANDS)


def _add_list_arguments(parser: StudioParser) -> None:
    add_json(parser, "Print one JSON array")


def _list(args: argparse.Namespace) -> int:
    from workspace.corpora import list_corpora

    found = list_corpora(opened_workspace(args))
    if "json" in args:
        write(msgspec.json.encode(found) + b"\n")
        return 0
    rows = [
        [
            corpus.name,
            corpus.kind if corpus.kind == "built-in" else "fetched" if corpus.ready else "web",
            size_text(corpus.size) if corpus.size is not None else "",
            corpus.licence,
            corpus.description,
        ]
        for corpus in found
    ]
    hint = "train on one with --corpus NAME; get one from the web with corpora fetch NAME"
    write_lines([*table_lines(COLUMNS, rows), "", hint])
    return 0


def _add_name(parser: StudioParser) -> None:
    parser.add_argument("corpus", metavar="NAME", help="Name of the text")


def _fetch(args: argparse.Namespace) -> int:
    from workspace.corpora import fetch

    workspace = opened_workspace(args)
    name = _canonical(args.corpus)
    if is_terminal():
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

        with Progress(TextColumn(name, markup=False), BarColumn(), DownloadColumn()) as progress:
            task = progress.add_task(name, total=None)
            path = fetch(
                name,
                workspace,
                lambda done, size: progress.update(task, completed=done, total=size),
            )
    else:
        path = fetch(name, workspace)
    write_lines([displayable(f"{path}"), f"train on it with: rnnstudio train --corpus {name}"])
    return 0


def _show(args: argparse.Namespace) -> int:
    from workspace.corpora import corpus_text, list_corpora

    workspace = opened_workspace(args)
    name = _canonical(args.corpus)
    text = corpus_text(workspace, name)
    info = next(corpus for corpus in list_corpora(workspace) if corpus.name == name)
    lines = [
        f"{name}: {info.description}",
        f"{len(text):,} characters, {len(set(text)):,} different ones",
        "",
    ]
    beginning = displayable(
        "\n".join(text.split("\n", SHOWN_LINES)[:SHOWN_LINES]), keep_newlines=True
    )
    write_lines([*lines, *beginning.split("\n")])
    return 0


def _canonical(name: str) -> str:
    """Spell a corpus as we do: with hyphens, in lower case."""
    return name.replace("_", "-").lower()


SUBCOMMANDS = (
    Subcommand(
        "list",
        "List the texts that --corpus takes",
        "[--json]",
        ("rnnstudio corpora list", "rnnstudio corpora list --json"),
        _add_list_arguments,
        _list,
    ),
    Subcommand(
        "fetch",
        "Get a text from the web into the workspace, once, and check its SHA-256",
        "NAME",
        ("rnnstudio corpora fetch tiny-shakespeare",),
        _add_name,
        _fetch,
    ),
    Subcommand(
        "show",
        "Show what a text is and how it begins",
        "NAME",
        ("rnnstudio corpora show python-reference",),
        _add_name,
        _show,
    ),
)
"""What can be done with texts; listing is meant when nothing is said."""
