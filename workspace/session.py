"""A session carries out one request: text, model, and training to the last event."""

import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import assert_never

from core.config import Config, config_values, make_config
from core.control import Control, StopRequested
from core.events import Emit, Evaluated, Event, Noticed, Phase, PhaseChanged, RunEnded
from core.text.vocabulary import vocabulary_from_dict
from core.training.announcements import run_ended
from core.training.device import pick_device
from core.training.out_of_memory import memory_explained
from core.training.progress import Progress
from core.training.tasks import Data
from core.training.trainer import Trainer
from workspace.data import load_data
from workspace.data_watch import DataWatch
from workspace.export_owner import ExportGuard, owner_of
from workspace.live_run import LiveRun
from workspace.naming import automatic_name
from workspace.outage import PATIENCE_S, Outage
from workspace.paths import Workspace, require_writable_folder
from workspace.readable import refuse_missing
from workspace.replaying import prepare_replay
from workspace.requests import (
    ReplayRequest,
    Request,
    ResumeRequest,
    StartRequest,
    absolute_paths,
)
from workspace.resuming import Resumption, check_same_text, prepare, run_to_resume
from workspace.runs import RunStore

PROGRESS_EVERY_S = 0.1
"""How often the progress of a phase is told."""


class Session:
    """Carry out one request, headless or in the dashboard's engine thread.

    Args:
        workspace: Where the run is kept.
        request: What to do.
        emit: Takes every event, on the thread of `run`, after it was stored.
        control: Where commands come from.
        patience_s: How long a run waits for a disk that refuses it; infinite where a user is told
            and can end it.
    """

    def __init__(
        self,
        workspace: Workspace,
        request: Request,
        *,
        emit: Emit,
        control: Control,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._workspace = workspace
        self._request = request
        self._emit = emit
        self._control = control
        self._outage = Outage(control, patience_s)
        self._watch: DataWatch | None = None
        self._phase: tuple[Phase, str] | None = None
        self._phase_told = 0.0

    def run(self) -> RunEnded:
        """Do what was asked for, and return the last event.

        Raises:
            RnnStudioError: Something is wrong before training begins; nothing was written then.
                What goes wrong later ends the run as `failed` instead.
        """
        self._workspace.require_writable()
        with closing(RunStore(self._workspace)) as store, ExitStack() as ends:
            ends.callback(self._end_watch)
            match self._request:
                case StartRequest():
                    return self._start(store, self._request)
                case ResumeRequest():
                    return self._resume(store, self._request)
                case ReplayRequest():
                    return self._replay(store, self._request)
                case _:
                    assert_never(self._request)

    def _start(self, store: RunStore, request: StartRequest) -> RunEnded:
        config = make_config(absolute_paths(config_values(request.config)))
        if request.name is not None and request.member is None:
            store.check_name(request.name)
        live = LiveRun(store, self._emit, self._outage, overwrite=request.overwrite)
        exports = ExportGuard(None, overwrite=request.overwrite)
        try:
            trainer = self._trainer(live, config, exports=exports)
        except StopRequested:
            return self._stopped()
        return live.train(trainer, store.create_run(request.name, config, request.member))

    def _resume(self, store: RunStore, request: ResumeRequest) -> RunEnded:
        run = run_to_resume(store, request.target)
        with ExitStack() as undo:
            if run is not None:
                run = store.claim(run.run)
                undo.callback(store.release, run.run)
            resumption = prepare(store, run, request.target, absolute_paths(request.changes))
            refuse_missing(resumption.config, resumption.checkpoint.header.name)
            live = LiveRun(
                store,
                self._emit,
                self._outage,
                resumed_from=resumption.path,
                overwrite=request.overwrite,
            )
            owner = owner_of(self._workspace, run) if run is not None else None
            exports = ExportGuard(owner, overwrite=request.overwrite)
            try:
                trainer = self._trainer(live, resumption.config, resumption, exports=exports)
            except StopRequested:
                return self._stopped(resumption)
            undo.pop_all()
        if run is None:
            run = store.create_run(None, resumption.config)
        return live.train(trainer, run, resumption.notices)

    def _replay(self, store: RunStore, request: ReplayRequest) -> RunEnded:
        run = store.find(request.target)
        if request.name is not None:
            store.check_name(request.name)
        replay = prepare_replay(store, run, absolute_paths(request.places))
        refuse_missing(replay.config, run.name)
        live = LiveRun(store, self._emit, self._outage)

        def keep(event: Event) -> None:
            replay.take(event)
            if isinstance(event, RunEnded):
                live.keep(replay.compared())
            live.keep(event)

        try:
            trainer = self._trainer(live, replay.config, emit=keep)
        except StopRequested:
            return self._stopped()
        replay.check_same_text(trainer.task.facts.name, trainer.task.facts.digest)
        replay.steer(self._control)
        taken = {other.name for other in store.list_runs()}
        name = request.name or automatic_name(run.name, "replay", taken)
        return live.train(trainer, store.create_run(name, replay.config), replay.notices)

    def _trainer(
        self,
        live: LiveRun,
        config: Config,
        resumption: Resumption | None = None,
        *,
        emit: Emit | None = None,
        exports: ExportGuard | None = None,
    ) -> Trainer:
        """Do all that can be refused before anything is written.

        Raises:
            RnnStudioError: Something is refused.
            StopRequested: The user did not want to wait.
        """
        pick_device(config)
        if config.save_dir:
            save_dir = Path(config.save_dir)
            require_writable_folder(save_dir, f"save_dir {save_dir}", "--save_dir")
            if exports is not None:
                exports.check(save_dir, config)
        with memory_explained(config, None):
            data = self._data(config, resumption)
        if config.save_dir and exports is not None:
            exports.check(Path(config.save_dir), config, data.vocabulary)
        with memory_explained(config, data):
            return Trainer(
                config,
                data,
                name="",
                emit=self._watching(emit or live.keep),
                control=self._control,
                save=live.save,
                resume_from=resumption.checkpoint if resumption is not None else None,
                is_new_run=resumption is not None and resumption.is_new_run,
            )

    def _data(self, config: Config, resumption: Resumption | None) -> Data:
        """Read the data; that of a run that goes on must be what it was."""
        header = resumption.checkpoint.header if resumption is not None else None
        self._watch = DataWatch(config)
        data = load_data(
            self._workspace,
            config,
            vocabulary=vocabulary_from_dict(header.vocabulary) if header is not None else None,
            labels=header.labels if header is not None else None,
            report=self._tell,
            should_stop=self._control.should_stop,
        )
        if resumption is not None:
            check_same_text(data, resumption)
        self._watch.begin(data)
        return data

    def _watching(self, emit: Emit) -> Emit:
        """Return what passes events on, and says at times what became of the text."""

        def keep(event: Event) -> None:
            if isinstance(event, Evaluated | RunEnded) and self._watch is not None:
                for notice in self._watch.notices():
                    emit(Noticed(message=notice))
            emit(event)

        return keep

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.end(in_haste=self._control.should_stop())

    def _tell(self, phase: Phase, detail: str, progress: float | None) -> None:
        """Tell what is being done; of the same, no more than ten times a second."""
        now = time.monotonic()
        if (phase, detail) == self._phase and now - self._phase_told < PROGRESS_EVERY_S:
            return
        self._phase, self._phase_told = (phase, detail), now
        self._emit(PhaseChanged(phase=phase, step=0, detail=detail, progress=progress))

    def _stopped(self, resumption: Resumption | None = None) -> RunEnded:
        """End before training began; the store holds nothing of it."""
        progress = resumption.checkpoint.header.progress if resumption is not None else Progress()
        ended = run_ended(
            self._control.stop_reason or "stopped",
            progress,
            checkpoint=str(resumption.path) if resumption is not None else None,
        )
        self._emit(ended)
        return ended
