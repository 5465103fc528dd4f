"""A look at the experiments of a workspace: rows, members, and the locks of who runs them."""

import sqlite3
from collections.abc import Collection
from pathlib import Path

from core.errors import DamagedStoreError
from core.language import tr
from workspace.connection import Database
from workspace.experiments import Experiment, MemberState
from workspace.faults import Change, Fault
from workspace.folders import experiment_folders
from workspace.locks import is_damaged, is_locked
from workspace.paths import Workspace


def experiment_faults(
    workspace: Workspace, database: Database, held: Collection[Path]
) -> tuple[list[Fault], list[str]]:
    """Look at experiments and their members.

    Args:
        workspace: The folder.
        database: Its database, sound as a file.
        held: Folders whose locks the caller has.

    Returns:
        What is wrong, and what is worth knowing.

    Raises:
        DamagedStoreError: A table cannot be read.
    """
    if not database.select("SELECT 1 FROM sqlite_master WHERE name = 'experiments'"):
        return [], []
    faults: list[Fault] = []
    notes: list[str] = []
    rows = database.select("SELECT * FROM experiments ORDER BY experiment")
    for row in rows:
        folder = workspace.experiment_dir(row["experiment"])
        if folder not in held and is_locked(folder):
            number = row["experiment"]
            notes.append(tr("experiment {number} is being run; it is passed over", number=number))
        else:
            faults += _of_experiment(database, row)
    numbers = {row["experiment"] for row in rows}
    return [*faults, *_gone(database), *_stale_locks(workspace, numbers, held)], notes


def _of_experiment(database: Database, row: sqlite3.Row) -> list[Fault]:
    number = row["experiment"]
    forget = Change("DELETE FROM experiments WHERE experiment = ?", (number,))
    try:
        Experiment.from_row(row, is_running=False)
    except DamagedStoreError as error:
        return [_bad_row(str(error), forget)]
    members = database.select("SELECT * FROM members WHERE experiment = ?", (number,))
    if not members:
        message = tr("experiment {number} has no members", number=number)
        remedy = tr("it is taken out of the database")
        return [Fault(code="experiment_empty", message=message, remedy=remedy, changes=(forget,))]
    faults = []
    for member in members:
        try:
            MemberState.from_row(member, None)
        except DamagedStoreError as error:
            sql = "DELETE FROM members WHERE experiment = ? AND member = ?"
            faults.append(_bad_row(str(error), Change(sql, (number, member["member"]))))
    return faults


def _gone(database: Database) -> list[Fault]:
    """Return the members whose runs or experiments are not there."""
    alone = "run NOT IN (SELECT run FROM runs)"
    faults = [
        Fault(
            code="member_gone",
            message=tr(
                "run {run} of experiment {experiment} is gone",
                run=row["run"],
                experiment=row["experiment"],
            ),
            remedy=tr("its place in the experiment waits to be trained"),
            changes=(Change(f"UPDATE members SET run = NULL WHERE {alone}"),),
        )
        for row in database.select(f"SELECT experiment, run FROM members WHERE {alone}")
    ]
    orphans = "experiment NOT IN (SELECT experiment FROM experiments)"
    rows = database.select(f"SELECT DISTINCT experiment FROM members WHERE {orphans}")
    return faults + [
        Fault(
            code="row_orphaned",
            message=tr("experiment {number} has members and no row", number=row[0]),
            remedy=tr("they are taken out of the database; their runs stay"),
            changes=(Change(f"DELETE FROM members WHERE {orphans}"),),
        )
        for row in rows
    ]


def _stale_locks(
    workspace: Workspace, numbers: Collection[int], held: Collection[Path]
) -> list[Fault]:
    faults = []
    for number, folder in experiment_folders(workspace).items():
        if folder not in held and is_locked(folder):
            continue
        if number not in numbers or is_damaged(folder):
            message = tr("{path} is the lock of no experiment", path=folder)
            faults.append(
                Fault(
                    code="lock_damaged",
                    message=message,
                    remedy=tr("it is set aside"),
                    moves=(folder,),
                )
            )
    return faults


def _bad_row(message: str, forget: Change) -> Fault:
    return Fault(
        code="row_damaged",
        message=message,
        remedy=tr("it is taken out of the database"),
        changes=(forget,),
    )
