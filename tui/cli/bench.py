"""`rnnstudio bench`: how fast models train on this machine, beside a plain PyTorch loop."""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core.config import SETTINGS
from core.errors import SettingsError
from core.kernels.library import chosen
from core.language import tr
from core.settings import Value, parse
from tui.cli.json_line import JsonLine, json_line
from tui.cli.options import add_json
from tui.cli.output import is_terminal, write, write_lines
from tui.cli.parser import StudioParser, UsageError

if TYPE_CHECKING:
    from core.benchmark.comparison import Comparison

ROUNDS, SECONDS = 5, 0.7
"""Turns of each rival, and how long each takes; with these all cells take some 90 seconds."""

MOST_ROUNDS, LONGEST_S = 1000, 600.0

NAMES = {
    "plain": tr("plain PyTorch loop"),
    "fp32": "rnnstudio",
    "bf16": tr("rnnstudio, precision=bf16"),
    "torch": tr("rnnstudio, not compiled"),
}


class RivalMeasured(JsonLine, frozen=True, kw_only=True):
    """Say how fast one rival trains."""

    name: str
    """`plain`, `fp32`, `bf16` or `torch`, which is ours without the compiled part."""
    tokens_per_s: float
    """The middle of all rounds."""
    lowest: float
    highest: float
    ratio: float
    """Times as fast as the plain loop, the middle of all rounds."""
    ceiling_share: float
    """Its products' operations a second, as a share of those of a large product."""


class TrainingMeasured(JsonLine, frozen=True, kw_only=True):
    """Report one cell at the default settings."""

    model_type: str
    threads: int
    """As the setting of that name: 0 for all."""
    rounds: int
    seconds: float
    ceiling_flops: float
    """Floating-point operations a second of a large product in float32."""
    rivals: list[RivalMeasured]


def add_arguments(parser: StudioParser) -> None:
    """Add what is measured, how long, and how it is printed."""
    cells = SETTINGS["model_type"].choices
    parser.add_argument(
        "--model_type",
        metavar="NAME",
        help=tr("Measure one of {cells} only", cells=", ".join(cells)),
    )
    parser.add_argument(
        "--rounds", metavar="N", help=tr("Turns of each rival (default: {n})", n=ROUNDS)
    )
    parser.add_argument(
        "--seconds", metavar="X", help=tr("Seconds of each turn (default: {x:g})", x=SECONDS)
    )
    parser.add_argument("--threads", metavar="N", help=SETTINGS["threads"].about.help)
    add_json(parser, tr("Print one JSON object a line: TrainingMeasured for each cell"))


def run(args: argparse.Namespace) -> int:
    """Measure each cell and print what came out.

    Raises:
        InputError: An option is refused.
        BenchmarkError: A rival has ended before its turn.
    """
    rounds = _rounds(getattr(args, "rounds", str(ROUNDS)))
    seconds = _seconds(getattr(args, "seconds", str(SECONDS)))
    settings = _settings(args)
    cells = [settings["model_type"]] if "model_type" in args else SETTINGS["model_type"].choices
    names = ["plain", "fp32", "bf16", *(["torch"] if chosen().name != "torch" else [])]
    # Imported here, since the help needs no processes.
    from core.benchmark.comparison import compare

    for number, cell in enumerate(cells):
        found = compare(
            {**settings, "model_type": cell}, names, rounds=rounds, seconds=seconds, ours={},
            tell=_teller(str(cell), as_json="json" in args),
        )  # fmt: skip
        measured = _measured(found, str(cell), settings, rounds, seconds)
        if "json" in args:
            write(json_line(measured))
        else:
            write_lines([*([""] if number else []), *_lines(measured)])
    return 0


def _settings(args: argparse.Namespace) -> dict[str, Value]:
    """Return the settings that were typed."""
    found: dict[str, Value] = {"threads": 0}
    problems: list[str] = []
    for name in ("model_type", "threads"):
        if name in args:
            try:
                found[name] = parse(SETTINGS[name], getattr(args, name))
            except SettingsError as error:
                problems += error.problems
    if problems:
        raise SettingsError(problems)
    return found


def _measured(
    found: "Comparison", cell: str, settings: dict[str, Value], rounds: int, seconds: float
) -> TrainingMeasured:
    return TrainingMeasured(
        model_type=cell,
        threads=int(settings["threads"]),
        rounds=rounds,
        seconds=seconds,
        ceiling_flops=found.ceiling,
        rivals=[
            RivalMeasured(
                name=name,
                tokens_per_s=figure.median,
                lowest=min(figure.values),
                highest=max(figure.values),
                ratio=found.ratio(name),
                ceiling_share=found.share(name),
            )
            for name, figure in found.rates.items()
        ],
    )


def _lines(measured: TrainingMeasured) -> list[str]:
    """Lay out one cell's figures as a table."""
    # Imported here, since the help needs no rich.
    from tui.cli.tables import Column, table_lines

    columns = [
        Column(measured.model_type),
        Column(tr("tok/s"), "right"),
        Column(tr("spread"), "right", optional=True),
        Column(tr("× plain"), "right"),
        Column(tr("of the ceiling"), "right"),
    ]
    rows: Sequence[Sequence[str]] = [
        (
            NAMES[rival.name],
            f"{rival.tokens_per_s:,.0f}",
            f"{rival.lowest:,.0f}–{rival.highest:,.0f}",
            f"{rival.ratio:.2f}",
            f"{rival.ceiling_share:.0%}",
        )
        for rival in measured.rivals
    ]
    ceiling = tr(
        "ceiling: {rate:,.0f} GFLOP/s in a large fp32 product", rate=measured.ceiling_flops / 1e9
    )
    return [*table_lines(columns, rows), ceiling]


def _teller(cell: str, *, as_json: bool) -> Callable[[int, int], None]:
    """Return what shows on a terminal how far it is, in a line that is wiped at the end."""

    def tell(done: int, total: int) -> None:
        if as_json or not is_terminal():
            return
        # Imported here, since the help needs no rich.
        from tui.cells import cell_ljust

        line = tr("{cell}: turn {done} of {total}", cell=cell, done=done, total=total)
        wiped = "\r" if done == total else ""
        write(f"\r{cell_ljust(line if done < total else '', 40)}{wiped}")

    return tell


def _rounds(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and 1 <= int(word[:9]) <= MOST_ROUNDS):
        raise UsageError(
            tr(
                "--rounds must be a whole number from 1 to {most:,}, got {word!r}",
                most=MOST_ROUNDS,
                word=word,
            )
        )
    return int(word)


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_S:
        raise UsageError(
            tr(
                "--seconds must be a number above 0 and at most {most:g}, got {word!r}",
                most=LONGEST_S,
                word=word,
            )
        )
    return seconds
