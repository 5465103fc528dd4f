"""`rnnstudio lr-range`: which learning rate suits a model and its data, by a short test."""

import argparse
import shutil
from collections.abc import Sequence
from contextlib import suppress

from core.control import Control, StopRequested
from core.language import tr
from core.rate_range import (
    DIVERGED,
    HIGHEST_RATE,
    LOWEST_RATE,
    STEPS,
    RangePoint,
    growing_rates,
    suggested_rate,
)
from core.settings import text_of
from tui.cli.json_line import JsonLine, json_line
from tui.cli.options import add_json, add_new_settings, new_config
from tui.cli.output import is_terminal
from tui.cli.parents import add_with_process, orphan_check
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import check_corpus, opened_workspace, preferences_of
from tui.cli.signals import EndedBySignal, StopSignals
from tui.cli.steady_output import SteadyOutput
from tui.cli.wording import loss_text

MOST_STEPS = 100_000
"""Steps that a test may take."""

PLAIN_WIDTH = 78
"""Cells of the curve where there is no terminal."""

LINE_EVERY = 10
"""Steps between two lines in a log."""


class RangeStep(JsonLine, frozen=True, kw_only=True):
    """Report one step of the test."""

    step: int
    """From 1."""
    learning_rate: float
    loss: float | None
    """Before the step, in mean nats per token or text."""
    smoothed: float | None


class RangeEnded(JsonLine, frozen=True, kw_only=True):
    """Close the test; always the last object."""

    suggestion: float | None
    """A learning rate; None where the loss has not fallen, and of a test that was stopped."""
    reason: str
    """`finished`, `diverged` or `stopped`."""


def add_arguments(parser: StudioParser) -> None:
    """Add the rates, and every setting of a new run."""
    group = parser.add_argument_group(tr("the test"))
    group.add_argument(
        "--lowest",
        metavar="X",
        help=tr("Learning rate of the first step (default: {rate:g})", rate=LOWEST_RATE),
    )
    group.add_argument(
        "--highest",
        metavar="X",
        help=tr("Learning rate of the last step (default: {rate:g})", rate=HIGHEST_RATE),
    )
    group.add_argument("--steps", metavar="N", help=tr("Steps (default: {n})", n=STEPS))
    add_new_settings(parser, group, prefix="")
    add_json(parser, tr("Print one JSON object a line: RangeStep for each step, then RangeEnded"))
    add_with_process(parser)


def run(args: argparse.Namespace) -> int:
    """Test the rates, and say which one suits.

    Returns:
        0 where the test has ended, 128 plus the number of the signal that ended it.

    Raises:
        InputError: The settings, the data or the rates are refused.
        ReaderGone: Nobody reads standard output any more.
    """
    rates, is_orphan = _rates(args), orphan_check(args)
    workspace = opened_workspace(args)
    preferred = preferences_of(workspace).settings
    config = new_config(getattr(args, "settings", {}), getattr(args, "preset", None), preferred)
    check_corpus(workspace, config)
    control = Control()
    signals = StopSignals(control)
    points: list[RangePoint] = []
    as_json = "json" in args
    with signals.handled(), SteadyOutput(control, keeps_all=as_json) as output:
        with suppress(StopRequested, EndedBySignal):
            with signals.unwinding():
                # Imported here, since this is what loads torch.
                from workspace.rate_range import range_points

            for point in range_points(
                workspace, config, rates, lambda _phase, _detail, _done: None, control.should_stop
            ):
                points.append(point)
                if is_orphan():
                    control.stop()
                _show_step(output, point, len(rates), as_json=as_json)
        reason = _reason(points, rates, was_stopped=control.should_stop())
        # A part of the range says nothing of the rates that were not tried.
        suggestion = suggested_rate(points) if reason != "stopped" else None
        if as_json:
            output.write(json_line(RangeEnded(suggestion=suggestion, reason=reason)))
        else:
            closing = [*_curve(points, suggestion), _verdict(points, rates, reason, suggestion)]
            output.write("\n".join(closing) + "\n")
    if signals.number is not None and reason == "stopped":
        return 128 + signals.number
    output.raise_failure(was_cut_short=reason == "stopped")
    return 0


