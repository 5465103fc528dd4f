"""Train an experiment without the dashboard: children by the store, lines by what they reach."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from core.control import Control
from core.errors import InputError
from tui.child_program import PROGRAM
from tui.cli.experiment_display import Presenter, presenter
from tui.cli.experiment_events import (
    ExperimentEnded,
    MemberEnded,
    experiment_started,
    planned_run,
)
from tui.cli.experiment_text import (
    ended_line,
    experiment_table_lines,
    going_on_lines,
    heading_lines,
    table_note,
)
from tui.cli.parents import orphan_check
from tui.cli.signals import StopSignals
from tui.cli.steady_output import SteadyOutput
from workspace.child_process import Child, start_child
from workspace.experiment_table import experiment_table
from workspace.experiments import Experiment, ExperimentStore, MemberState
from workspace.member_processes import MemberProcesses, Start
from workspace.warm_interpreter import WarmInterpreter

LOOK_EVERY_S = 0.1
"""How often the children are looked at."""

SHOW_EVERY_S = 0.5
"""How often the store is read for what moves on the terminal."""


def member_words(store: ExperimentStore, experiment: int, member: int, parent: int) -> list[str]:
    """Return the words that train one member in a child of `parent`, and end with it."""
    place = ["--workspace", str(store.runs.workspace.root)]
    rest = ["--with_process", str(parent), "--json", *place]
    return ["experiment", "member", str(experiment), str(member), *rest]


@contextmanager
def member_starter(store: ExperimentStore, experiment: int) -> Iterator[Start]:
    """Give what starts a child that trains a member.

    Where the system can fork safely, one interpreter loads the program for all of them.
    """
    program = [sys.executable, str(PROGRAM)]
    if sys.platform == "linux":
        with WarmInterpreter([*program, "experiment", "host"]) as warm:
            yield lambda member: warm.start(member_words(store, experiment, member, warm.pid))
    else:
        parent = os.getpid()
        yield lambda member: Child(
            *start_child(
                [*program, *member_words(store, experiment, member, parent)],
                stdout=subprocess.DEVNULL,
            )
        )


def run_experiment(
    args: argparse.Namespace,
    store: ExperimentStore,
    experiment: Experiment,
    *,
    parallel: int,
    is_new: bool = False,
) -> int:
    """Train what is not over yet of an experiment, and print its table.

    Args:
        args: How to show it: `json`, `to_loss`, and `workspace` if later commands need it too.
        store: Where it is.
        experiment: What to train.
        parallel: How many runs to train at a time.
        is_new: Whether it was planned by this command, and goes away if it cannot begin.

    Returns:
        0 where every run ended by its plan, 1 where one failed or diverged, 128 plus the number of
        the signal that ended it.

    Raises:
        InputError: It cannot begin.
        ReaderGone: Nobody reads standard output any more; all runs were stopped and saved.
    """
    control = Control()
    signals = StopSignals(control)
    as_json = "json" in args
    with (
        signals.handled(),
        SteadyOutput(control, keeps_all=as_json) as output,
        presenter(as_json=as_json, output=output, control=control) as shown,
    ):
        refusal = _train(store, experiment, parallel, control, shown, is_orphan=orphan_check(args))
        if refusal and is_new:
            store.forget(experiment.experiment)
            raise InputError(refusal)
        members = store.members(experiment.experiment)
        was_stopped = any(not member.is_over for member in members) and control.should_stop()
        _close(args, store, experiment, members, shown, was_stopped=was_stopped)
    if was_stopped and signals.number is not None:
        return 128 + signals.number
    output.raise_failure(was_cut_short=was_stopped)
    return 0 if all(m.is_over and m.status != "diverged" for m in members) else 1


def _train(
    store: ExperimentStore,
    experiment: Experiment,
    parallel: int,
    control: Control,
    shown: Presenter,
    *,
    is_orphan: Callable[[], bool],
) -> str:
    """Let the children train; return why the experiment cannot begin, if it cannot."""
    number = experiment.experiment
    next_look = 0.0
    with (
        member_starter(store, number) as start,
        MemberProcesses(store, number, start, parallel=parallel) as processes,
    ):
        store.share_threads(experiment, parallel)
        members = store.members(number)
        seeds = len({member.seed for member in members})
        shown.say(heading_lines(experiment, members))
        shown.tell(experiment_started(experiment, members))
        while not processes.is_done:
            if is_orphan():
                control.stop()
            if control.should_stop():
                processes.stop()
            for state in processes.advance():
                shown.say([ended_line(state, seeds)])
                shown.tell(MemberEnded(experiment=number, run=planned_run(state)))
            if time.monotonic() >= next_look:
                shown.show(store.members(number))
                next_look = time.monotonic() + SHOW_EVERY_S
            # A wish to stop would end the wait at once, time and again.
            time.sleep(LOOK_EVERY_S)
        shown.show(())
        return processes.refusal


def _close(
    args: argparse.Namespace,
    store: ExperimentStore,
    experiment: Experiment,
    members: Sequence[MemberState],
    shown: Presenter,
    *,
    was_stopped: bool,
) -> None:
    """Print the table and how to go on."""
    table = experiment_table(store.runs, members, getattr(args, "to_loss", None))
    reason: Literal["finished", "signal", "incomplete"] = "signal" if was_stopped else "incomplete"
    if all(member.is_over for member in members):
        reason = "finished"
    workspace = store.runs.workspace.root if "workspace" in args else None
    shown.say(["", *experiment_table_lines(experiment, table), *table_note(table)])
    # The experiment is as it was read before it ran: not being run.
    shown.say(going_on_lines(experiment, members, workspace))
    shown.tell(
        ExperimentEnded(
            experiment=experiment.experiment,
            reason=reason,
            to_loss=table.to_loss,
            table=table.rows,
        )
    )
