"""The training loop: steps, evaluations and checkpoints, steered between two steps."""

import math
from collections.abc import Callable
from contextlib import suppress

import msgspec
import torch

from core.config import Config, make_config
from core.control import Control, StopRequested
from core.errors import InputError, RnnStudioError
from core.events import (
    CheckpointSaved,
    Diverged,
    Emit,
    Noticed,
    Phase,
    PhaseChanged,
    Reason,
    RunEnded,
    RunFailed,
)
from core.memory_errors import is_out_of_memory
from core.models import RecurrentModel
from core.stopwatch import work_s
from core.training import schedule
from core.training.announcements import (
    already_over,
    divergence,
    run_ended,
    run_started,
    spoiled_weights,
)
from core.training.checkpoint import Checkpoint
from core.training.device import pick_device, set_threads
from core.training.judging import judged, nothing_validated
from core.training.learner import GroupNorms, Learner
from core.training.out_of_memory import load_of, ran_out
from core.training.preview import Preview
from core.training.probes import Probes
from core.training.progress import Progress
from core.training.report import Report
from core.training.rollback import gone_back, may_go_back, put_back
from core.training.snapshot import capture, describe, restore
from core.training.steering import Steering
from core.training.tasks import Data, make_task
from core.training.watch import Watch
from core.training.yardsticks import OnceMeasured

SaveCheckpoint = Callable[[Checkpoint, bool], CheckpointSaved]
"""Writes a checkpoint durably, given whether it is the best so far; raises SaveError."""


