"""The store of experiments: a plan in, its members and what became of them out.

A member is a normal run once it has begun; what the store adds is which runs belong together,
what varies between them, and which are still to come.
"""

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from core.config import make_config, stored_values
from core.errors import InputError
from core.experiment import By, Member
from core.language import tr
from core.nearest import nearest_name
from core.settings import Value
from core.thread_shares import shared_threads, unshared_threads
from workspace.database import explained, transaction
from workspace.locks import RunLock, is_locked
from workspace.naming import checked_name, free_name, member_name
from workspace.records import Run, readable
from workspace.requests import MemberKey, Request, ResumeRequest, StartRequest, absolute_paths
from workspace.runs import RunStore

ENDED_BY_PLAN = ("finished", "max_steps", "max_seconds", "early_stop")
"""The states of a run that has done what was planned."""


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """Describe an experiment as the store knows it at this moment."""

    experiment: int
    """Its number; numbers count from 1 and are never given twice."""
    name: str
    created: str
    """ISO 8601, UTC."""
    by: By
    """What all of its models get equally."""
    varied: dict[str, list[Value]]
    """Values by setting."""
    parallel: int
    """How many members are trained at a time."""
    is_running: bool
    """Whether a living process sees to it."""

    @classmethod
    def from_row(cls, row: sqlite3.Row, *, is_running: bool) -> "Experiment":
        """Make it from the store's row."""
        with readable("experiments", row):
            values = {
                **dict(row),
                "by": row["compared_by"],
                "varied": msgspec.json.decode(row["varied"]),
                "is_running": is_running,
            }
            return msgspec.convert(values, cls)


