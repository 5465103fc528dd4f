"""`rnnstudio inspect`: look inside of a trained language model, as the dashboard's panels do."""

import argparse
from collections.abc import Sequence

from core.config import Config
from core.escapes import unescaped
from core.events import (
    Event,
    GatesMeasured,
    GradientsThroughTime,
    TextInspected,
    encode_event,
)
from core.language import tr, trn
from tui.cli.json_line import escaped_line
from tui.cli.options import add_json
from tui.cli.output import complain, write, write_lines
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import check_data, model_target, opened_workspace
from tui.cli.tables import Column, table_lines
from tui.cli.wording import percent
from tui.names import said

SHOWN_LAGS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 255)
"""Distances of which the norms are printed; `--json` has all."""


def add_arguments(parser: StudioParser) -> None:
    """Add the model and the texts."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN",
        help=tr("Number or name of the run, or a checkpoint's path"),
    )
    text = parser.add_argument_group(tr("text"))
    text.add_argument(
        "--text",
        metavar="TEXT",
        help=tr(
            "What units are compared with, in which \\n is a line end (default: the beginning of "
            "the held-out text)"
        ),
    )
    text.add_argument(
        "--data_file",
        metavar="FILE",
        help=tr("Held-out text to look through (default: the run's own validation text)"),
    )
    text.add_argument(
        "--encoding",
        metavar="NAME",
        help=tr(
            "Its encoding; a byte-order mark overrides it (default: {encoding})",
            encoding=Config().encoding,
        ),
    )
    add_json(parser, tr("Print one JSON object a look, as `train --json` does"))


def run(args: argparse.Namespace) -> int:
    """Look, and print what was seen."""
    for name in ("text", "data_file"):
        if name in args and not getattr(args, name):
            raise UsageError(tr("--{name} must not be empty", name=name))
    workspace = opened_workspace(args)
    encoding = getattr(args, "encoding", Config().encoding)
    check_data(getattr(args, "data_file", ""), encoding=encoding, folders=False)
    target = model_target(args, workspace)
    # Imported here, since this is what loads torch.
    from workspace.inference import open_language_model
    from workspace.looking import look_inside

    opened = open_language_model(workspace, target)
    for notice in opened.notices:
        complain(notice)
    seen = look_inside(
        workspace,
        opened,
        text=unescaped(getattr(args, "text", "")),
        data_file=getattr(args, "data_file", ""),
        encoding=getattr(args, "encoding", Config().encoding),
    )
    if "json" in args:
        for event in seen:
            write(escaped_line(encode_event(event)))
    else:
        write_lines(_lines(seen))
    return 0


def _lines(seen: Sequence[Event]) -> list[str]:
    lines: list[str] = []
    for event in seen:
        match event:
            case GradientsThroughTime():
                lines += [*_gradient_lines(event), ""]
            case GatesMeasured():
                lines += [*_gate_lines(event), ""]
            case TextInspected():
                lines += _unit_lines(event)
            case _:
                pass
    return lines


def _gradient_lines(seen: GradientsThroughTime) -> list[str]:
    places = [(lag, seen.lags.index(lag)) for lag in SHOWN_LAGS if lag in seen.lags]
    columns = [Column(tr("layer"), "right"), Column(tr("half-life"), "right")]
    columns += [Column(f"k={lag}", "right", optional=True) for lag, _ in places]
    rows = []
    for layer, (norms, half_life) in enumerate(zip(seen.norms, seen.half_lives, strict=True), 1):
        shown = ["–" if norms[place] is None else f"{norms[place]:.2g}" for _, place in places]
        rows.append([str(layer), tr("never") if half_life is None else f"{half_life:.1f}", *shown])
    head = tr(
        "gradients through time: size of ∂L/∂h by layer and by distance k, half-life in tokens"
    )
    return [head, *table_lines(columns, rows)]


def _gate_lines(seen: GatesMeasured) -> list[str]:
    columns = [
        Column(tr("layer"), "right"),
        Column(tr("values")),
        Column(tr("low end"), "right"),
        Column(tr("high end"), "right"),
        Column(tr("dead units"), "right"),
    ]
    rows = []
    for number, layer in enumerate(seen.layers, 1):
        for values in layer.values:
            dead = (
                tr("{dead} of {units}", dead=layer.dead, units=layer.units)
                if values.name == "hidden"
                else ""
            )
            ends = [percent(values.at_low), percent(values.at_high)]
            rows.append([str(number), said(values.name), *ends, dead])
    head = tr("gates and hidden states: share of values within 0.1 of either end of their range")
    return [head, *table_lines(columns, rows)]


def _unit_lines(seen: TextInspected) -> list[str]:
    columns = [
        Column(tr("property")),
        Column(tr("layer"), "right"),
        Column(tr("unit"), "right"),
        Column(tr("correlation"), "right"),
        Column(tr("chance"), "right"),
    ]
    rows = [
        [
            said(tracker.property),
            str(tracker.layer + 1),
            str(tracker.unit + 1),
            f"{tracker.correlation:+.2f}",
            f"{tracker.by_chance:.2f}",
        ]
        for tracker in seen.trackers
    ]
    count = len(seen.tokens)
    if not rows:
        return [
            trn(
                "units that follow the text best, over {n:,} token: none, for no property "
                "varies in it",
                "units that follow the text best, over {n:,} tokens: none, for no property "
                "varies in it",
                count,
            )
        ]
    head = tr("units that follow the text best, over {n:,} tokens", n=count)
    hint = tr("hold one while the model writes: rnnstudio generate --clamp LAYER:UNIT=0")
    return [head, *table_lines(columns, rows), hint]
