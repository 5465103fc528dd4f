"""What stands between a trainer and the world: every event is stored, then passed on.

So nothing is announced that a crash could undo.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from core.errors import RnnStudioError, SaveError, WorkspaceError
from core.events import (
    CheckpointSaved,
    Diverged,
    Emit,
    Event,
    Noticed,
    Paused,
    Resumed,
    RunEnded,
    RunFailed,
    RunStarted,
)
from core.language import tr
from core.lineage import EVENTS as LINEAGE_EVENTS
from core.training.announcements import run_ended
from core.training.checkpoint import Checkpoint, write_checkpoint
from core.training.trainer import Trainer
from workspace.checkpoints import new_path, prune, ranked
from workspace.export import export_checkpoint
from workspace.export_owner import owner_of
from workspace.outage import Outage
from workspace.records import Run, SavedCheckpoint
from workspace.runs import RunStore

Result = TypeVar("Result")


class LiveRun:
    """Keep the events and checkpoints of one run, waiting for the disk where it must.

    A trainer is given `keep` and `save` when it is made, and takes its first step in `train`.

    Args:
        store: Where to keep them.
        emit: Takes every event after it was stored.
        outage: Waits while the disk refuses them.
        resumed_from: The checkpoint that the run goes on from, which is never pruned.
        overwrite: Whether the first model in `save_dir` may replace what another run wrote.
    """

    def __init__(
        self,
        store: RunStore,
        emit: Emit,
        outage: Outage,
        resumed_from: Path | None = None,
        *,
        overwrite: bool = False,
    ) -> None:
        self._store = store
        self._emit = emit
        self._outage = outage
        self._overwrite = overwrite
        self._protected = [resumed_from] if resumed_from is not None else []
        self._run: Run | None = None
        self._trainer: Trainer | None = None
        self._keep_checkpoints = 1
        self._is_paused = False
        """Whether the user wants a pause."""
        self._gave_up = ""
        """Why the run ends, once the disk was waited for in vain."""
        self._ended: RunEnded | None = None

    def train(self, trainer: Trainer, run: Run, notices: Sequence[str] = ()) -> RunEnded:
        """Let a trainer run to its end.

        Args:
            trainer: Made with this object's `keep` and `save`.
            run: Its row in the store, created or claimed there.
            notices: What the user should know first, a sentence each.

        Returns:
            The last event, as it was passed on.
        """
        self._run, self._trainer = run, trainer
        trainer.name = run.name
        for event in self._store.of_kinds(run.run, LINEAGE_EVENTS):
            trainer.watch.recall(event)
        if self._protected:
            trainer.watch.resumed_from = str(self._protected[0])
        try:
            for notice in notices:
                self.keep(Noticed(message=notice))
            trainer.run()
        except RnnStudioError as error:
            # The trainer ends by itself but for one cause: the store took no more events.
            self._fail(trainer, self._gave_up or str(error))
        except Exception as error:
            self._fail(
                trainer,
                tr(
                    "internal error: {kind}: {error}",
                    kind=type(error).__name__,
                    error=error,
                ),
            )
            raise
        assert self._ended is not None, "a trainer's last event is RunEnded"
        return self._ended

    def keep(self, event: Event) -> None:
        """Store an event, then pass it on.

        Raises:
            WorkspaceError: It could not be stored, and was not passed on.
        """
        event = self._completed(event)
        try:
            self._store.record(self._number, event)
        except WorkspaceError as error:
            # The store has taken it in and only has to write it.
            self._outlast(error, lambda: self._store.flush(self._number))
            if isinstance(event, RunEnded):
                self._store.release(self._number)
        self._pass_on(event)
        if isinstance(event, CheckpointSaved):
            self._prune()

    def save(self, checkpoint: Checkpoint, is_best: bool) -> CheckpointSaved:
        """Write a checkpoint into the run's folder; the best one into `save_dir` too.

        Raises:
            SaveError: The run's folder cannot be written.
        """
        header = checkpoint.header
        try:
            path, sha256, size = self._write(checkpoint)
        except SaveError as error:
            path, sha256, size = self._outlast(error, lambda: self._write(checkpoint))
        self._keep_checkpoints = int(header.config["keep_checkpoints"])
        save_dir = str(header.config["save_dir"])
        if is_best and save_dir:
            try:
                self._export(checkpoint, Path(save_dir))
            except RnnStudioError as error:
                # The checkpoint itself is safe, so training goes on.
                self.keep(Noticed(message=str(error)))
        return CheckpointSaved(
            step=header.progress.step, path=str(path), sha256=sha256, size=size, is_best=is_best
        )

    def _export(self, checkpoint: Checkpoint, folder: Path) -> None:
        assert self._run is not None, "a trainer saves nothing before `train`"
        owner = owner_of(self._store.workspace, self._run)
        export_checkpoint(checkpoint, folder, owner, overwrite=self._overwrite)
        self._overwrite = False

    def _write(self, checkpoint: Checkpoint) -> tuple[Path, str, int]:
        """Write a checkpoint under a new name; where it cannot be durable, nothing remains."""
        run_dir = self._store.workspace.run_dir(self._number)
        path = new_path(run_dir, checkpoint.header.progress.step)
        try:
            return (path, *write_checkpoint(path, checkpoint))
        except SaveError:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise

    def _prune(self) -> None:
        # What cannot go now goes after the next checkpoint.
        with suppress(WorkspaceError):
            prune(
                self._store,
                self._number,
                keep=self._keep_checkpoints,
                protected=[*self._protected, *(saved.path for saved in self._ranked()[:1])],
            )

    def _outlast(self, error: RnnStudioError, attempt: Callable[[], Result]) -> Result:
        """Wait until the disk takes what it has refused.

        Raises:
            RnnStudioError: Nobody wants to wait any more; it names the last good checkpoint.
        """
        step = self._trainer.step if self._trainer is not None else 0
        began, told = time.monotonic(), False

        def tell() -> None:
            nonlocal told
            told = True
            self._emit(Paused(step=step, reason=str(error)))

        try:
            result = self._outage.outlast(error, attempt, tell)
        except RnnStudioError as last:
            if not told:
                raise
            self._gave_up = self._gave_up_text(last, time.monotonic() - began)
            raise type(last)(self._gave_up) from last
        # Told without being stored: of the run itself nothing has changed.
        self._emit(Paused(step=step) if self._is_paused else Resumed(step=step))
        return result

    def _gave_up_text(self, error: RnnStudioError, seconds: float) -> str:
        saved: list[SavedCheckpoint] = []
        with suppress(RnnStudioError):
            saved = self._store.checkpoints(self._number)
        if not saved:
            return tr(
                "{error}; gave up after {seconds:.0f} s, and there is no checkpoint yet",
                error=error,
                seconds=seconds,
            )
        return tr(
            "{error}; gave up after {seconds:.0f} s; the last good checkpoint is {path} (step "
            "{step:,})",
            error=error,
            seconds=seconds,
            path=saved[0].path,
            step=saved[0].step,
        )

    @property
    def _number(self) -> int:
        assert self._run is not None, "a trainer emits nothing before `train`"
        return self._run.run

    def _completed(self, event: Event) -> Event:
        """Fill in what a trainer does not know: the run's number and its newest checkpoint.

        That of a divergence is the one from before it, which is kept to go back to.
        """
        match event:
            case RunStarted():
                return msgspec.structs.replace(event, run=self._number)
            case Diverged() if (back := self._way_back()) is not None:
                return msgspec.structs.replace(
                    event, checkpoint=str(back.path), checkpoint_step=back.step
                )
            case RunEnded():
                saved = self._ranked()
                first = str(saved[0].path) if saved else None
                return msgspec.structs.replace(event, run=self._number, checkpoint=first)
            case _:
                return event

    def _way_back(self) -> SavedCheckpoint | None:
        """Return the newest sane checkpoint of the branch in training; None where none is."""
        first = next(iter(self._ranked()), None)
        assert self._trainer is not None, "a trainer emits nothing before `train`"
        return first if first and self._trainer.watch.lineage.is_sane(first.path) else None

    def _ranked(self) -> list[SavedCheckpoint]:
        assert self._trainer is not None, "a trainer emits nothing before `train`"
        return ranked(self._store, self._number, self._trainer.watch.lineage)

    def _pass_on(self, event: Event) -> None:
        match event:
            case RunEnded():
                self._ended = event
            case Paused() | Resumed():
                self._is_paused = isinstance(event, Paused)
            case _:
                pass
        self._emit(event)

    def _fail(self, trainer: Trainer, message: str) -> None:
        """End the run by an error; it is told even if it can no longer be stored."""
        ended = run_ended("failed", trainer.progress, run=self._number)
        for event in (RunFailed(message=message), ended):
            told: Event = event
            # The store may be what failed.
            with suppress(RnnStudioError):
                told = self._completed(event)
                self._store.record(self._number, told)
            self._pass_on(told)
        if self._store.holds(self._number):
            # What waits has one more chance; that it fails again is known already.
            with suppress(RnnStudioError):
                self._store.release(self._number)