class MemberState(msgspec.Struct, frozen=True, kw_only=True):
    """Say what became of a member so far."""

    member: int
    """Its number in the experiment, from 1."""
    name: str
    """What its run is called when it begins."""
    values: dict[str, Value]
    """What is varied, as it has it."""
    config: dict[str, Value]
    """Every setting as planned."""
    run: Run | None
    """Its run; None before it begins, and where the run was deleted."""
    failure: str
    """Why it could not begin or go on, or has failed; empty where none of that is so."""

    @classmethod
    def from_row(cls, row: sqlite3.Row, run: Run | None) -> "MemberState":
        """Make it from the store's row and its run."""
        with readable("members", row):
            values = {
                **dict(row),
                "values": msgspec.json.decode(row["varied"]),
                "config": msgspec.json.decode(row["config"]),
                "run": run,
            }
            return msgspec.convert(values, cls)

    @property
    def seed(self) -> int:
        """Its seed."""
        return int(self.config["seed"])

    @property
    def status(self) -> str:
        """Its run's status; before that `waiting`, or `failed` if it could not begin."""
        if self.run is not None:
            return self.run.status
        return "failed" if self.failure else "waiting"

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do: it ended by its plan, or its numbers did."""
        return self.status in (*ENDED_BY_PLAN, "diverged")

    @property
    def share_done(self) -> float:
        """How much of its budget it has used, 0 to 1; before the end 0 if only epochs bound it."""
        if self.run is None or self.is_over:
            return float(self.is_over)
        max_steps, max_seconds = int(self.config["max_steps"]), float(self.config["max_seconds"])
        if max_steps:
            return min(self.run.step / max_steps, 1.0)
        return min(self.run.elapsed_s / max_seconds, 1.0) if max_seconds else 0.0


class ExperimentStore:
    """Keep the experiments of a workspace; use each store from one thread only.

    Args:
        runs: The store of the runs that belong to them.

    Raises:
        WorkspaceError: From every method, where the database cannot be used.
    """

    def __init__(self, runs: RunStore) -> None:
        self.runs = runs
        self._database = runs.database

    def create(
        self,
        name: str,
        members: Sequence[Member],
        *,
        varied: Mapping[str, Sequence[Value]],
        by: By,
        parallel: int,
        is_named: bool = True,
    ) -> Experiment:
        """Keep a plan; nothing is trained yet.

        Args:
            name: What it is called.
            members: Its runs.
            varied: Values by setting.
            by: What all models get equally.
            parallel: How many members are to be trained at a time.
            is_named: Whether the user chose the name; one made up gets a number if it is taken.

        Raises:
            InputError: The name is taken or not allowed, or a path in the settings is.
        """
        planned = [(member, absolute_paths(member.config)) for member in members]
        connection = self._database.writer()
        with explained(self._database.path), transaction(connection, durable=True):
            taken = {row[0] for row in connection.execute("SELECT name FROM experiments")}
            name = (
                checked_name(name, taken, tr("an experiment"))
                if is_named
                else free_name(name, taken)
            )
            cursor = connection.execute(
                "INSERT INTO experiments (name, created, compared_by, varied, parallel)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    name,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    by,
                    _json(varied),
                    parallel,
                ),
            )
            number = cursor.lastrowid
            assert number is not None
            connection.executemany(
                "INSERT INTO members (experiment, member, name, varied, config)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (number, member.member, called, _json(member.values), _json(config))
                    for called, (member, config) in zip(
                        _member_names(name, members), planned, strict=True
                    )
                ],
            )
        return self.find(number)

    def check_name(self, name: str) -> None:
        """Refuse a name for a new experiment before work goes into it.

        Raises:
            InputError: The name is taken or not allowed.
        """
        checked_name(name, {one.name for one in self.list_experiments()}, tr("an experiment"))

    def list_experiments(self) -> list[Experiment]:
        """Return all experiments, newest first."""
        return [self._experiment(row) for row in self._rows("ORDER BY experiment DESC")]

    def find(self, target: str | int | None) -> Experiment:
        """Return the experiment that a user means.

        Args:
            target: A number (`#` before it is allowed), a name, or None for the newest one.

        Raises:
            InputError: There is none; names the nearest one.
        """
        if target is None:
            rows = self._rows("ORDER BY experiment DESC LIMIT 1")
        elif isinstance(target, int) or target.removeprefix("#").isdecimal():
            number = int(str(target).removeprefix("#")[:18])
            rows = self._rows("WHERE experiment = ?", (number,))
        elif target.isprintable():
            rows = self._rows("WHERE name = ?", (target,))
        else:
            rows = []  # as bytes that are no UTF-8 are not, which SQLite would not take
        if not rows:
            raise self._not_found(target)
        return self._experiment(rows[0])

    def of_run(self, run: int) -> Experiment | None:
        """Return the experiment that a run belongs to; None where it belongs to none."""
        rows = self._rows(
            "WHERE experiment = (SELECT experiment FROM members WHERE run = ?)", (run,)
        )
        return self._experiment(rows[0]) if rows else None

    def members(self, experiment: int) -> list[MemberState]:
        """Return what became of an experiment's members, in their order."""
        rows = self._database.select(
            "SELECT * FROM members WHERE experiment = ? ORDER BY member", (experiment,)
        )
        runs = {run.run: run for run in self.runs.list_runs()}
        return [MemberState.from_row(row, runs.get(row["run"])) for row in rows]

    def member(self, experiment: int, member: int) -> MemberState:
        """Return what became of one member.

        Raises:
            InputError: There is no such member.
        """
        rows = self._database.select(
            "SELECT * FROM members WHERE experiment = ? AND member = ?", (experiment, member)
        )
        if not rows:
            raise InputError(
                tr(
                    "experiment {experiment} has no run {member}",
                    experiment=experiment,
                    member=member,
                )
            )
        number = rows[0]["run"]
        return MemberState.from_row(rows[0], self.runs.find(number) if number is not None else None)

    def request(self, experiment: int, member: int) -> Request:
        """Return what a session is to do for a member: begin its run, or go on with it.

        A run that was killed before its first checkpoint is removed, since nothing of it is left.

        Raises:
            InputError: There is no such member, or a living process is training it.
        """
        state = self.member(experiment, member)
        if state.run is not None:
            if self.runs.checkpoints(state.run.run):
                return ResumeRequest(target=str(state.run.run))
            self.runs.delete(state.run.run)
        return StartRequest(
            config=make_config(stored_values(state.config)),
            name=state.name,
            member=MemberKey(experiment, member),
        )

    def note_failure(self, experiment: int, member: int, message: str) -> None:
        """Keep why a member could not begin or go on, or has failed; empty to forget it."""
        self._database.execute(
            "UPDATE members SET failure = ? WHERE experiment = ? AND member = ?",
            (message, experiment, member),
        )

    def share_threads(self, experiment: Experiment, parallel: int) -> None:
        """Let what has not begun share the threads, where more are trained at a time than planned.

        A run that has begun keeps its own, since its losses depend on them to the last bit.

        Args:
            experiment: What is trained; its lock is held.
            parallel: How many members are trained at a time from now on.
        """
        if parallel <= experiment.parallel:
            return
        waiting = [m for m in self.members(experiment.experiment) if m.run is None]
        connection = self._database.writer()
        with explained(self._database.path), transaction(connection, durable=True):
            for member in waiting:
                alone = unshared_threads(int(member.config["threads"]), experiment.parallel)
                config = {**member.config, "threads": shared_threads(alone, parallel)}
                connection.execute(
                    "UPDATE members SET config = ? WHERE experiment = ? AND member = ?",
                    (_json(config), experiment.experiment, member.member),
                )
            connection.execute(
                "UPDATE experiments SET parallel = ? WHERE experiment = ?",
                (parallel, experiment.experiment),
            )

    def forget(self, experiment: int) -> None:
        """Remove an experiment and the folder of its lock; its runs stay."""
        self._database.execute("DELETE FROM experiments WHERE experiment = ?", (experiment,))
        folder = self.runs.workspace.experiment_dir(experiment)
        with explained(self._database.path):
            if folder.exists():
                shutil.rmtree(folder)

    def lock(self, experiment: int) -> RunLock:
        """Take the right to see to an experiment; `release` of what is returned gives it back.

        Raises:
            InputError: A living process does.
        """
        with explained(self._database.path):
            try:
                return RunLock(self.runs.workspace.experiment_dir(experiment))
            except BlockingIOError:
                raise InputError(
                    tr(
                        "experiment {experiment} is being run by another process; wait for it, "
                        "or stop it first",
                        experiment=experiment,
                    )
                ) from None

    def _rows(self, rest: str, values: tuple[Value, ...] = ()) -> list[sqlite3.Row]:
        """Return rows of experiments; none where the database is of a time before them."""
        if not self._database.select("SELECT 1 FROM sqlite_master WHERE name = 'experiments'"):
            return []
        return self._database.select(f"SELECT * FROM experiments {rest}", values)

    def _experiment(self, row: sqlite3.Row) -> Experiment:
        folder = self.runs.workspace.experiment_dir(row["experiment"])
        return Experiment.from_row(row, is_running=is_locked(folder))

    def _not_found(self, target: str | int | None) -> InputError:
        names = [experiment.name for experiment in self.list_experiments()]
        if not names:
            return InputError(
                tr(
                    "there is no experiment in {root} yet; `rnnstudio experiment model-types` "
                    "makes one",
                    root=self.runs.workspace.root,
                )
            )
        near = nearest_name(str(target), names)
        if near is None:
            return InputError(
                tr(
                    "there is no experiment {name!r}; `rnnstudio experiment list` lists them",
                    name=str(target),
                )
            )
        return InputError(
            tr(
                "there is no experiment {name!r}; did you mean {near!r}?",
                name=str(target),
                near=near,
            )
        )


def _member_names(experiment: str, members: Sequence[Member]) -> list[str]:
    """Name the runs by what varies, and by their seeds where there are several."""
    seeds = {member.seed for member in members}
    return [
        member_name(experiment, member.values.values(), member.seed if len(seeds) > 1 else None)
        for member in members
    ]


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()