class Trainer:
    """Train one model on one corpus, from a fresh start or from a checkpoint.

    Args:
        config: The settings; over those of the checkpoint when resuming.
        corpus: What to learn from, as tokens: a text, or labelled texts.
        name: The run's name.
        emit: Takes every event, on this thread.
        control: Where commands come from.
        save: Writes a checkpoint.
        resume_from: Where to go on.
        is_new_run: Whether `resume_from` is another run's, so that this one first saves its own.

    Raises:
        CheckpointError: The checkpoint does not fit the settings or the corpus.
        InputError: The device is not there.
    """

    def __init__(
        self,
        config: Config,
        corpus: Data,
        *,
        name: str,
        emit: Emit,
        control: Control,
        save: SaveCheckpoint,
        resume_from: Checkpoint | None = None,
        is_new_run: bool = False,
    ) -> None:
        self.config = config
        self.name = name
        self.watch = Watch(emit)
        """What is remembered of its events."""
        self._emit = emit = self.watch.emit
        self._control = control
        self._save = save
        self._load = load_of(config, corpus)
        set_threads(config)
        device = pick_device(config)
        torch.manual_seed(config.seed)
        self.task = make_task(config, corpus, device)
        """What is learned."""
        self.model.train()
        self.learner = Learner(self.model, config, device)
        self.progress = Progress()
        if resume_from is not None:
            restore(self.learner, self.task, resume_from.tensors)
            self._take(config)
            self.progress = msgspec.structs.replace(resume_from.header.progress)
        self._val_loss = resume_from.header.val_loss if resume_from is not None else None
        self._probes = Probes(emit)
        self._preview = Preview(self.task, emit, self.progress)
        self._report = Report()
        self._before: list[Progress] = []
        """Where the run stood before each step of the report."""
        self._learning_rate = config.learning_rate
        self._step_seconds = 0.0
        self._owes_copy = resume_from is not None and is_new_run
        is_first = self._owes_copy or self.progress.last_eval_step < 0
        self._yardsticks = OnceMeasured(self.task, emit, owed=self.task.has_yardsticks and is_first)
        self._saved_step = self.progress.step if resume_from is not None else -1
        self._saved_at_s = self.progress.elapsed_s
        self._diverged: Diverged | None = None  # and nothing has gone back from it
        self._good: Checkpoint | None = None
        """Where to go back to after a divergence; None where that is not wished for."""
        self._phase: Phase = "loading_torch"
        self._steering = Steering(control, emit, self)

    @property
    def model(self) -> RecurrentModel:
        """The model that is being trained."""
        return self.task.model

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.progress.step

    def run(self) -> RunEnded:
        """Train to the planned end, a stop or a failure, and return the last event."""
        try:
            reason = self._run()
        except RnnStudioError as error:
            reason = self._failed(str(error))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            reason = self._failed(ran_out(error, self.config, self._load, self.learner.device))
        self._steering.finish()
        self._enter("ended")
        ended = run_ended(reason, self.progress)
        self._emit(ended)
        return ended

    def reconfigure(self, config: Config) -> None:
        """Put changed live settings in force from the next step on."""
        self._flush()
        self._take(config)
        if self._good is None:
            self._remember()

    def checkpoint(self, *, is_best: bool = False, remembers: bool = True) -> None:
        """Save where the run stands, and announce it once it is durable.

        Weights that are not finite are never saved; they are a divergence.

        Args:
            is_best: Whether there has been no better model; without validation the newest is it.
            remembers: Whether a divergence may lead back to here, if its losses are sane. Not
                where the clock chose the step: the same run would go on differently another time.

        Raises:
            SaveError: The file system refused.
        """
        self._flush()
        if not self._weights_are_finite():
            return
        self._enter("saving")
        here = self._here()
        self._emit(saved := self._save(here, is_best or not self.task.validates))
        self._saved_step, self._saved_at_s = self.step, self.progress.elapsed_s
        if remembers and self.watch.lineage.is_sane(saved.path):
            self._remember(here)
        self._enter("training")

    def _take(self, config: Config) -> None:
        self.config = config
        self.task.reconfigure(config)
        self.learner.reconfigure(config)

    def _run(self) -> Reason:
        self._announce()
        if self._owes_copy:
            self.checkpoint(is_best=self.progress.best_step == self.step)
        ends = schedule.planned_ends(self.config, self.progress, self.task.steps_per_epoch)
        if ends and self.progress.last_eval_step == self.step:
            self._emit(Noticed(message=already_over(self.name, ends, self.config, self.progress)))
            return ends[0]
        self._remember()
        reason = self._loop()
        while reason == "diverged" and self._go_back():
            reason = self._loop()
        wants_save = not self._control.should_stop() or self._control.save_on_stop
        if wants_save and self._saved_step != self.step:
            self.checkpoint()
        return reason

    def _loop(self) -> Reason:
        """Step until there is a reason to end, which is returned."""
        if self.progress.evaluation_due:
            self._evaluate()
        while True:
            if self._diverged is None and not self._control.should_stop():
                self._steering.between_steps(self._step_seconds)
            if self._diverged is not None:
                return "diverged"
            if stop_reason := self._control.stop_reason:
                self._flush()
                return stop_reason
            if reason := self._planned_end():
                if self.progress.last_eval_step == self.step:
                    self._look_at_the_end()
                    return reason
                self._evaluate()
                continue
            self._take_step()
            if self._diverged is None:
                self._look_if_due()
                if self._yardsticks.cannot_wait(self.progress.elapsed_s):
                    self._flush()
                    with suppress(StopRequested):
                        self._yardsticks.measure(self._control.should_stop)
                self._evaluate_or_save_if_due()

    def _here(self) -> Checkpoint:
        """Return all that a resume from this very step needs."""
        header = describe(
            self.task, self.config, self.progress, name=self.name, val_loss=self._val_loss
        )
        return Checkpoint(header, capture(self.learner, self.task))

    def _remember(self, here: Checkpoint | None = None) -> None:
        """Keep the present state, where a divergence is to lead back to it."""
        wanted = self.config.on_divergence == "rollback"
        self._good = (here or self._here()) if wanted else None

    def _go_back(self) -> bool:
        """Go back to the last good state with the remedy in force, if that is wished for."""
        good, diverged = self._good, self._diverged
        may = may_go_back(self.config, self.progress) and not self._control.should_stop()
        if good is None or diverged is None or not may:
            return False
        self.progress = put_back(self.learner, self.task, good, self.progress)
        # The checkpoint of that step, if there is one, has another rate.
        self._val_loss, self._saved_step = good.header.val_loss, -1
        self._diverged = None
        self._take(make_config(diverged.fix, base=self.config))
        self._emit(gone_back(diverged, self.progress))
        # For whoever listens it is a resume: what came after that step is gone.
        self._emit(run_started(self.learner, self.task, self.progress, name=self.name))
        return True

    def _planned_end(self) -> Reason | None:
        return schedule.planned_end(self.config, self.progress, self.task.steps_per_epoch)

    def _announce(self) -> None:
        more = [] if self.task.validates else [nothing_validated(self.config)]
        for notice in [*self.task.facts.notices, *more]:
            self._emit(Noticed(message=notice))
        self._emit(run_started(self.learner, self.task, self.progress, name=self.name))
        if self.task.has_baselines and (not self.step or self._owes_copy):
            self._enter("measuring_baselines")
            with suppress(StopRequested):
                self._emit(self.task.baselines(self._control.should_stop))
        self._enter("first_batch")

    def _take_step(self) -> None:
        """Take a step, and report when it is time."""
        progress, steps_per_epoch = self.progress, self.task.steps_per_epoch
        batch = self.task.batch(progress.epoch, progress.batch)
        self._learning_rate = schedule.learning_rate(self.config, progress, steps_per_epoch)
        carry = not self.task.resets(progress.batch)
        norms: GroupNorms | None = None
        start = work_s()
        if self._report.wants_groups():
            result, norms = self.learner.step_measured(batch, self._learning_rate, carry=carry)
        else:
            result = self.learner.step(batch, self._learning_rate, carry=carry)
        self._step_seconds = work_s() - start
        self._before.append(msgspec.structs.replace(progress))
        progress.elapsed_s += self._step_seconds
        progress.advance(batch.tokens, steps_per_epoch)
        self._report.add(result, batch, seconds=self._step_seconds, norms=norms)
        self._enter("training")
        if self.learner.failed or self._report.is_due():
            self._flush()

    def _flush(self) -> None:
        """Report the steps not yet reported; go back to before the first that was not finite."""
        if not self._before:
            return
        start = work_s()
        measured = self._report.measured()
        if self.learner.deferred:
            # The reading waits for steps that the device was still at: their time is training.
            waited = work_s() - start
            self.progress.elapsed_s += waited
            self._report.add_wait(waited)
        bad = next(
            (n for n, pair in enumerate(measured) if not all(map(math.isfinite, pair))), None
        )
        if bad is not None:
            self.progress = self._before[bad]
        if measured[:bad]:
            self._emit(
                self._report.done(
                    measured[:bad],
                    config=self.config,
                    progress=self.progress,
                    steps_per_epoch=self.task.steps_per_epoch,
                    learning_rate=self._learning_rate,
                )
            )
        if bad is not None:
            parameter = self.learner.first_bad_gradient(self._report.results[bad])
            event = divergence(self.watch.remedy, self.step + 1, *measured[bad], parameter)
            self._diverged = self.watch.emitted(event)
        self._report.reset()
        self._before = []

    def _weights_are_finite(self) -> bool:
        if (parameter := self.learner.first_bad_weight()) and self._diverged is None:
            event = spoiled_weights(self.watch.remedy, self.step, parameter)
            self._diverged = self.watch.emitted(event)
        return not parameter

    def _look_at_the_end(self) -> None:
        """Look inside of the finished model: a short run has been looked at only at its start."""
        if self.config.probes and self._probes.last_step not in (None, self.step):
            self._probes.look(self.task, self.step, self.progress.elapsed_s)

    def _look_if_due(self) -> None:
        """Look inside of the model, after a report of the steps so far: events come in order."""
        looks = self.config.probes and self._probes.is_due()
        previews = self._preview.is_due(self.config, self.progress)
        if looks or previews:
            self._flush()
        if looks and self._diverged is None:
            self._probes.look(self.task, self.step, self.progress.elapsed_s)
        if previews and self._diverged is None:
            stop = self._control.should_stop
            self._preview.show(self.config, self.progress, self._enter, stop)

    def _evaluate_or_save_if_due(self) -> None:
        config = self.config
        every = config.eval_every
        if self.step % every == 0 if every else self.progress.batch == 0:
            self._evaluate()
        elif config.checkpoint_every and self.step % config.checkpoint_every == 0:
            self.checkpoint()
        unsaved_s = self.progress.elapsed_s - self._saved_at_s
        if 0 < config.checkpoint_seconds <= unsaved_s and self._diverged is None:
            self.checkpoint(remembers=False)

    def _evaluate(self) -> None:
        """Measure the model on the validation data, if there is any; save and sample after it."""
        self._flush()
        if self._diverged is not None or not self._weights_are_finite():
            return
        if self.task.validates:
            self._enter("evaluating")
        progress, should_stop = self.progress, self._control.should_stop
        try:
            self._yardsticks.measure(should_stop)
            found = judged(self.task, self.config, progress, self._emit, should_stop)
        except StopRequested:
            progress.evaluation_due = True
            return
        self._val_loss, is_best = found
        draws = self.task.writes_text and self.config.sample_length > 0
        # Counted before the checkpoint, so that a resumed run does not use the number again.
        progress.samples += draws
        every = self.config.checkpoint_every
        if is_best or not every or self.step % every == 0:
            self.checkpoint(is_best=is_best)
        if draws:
            self._enter("sampling")
            with suppress(InputError):  # a model that predicts nothing finite has none
                self._emit(self.task.sample(progress.samples, self.step, self._control.should_stop))
        self._enter("training")

    def _failed(self, message: str) -> Reason:
        self._emit(RunFailed(message=message))
        return "failed"

    def _enter(self, phase: Phase) -> None:
        if phase != self._phase:
            self._phase = phase
            self._emit(PhaseChanged(phase=phase, step=self.step))
