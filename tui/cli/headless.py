"""Train without the dashboard: a session, its events on standard output, an exit code."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from core.control import Control, StopRequested
from core.events import Emit, Event, PhaseChanged, ReplayCompared, RunEnded, RunFailed, encode_event
from tui.cli.json_line import escaped_line
from tui.cli.output import complain, is_terminal
from tui.cli.signals import EndedBySignal, StopSignals
from tui.cli.steady_output import SteadyOutput

if TYPE_CHECKING:
    from tui.cli.training_log import TrainingLog
    from workspace.paths import Workspace
    from workspace.requests import Request

LOG_EVERY_S = 5.0
"""Seconds of training between two lines of steps in a log."""


def train_headless(
    args: argparse.Namespace,
    workspace: "Workspace",
    request: "Request",
    should_end: Callable[[], bool] = lambda: False,
) -> int:
    """Run a session to its end.

    Args:
        args: How to show it: `json` for events, and `workspace` if later commands need it too.
        workspace: Where the run is kept.
        request: What to train.
        should_end: Asked at each event whether to save and end, as after a signal.

    Returns:
        0 for a run that ended as planned or as the user wished, 1 for one that diverged or
        failed, or whose losses are not those that it should repeat, 128 plus the number of the
        signal that ended it (SIGPIPE's where the reader of its output went away).

    Raises:
        RnnStudioError: The run could not begin.
        ReaderGone: Nobody reads standard output any more; the run was stopped and saved.
    """
    control = Control()
    signals = StopSignals(control)
    ended: RunEnded | None = None
    failures: list[str] = []
    verdict: ReplayCompared | None = None
    with (
        signals.handled(),
        SteadyOutput(control, keeps_all="json" in args) as output,
        _presentation(args, workspace, output, control) as show,
    ):

        def emit(event: Event) -> None:
            nonlocal verdict
            if isinstance(event, RunFailed):
                failures.append(event.message)
            if isinstance(event, ReplayCompared):
                verdict = event
            if should_end():
                control.stop("signal")
            show(event)

        emit(PhaseChanged(phase="loading_torch", step=0))
        try:
            with signals.unwinding():
                # Imported here, since this is what loads torch.
                from workspace.session import Session
        except EndedBySignal:
            ended = RunEnded(run=None, reason="signal", step=0, best_val_loss=None, checkpoint=None)
            emit(ended)
        else:
            with suppress(StopRequested):
                ended = Session(workspace, request, emit=emit, control=control).run()
    if signals.number is not None and output.is_stalled:
        return 128 + signals.number
    for message in failures:
        complain(message)
    if signals.number is not None and (ended is None or ended.reason == "signal"):
        return 128 + signals.number
    output.raise_failure(was_cut_short=ended is None or ended.reason == "stopped")
    return _exit_code(ended, verdict)


def _exit_code(ended: RunEnded | None, verdict: ReplayCompared | None) -> int:
    """Return 1 for a run that diverged or failed, and for a replay that is not its run."""
    reason = ended.reason if ended is not None else None
    if reason in ("diverged", "failed"):
        return 1
    if verdict is None or (reason in ("stopped", "signal") and verdict.step is None):
        return 0
    return 0 if verdict.equal_steps == verdict.recorded_steps else 1


@contextmanager
def _presentation(
    args: argparse.Namespace, workspace: "Workspace", output: SteadyOutput, control: Control
) -> Iterator[Emit]:
    """Choose how events are shown: as JSON, on a terminal, or as lines for a pipe."""
    named = workspace.root if "workspace" in args else None
    if "json" in args:
        yield partial(_show_json, output)
    elif is_terminal():
        from tui.cli.progress_display import ProgressDisplay
        from tui.cli.training_log import TrainingLog

        with ProgressDisplay(output, control, TrainingLog(None, named)) as display:
            yield display.show
    else:
        from tui.cli.training_log import TrainingLog

        yield partial(_show_lines, output, TrainingLog(LOG_EVERY_S, named))


def _show_json(output: SteadyOutput, event: Event) -> None:
    output.write(escaped_line(encode_event(event)))


def _show_lines(output: SteadyOutput, log: "TrainingLog", event: Event) -> None:
    for line in log.lines(event):
        output.write(line + "\n")
