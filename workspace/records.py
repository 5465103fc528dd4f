"""What the store says of a run and of a checkpoint, as values."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from core.errors import DamagedStoreError
from core.language import tr
from core.settings import Value

LIVE = ("running", "paused")
"""The states of a run that a living process trains."""


TAG_SEPARATOR = ","
"""What stands between tags, in the table and where people write them."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a run as the store knows it at this moment."""

    run: int
    """Its number; numbers count from 1 and are never given twice."""
    name: str
    status: str
    """`running`, `paused`, the reason of its end, or `interrupted` if its process died."""
    step: int
    """Steps done."""
    best_val_loss: float | None
    created: str
    """ISO 8601, UTC."""
    config: dict[str, Value]
    """Every setting by name, live changes folded in."""
    corpus_name: str
    parameters: int | None
    """Trainable numbers; None until training began."""
    elapsed_s: float
    """Seconds of training."""
    last_loss: float | None
    """Mean nats per token over the last report; None where unknown or not finite."""
    pinned: bool
    pid: int | None
    """The process that trains or last trained it."""
    host: str | None
    """The machine of that process."""
    best_accuracy: float | None = None
    """Of the best model on the validation texts, 0 to 1; None for a language model."""
    notes: str = ""
    """What the user wrote of it."""
    tags: tuple[str, ...] = ()
    """Words that the user gave it, to find it by."""

    @property
    def is_live(self) -> bool:
        """Whether a living process is training it."""
        return self.status in LIVE

    @property
    def task(self) -> str:
        """What it learns, as the setting `task` names it."""
        return str(self.config.get("task", "language"))

    @classmethod
    def from_row(cls, row: sqlite3.Row, *, locked: bool) -> "Run":
        """Make it from the store's row.

        Args:
            row: All columns of the table.
            locked: Whether a living process holds the run; a row that says so alone may be
                what a killed process left behind.
        """
        values = dict(row)
        if values["status"] in LIVE and not locked:
            values["status"] = "interrupted"
        with readable("runs", row):
            values["config"] = msgspec.json.decode(values["config"])
            values["pinned"] = bool(values["pinned"])
            if "tags" in values:  # a workspace that cannot be written may be of an older format
                values["tags"] = tuple(filter(None, values["tags"].split(TAG_SEPARATOR)))
            return msgspec.convert(values, cls)


class SavedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a checkpoint that was durable on disk when it was recorded."""

    step: int
    path: Path
    """Absolute."""
    sha256: str
    size: int
    """Bytes."""
    is_best: bool
    """Whether it held the best model when it was saved."""

    @classmethod
    def from_row(cls, row: sqlite3.Row, run_dir: Path) -> "SavedCheckpoint":
        """Make it from the store's row and the run's folder."""
        with readable("checkpoints", row):
            file = Path(row["file"])
            # What is pruned is removed, so a name must not lead out of the run's folder.
            if file.name != row["file"] or file.name in ("", ".."):
                raise ValueError(tr("{file!r} is not the name of a file", file=row["file"]))
            values = {**dict(row), "path": run_dir / file, "is_best": bool(row["is_best"])}
            return msgspec.convert(values, cls)


@contextmanager
def readable(table: str, row: sqlite3.Row) -> Iterator[None]:
    """Turn what decoding a row raises into one sentence.

    Raises:
        DamagedStoreError: The row holds something else than this program writes.
    """
    try:
        yield
    except (msgspec.MsgspecError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedStoreError(
            tr(
                "row {number} of {table} in the database is damaged: {error}; `rnnstudio check "
                "--repair` mends it, or name another --workspace",
                number=row[0],
                table=table,
                error=error,
            )
        ) from None
