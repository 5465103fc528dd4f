"""Events to rows: what is written at once, what waits a second, what outlives a power cut."""

import sqlite3
import time
from pathlib import Path

import msgspec

from core.events import (
    CheckpointSaved,
    ClassesMeasured,
    Diverged,
    Evaluated,
    Event,
    Paused,
    Resumed,
    RunEnded,
    RunStarted,
    SettingsChanged,
    StepsDone,
    TextClassified,
    TextInspected,
    TextSampled,
    encode_event,
)
from core.settings import Value
from workspace.database import transaction

DURABLE = (Evaluated, ClassesMeasured, CheckpointSaved, SettingsChanged, Diverged, RunEnded)
"""Kinds of events that are on the disk before `record` returns."""

LONGEST_WAIT_S = 1.0
"""How long reports of steps may wait, to be written together."""


class RunRow:
    """Fold events into what the row of their run says.

    Args:
        config: Every setting by name, as the run begins.
    """

    def __init__(self, config: dict[str, Value]) -> None:
        self._config = config

    def columns(self, event: Event) -> dict[str, Value | None]:
        """Return what an event changes in the row."""
        match event:
            case RunStarted():
                self._config = event.config
                return {
                    "status": "running",
                    "step": event.start_step,
                    "parameters": event.parameters,
                    "corpus_name": event.corpus_name,
                    "config": _json(self._config),
                    "best_val_loss": event.best_val_loss,
                    "best_accuracy": event.best_accuracy,
                }
            case StepsDone():
                return {
                    "step": event.step,
                    "last_loss": event.loss,
                    "elapsed_s": event.elapsed_s,
                }
            case Evaluated():
                return {
                    "best_val_loss": event.best_val_loss,
                    "best_accuracy": event.best_accuracy,
                    "elapsed_s": event.elapsed_s,
                }
            case SettingsChanged():
                changed = {change.name: change.new for change in event.changes}
                self._config = self._config | changed
                return {"config": _json(self._config)}
            case Paused():
                return {"status": "paused"}
            case Resumed():
                return {"status": "running"}
            case RunEnded():
                return {
                    "status": event.reason,
                    "step": event.step,
                    "best_val_loss": event.best_val_loss,
                    "best_accuracy": event.best_accuracy,
                    "elapsed_s": event.elapsed_s,
                }
            case _:
                return {}


class Recorder:
    """Write the events of one run, in order, and keep the run's own row up to date.

    Nothing is forgotten when a write fails: what waited is written by the next attempt.

    Args:
        connection: As `open_for_writing` made it.
        run: The run's number.
        run_dir: The run's folder; checkpoints in it are stored by name, so that the workspace
            can be moved.
        config: Every setting by name, as the run begins.
    """

    def __init__(
        self, connection: sqlite3.Connection, run: int, run_dir: Path, config: dict[str, Value]
    ) -> None:
        self._connection = connection
        self._run = run
        self._run_dir = run_dir
        self._row = RunRow(config)
        self._waiting: list[Event] = []
        self._waiting_since = 0.0
        self._samples: dict[tuple[str, int], TextSampled] = {}

    def record(self, event: Event) -> None:
        """Take the next event; only reports of steps may wait to be written.

        Raises:
            sqlite3.Error: It could not be written; it waits for the next attempt.
        """
        if isinstance(event, TextClassified | TextInspected):
            return  # an answer to what is being typed belongs to the moment, not to the run
        now = time.monotonic()
        if not self._waiting:
            self._waiting_since = now
        match event:
            case TextSampled():
                self._gather(event)
            case RunEnded():
                self._waiting += [*self._samples.values(), event]
                self._samples.clear()
            case _:
                self._waiting.append(event)
        may_wait = isinstance(event, StepsDone | TextSampled)
        if not may_wait or now - self._waiting_since >= LONGEST_WAIT_S:
            self.flush()

    def flush(self) -> None:
        """Write what waits, in one transaction.

        Raises:
            sqlite3.Error: It could not be written; all of it still waits.
        """
        if not self._waiting:
            return
        durable = any(isinstance(event, DURABLE) for event in self._waiting)
        with transaction(self._connection, durable=durable):
            self._connection.executemany(
                "INSERT INTO events (run, type, body) VALUES (?, ?, ?)",
                [(self._run, type(e).__name__, encode_event(e).decode()) for e in self._waiting],
            )
            for event in self._waiting:
                if isinstance(event, CheckpointSaved):
                    self._insert_checkpoint(event)
            self._update_run()
        self._waiting.clear()

    def _gather(self, fragment: TextSampled) -> None:
        """Join the fragments of a sample; a sample is one row, written when it is done."""
        whole = fragment
        # Samples of the console and those drawn at evaluations are numbered apart.
        key = (fragment.origin, fragment.sample)
        if begun := self._samples.pop(key, None):
            whole = msgspec.structs.replace(
                fragment,
                tokens=begun.tokens + fragment.tokens,
                probabilities=begun.probabilities + fragment.probabilities,
            )
        if whole.done:
            self._waiting.append(whole)
        else:
            self._samples[key] = whole

    def _insert_checkpoint(self, saved: CheckpointSaved) -> None:
        path = Path(saved.path)
        file = path.name if path.parent == self._run_dir else str(path)
        self._connection.execute(
            "INSERT INTO checkpoints (run, step, file, sha256, size, is_best)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self._run, saved.step, file, saved.sha256, saved.size, saved.is_best),
        )

    def _update_run(self) -> None:
        columns: dict[str, Value | None] = {}
        for event in self._waiting:
            columns.update(self._row.columns(event))
        if columns:
            assignments = ", ".join(f"{column} = ?" for column in columns)
            self._connection.execute(
                f"UPDATE runs SET {assignments} WHERE run = ?", (*columns.values(), self._run)
            )


def _json(config: dict[str, Value]) -> str:
    return msgspec.json.encode(config).decode()