def _reason(points: Sequence[RangePoint], rates: Sequence[float], *, was_stopped: bool) -> str:
    """Say why the test ended."""
    if len(points) == len(rates):
        return "finished"
    return "stopped" if was_stopped else "diverged"


def _show_step(output: SteadyOutput, point: RangePoint, steps: int, *, as_json: bool) -> None:
    """Print a step as JSON, over the line before on a terminal, or some of them in a log."""
    if as_json:
        step = RangeStep(
            step=point.step,
            learning_rate=point.learning_rate,
            loss=point.loss,
            smoothed=point.smoothed,
        )
        output.write(json_line(step))
        return
    line = tr(
        "step {step:,}/{steps:,}  lr {rate:.2e}  loss {loss}",
        step=point.step,
        steps=steps,
        rate=point.learning_rate,
        loss=loss_text(point.smoothed),
    )
    if is_terminal():
        # Imported here, since the help needs no rich.
        from tui.cells import cell_ljust

        output.write(f"\r{cell_ljust(line, 60)}")
    elif point.step % LINE_EVERY == 0 or point.step == steps:
        output.write(line + "\n")


def _curve(points: Sequence[RangePoint], suggestion: float | None) -> list[str]:
    """Draw what was measured, below an empty line."""
    known = [
        (point.learning_rate, point.smoothed) for point in points if point.smoothed is not None
    ]
    if len(known) < 2:
        return [""]
    # Imported here, since the help needs no numpy.
    from tui.cli.rate_curve import curve_lines

    width = shutil.get_terminal_size().columns - 1 if is_terminal() else PLAIN_WIDTH
    rates, losses = [rate for rate, _ in known], [loss for _, loss in known]
    title = tr("smoothed loss by learning rate")
    return ["", title, *curve_lines(rates, losses, suggestion, width)]


def _verdict(
    points: Sequence[RangePoint], rates: Sequence[float], reason: str, suggestion: float | None
) -> str:
    """Say which rate suits, below why the test ended before its last step."""
    if reason == "stopped":
        return tr(
            "stopped after {n:,} of {steps:,} steps: no suggestion from a part of the rates",
            n=len(points),
            steps=len(rates),
        )
    if suggestion is None:
        verdict = tr("no suggestion: the loss has not fallen; test other rates, or more steps")
    else:
        verdict = tr("suggestion: --learning_rate {suggestion}", suggestion=text_of(suggestion))
    if reason != "diverged":
        return verdict
    why = tr(
        "diverged at {rate:.1e}: not finite, or {times:g} times its best loss",
        rate=points[-1].learning_rate if points else 0.0,
        times=DIVERGED,
    )
    return f"{why}\n{verdict}"


def _rates(args: argparse.Namespace) -> list[float]:
    """Return the rates that were asked for.

    Raises:
        UsageError: They are no growing numbers above 0, or too few or too many.
    """
    lowest = _number("lowest", getattr(args, "lowest", str(LOWEST_RATE)))
    highest = _number("highest", getattr(args, "highest", str(HIGHEST_RATE)))
    if not lowest < highest:
        raise UsageError(
            tr(
                "--lowest must be below --highest, got {lowest:g} and {highest:g}",
                lowest=lowest,
                highest=highest,
            )
        )
    steps: str = getattr(args, "steps", str(STEPS))
    if not (steps.isascii() and steps.isdecimal() and 2 <= int(steps[:18]) <= MOST_STEPS):
        raise UsageError(
            tr(
                "--steps must be a whole number from 2 to {most:,}, got {steps!r}",
                most=MOST_STEPS,
                steps=steps,
            )
        )
    return growing_rates(lowest, highest, int(steps))


def _number(name: str, word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = 0.0
    if not 0 < number <= 100:
        raise UsageError(
            tr(
                "--{name} must be a number above 0 and at most 100, got {word!r}",
                name=name,
                word=word,
            )
        )
    return number
