"""What can be wrong with a workspace, as values: the fault, and what mends it."""

from pathlib import Path
from typing import Literal

import msgspec

from core.settings import Value

Code = Literal[
    "database_damaged",
    "database_missing",
    "row_damaged",
    "row_orphaned",
    "run_lost",
    "run_folder_missing",
    "checkpoint_damaged",
    "checkpoint_unrecorded",
    "file_left_over",
    "lock_damaged",
    "corpus_damaged",
    "tokens_damaged",
    "experiment_empty",
    "member_gone",
    "preferences_wrong",
]


class Change(msgspec.Struct, frozen=True):
    """Hold a statement that mends rows."""

    sql: str
    values: tuple[Value | None, ...] = ()


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Describe what is wrong, and what a repair does about it."""

    code: Code
    message: str
    """What is wrong, in a sentence without a full stop."""
    run: int | None = None
    """The run that is concerned."""
    remedy: str = ""
    """What a repair does, in a sentence; empty where the user must."""
    changes: tuple[Change, ...] = ()
    """What is done to the rows, in one transaction, after a copy of the database was made."""
    moves: tuple[Path, ...] = ()
    """Files and folders that are set aside."""
    rebuilds: bool = False
    """Whether the database is made anew from what can be read of it."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a look at a workspace has found."""

    faults: list[Fault]
    notes: list[str]
    """What is not wrong and worth knowing, a sentence each."""
    runs: int
    """Runs that the database knows."""
    checkpoints: int
    """Checkpoints that verified."""
