"""What `rnnstudio experiment --json` prints: how an experiment goes, one object a line."""

from typing import Literal

import msgspec

from core.experiment import By
from core.settings import Value
from tui.cli.json_line import JsonLine
from workspace.experiment_table import Row, Table
from workspace.experiments import Experiment, MemberState


class PlannedRun(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a run of an experiment and what became of it."""

    member: int
    """Its number in the experiment, from 1."""
    run: int | None
    """Its number in the workspace; None before it begins."""
    name: str
    values: dict[str, Value]
    """What is varied, as it has it."""
    hidden_size: int
    seed: int
    status: str
    """As of runs; `waiting` before it begins, `failed` also where it could not begin."""
    step: int
    best_val_loss: float | None
    best_accuracy: float | None
    elapsed_s: float
    """Seconds of training."""
    failure: str
    """Why it could not begin or go on, or has failed; empty where none of that is so."""


class ExperimentDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Describe an experiment, its runs and its table."""

    experiment: int
    name: str
    created: str
    """ISO 8601, UTC."""
    by: By
    varied: dict[str, list[Value]]
    parallel: int
    is_running: bool
    """Whether a living process sees to it."""
    runs: list[PlannedRun]
    to_loss: float | None
    """The validation loss that times are told to."""
    table: list[Row]


class ExperimentStarted(JsonLine, frozen=True, kw_only=True):
    """Say what is about to be trained; runs that are over already are not trained again."""

    experiment: int
    name: str
    by: By
    varied: dict[str, list[Value]]
    parallel: int
    runs: list[PlannedRun]


class MemberEnded(JsonLine, frozen=True, kw_only=True):
    """Say that a run of the experiment has ended, for whatever reason."""

    experiment: int
    run: PlannedRun


class ExperimentEnded(JsonLine, frozen=True, kw_only=True):
    """Close an experiment; always the last object."""

    experiment: int
    reason: Literal["finished", "signal", "incomplete"]
    """`finished` where every run is over, `signal` where a signal ended it before, else
    `incomplete`."""
    to_loss: float | None
    """The validation loss that times are told to."""
    table: list[Row]


def planned_run(state: MemberState) -> PlannedRun:
    """Describe a member for scripts."""
    run = state.run
    return PlannedRun(
        member=state.member,
        run=run.run if run is not None else None,
        name=run.name if run is not None else state.name,
        values=state.values,
        hidden_size=int(state.config["hidden_size"]),
        seed=state.seed,
        status=state.status,
        step=run.step if run is not None else 0,
        best_val_loss=run.best_val_loss if run is not None else None,
        best_accuracy=run.best_accuracy if run is not None else None,
        elapsed_s=run.elapsed_s if run is not None else 0.0,
        failure=state.failure,
    )


def experiment_started(experiment: Experiment, members: list[MemberState]) -> ExperimentStarted:
    """Say what is about to be trained."""
    return ExperimentStarted(
        experiment=experiment.experiment,
        name=experiment.name,
        by=experiment.by,
        varied=experiment.varied,
        parallel=experiment.parallel,
        runs=[planned_run(state) for state in members],
    )


def experiment_details(
    experiment: Experiment, members: list[MemberState], table: Table
) -> ExperimentDetails:
    """Describe an experiment for scripts."""
    return ExperimentDetails(
        experiment=experiment.experiment,
        name=experiment.name,
        created=experiment.created,
        by=experiment.by,
        varied=experiment.varied,
        parallel=experiment.parallel,
        is_running=experiment.is_running,
        runs=[planned_run(state) for state in members],
        to_loss=table.to_loss,
        table=table.rows,
    )
