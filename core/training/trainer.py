"""The training loop: steps, evaluations and checkpoints, steered between two steps."""

import math
import time
from collections.abc import Callable

import msgspec
import torch

from core.config import Config, config_values
from core.control import Control, StopRequested
from core.errors import RnnStudioError
from core.events import (
    CheckpointSaved,
    Emit,
    Evaluated,
    Noticed,
    Phase,
    PhaseChanged,
    Reason,
    RunEnded,
    RunFailed,
    finite,
)
from core.models import LanguageModel, build_model
from core.text.corpus import Corpus
from core.text.loaders import Batches, StreamBatches, WindowBatches
from core.text.vocabulary import Vocabulary
from core.training import schedule
from core.training.announcements import (
    already_over,
    divergence,
    out_of_memory,
    run_started,
    short_text,
)
from core.training.checkpoint import FORMAT_VERSION, Checkpoint, CheckpointHeader
from core.training.device import pick_device, set_threads
from core.training.evaluation import evaluate
from core.training.learner import GroupNorms, Learner
from core.training.live_sample import sample_for_run
from core.training.progress import Progress
from core.training.report import Report
from core.training.snapshot import capture, restore
from core.training.steering import Steering

SaveCheckpoint = Callable[[Checkpoint, bool], CheckpointSaved]
"""Writes a checkpoint durably, given whether it is the best so far; raises SaveError."""


class Trainer:
    """Train one model on one corpus, from a fresh start or from a checkpoint.

    Args:
        config: The settings; over those of the checkpoint when resuming.
        corpus: The text as tokens.
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
        corpus: Corpus,
        *,
        name: str,
        emit: Emit,
        control: Control,
        save: SaveCheckpoint,
        resume_from: Checkpoint | None = None,
        is_new_run: bool = False,
    ) -> None:
        self.config = config
        self.corpus = corpus
        self.name = name
        self._emit = emit
        self._control = control
        self._save = save
        set_threads(config)
        self._device = pick_device(config)
        torch.manual_seed(config.seed)
        model = build_model(config, len(corpus.vocabulary)).to(self._device)
        model.train()
        self.learner = Learner(model, config, self._device)
        self.progress = Progress()
        self._batches = _batches(config, corpus)
        if resume_from is not None:
            restore(self.learner, resume_from.tensors)
            self.learner.reconfigure(config)
            self.progress = msgspec.structs.replace(resume_from.header.progress)
        self._val_loss = resume_from.header.val_loss if resume_from is not None else None
        self._report = Report()
        self._before: list[Progress] = []
        """Where the run stood before each step of the report."""
        self._learning_rate = config.learning_rate
        self._step_seconds = 0.0
        self._owes_copy = resume_from is not None and is_new_run
        self._saved_step = self.progress.step if resume_from is not None else -1
        self._has_diverged = False
        self._phase: Phase = "loading_torch"
        self._steering = Steering(control, emit, self)

    @property
    def model(self) -> LanguageModel:
        """The model that is being trained."""
        return self.learner.model

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the model."""
        return self.corpus.vocabulary

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
        except (MemoryError, torch.OutOfMemoryError):
            reason = self._failed(out_of_memory(self.config))
        except RuntimeError as error:
            if "allocate memory" not in str(error):
                raise
            reason = self._failed(out_of_memory(self.config))
        self._steering.finish()
        self._enter("ended")
        ended = RunEnded(
            run=None,
            reason=reason,
            step=self.progress.step,
            best_val_loss=self.progress.best_val_loss,
            checkpoint=None,
            best_step=self.progress.best_step,
            elapsed_s=self.progress.elapsed_s,
        )
        self._emit(ended)
        return ended

    def reconfigure(self, config: Config) -> None:
        """Put changed live settings in force from the next step on."""
        self._flush()
        self.config = config
        self.learner.reconfigure(config)

    def checkpoint(self, *, is_best: bool = False) -> None:
        """Save where the run stands, and announce it once it is durable.

        Raises:
            SaveError: The file system refused.
        """
        self._flush()
        self._enter("saving")
        header = CheckpointHeader(
            format_version=FORMAT_VERSION,
            name=self.name,
            config=config_values(self.config),
            vocabulary=self.vocabulary.to_dict(),
            progress=msgspec.structs.replace(self.progress),
            corpus_name=self.corpus.name,
            corpus_digest=self.corpus.digest,
            val_loss=self._val_loss if self.progress.last_eval_step == self.step else None,
        )
        self._emit(self._save(Checkpoint(header, capture(self.learner)), is_best))
        self._saved_step = self.step
        self._enter("training")

    def _run(self) -> Reason:
        self._announce()
        if self._owes_copy:
            self.checkpoint(is_best=self.progress.best_step == self.step)
        over = self._planned_end()
        if over is not None and self.progress.last_eval_step == self.step:
            self._emit(Noticed(message=already_over(self.name, over, self.config, self.progress)))
            return over
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
            if not self._has_diverged and not self._control.should_stop():
                self._steering.between_steps(self._step_seconds)
            if self._has_diverged:
                return "diverged"
            if stop_reason := self._control.stop_reason:
                self._flush()
                return stop_reason
            if reason := self._planned_end():
                if self.progress.last_eval_step == self.step:
                    return reason
                self._evaluate()
                continue
            self._take_step()
            if not self._has_diverged:
                self._evaluate_or_save_if_due()

    def _planned_end(self) -> Reason | None:
        return schedule.planned_end(self.config, self.progress, len(self._batches))

    def _announce(self) -> None:
        notices = list(self.corpus.notices)
        if self._batches.batch_size < self.config.batch_size:
            notices.append(short_text(self.config, self._batches.batch_size))
        for notice in notices:
            self._emit(Noticed(message=notice))
        self._emit(
            run_started(
                self.learner,
                self.corpus,
                name=self.name,
                start_step=self.step,
                steps_per_epoch=len(self._batches),
            )
        )
        self._enter("first_batch")

    def _take_step(self) -> None:
        """Take a step, and report when it is time."""
        progress = self.progress
        x, y = self._batches.batch(progress.epoch, progress.batch)
        self._learning_rate = schedule.learning_rate(self.config, progress, len(self._batches))
        carry = not self._batches.resets(progress.batch)
        norms: GroupNorms | None = None
        start = time.perf_counter()
        if self._report.wants_groups():
            result, norms = self.learner.step_measured(x, y, self._learning_rate, carry=carry)
        else:
            result = self.learner.step(x, y, self._learning_rate, carry=carry)
        self._step_seconds = time.perf_counter() - start
        self._before.append(msgspec.structs.replace(progress))
        progress.elapsed_s += self._step_seconds
        progress.advance(x.numel(), len(self._batches))
        self._report.add(result, seconds=self._step_seconds, tokens=x.numel(), norms=norms)
        self._enter("training")
        if self.learner.failed or self._report.is_due():
            self._flush()

    def _flush(self) -> None:
        """Report the steps not yet reported; go back to before the first that was not finite."""
        if not self._before:
            return
        start = time.perf_counter()
        measured = self._report.measured()
        if self.learner.deferred:
            # The reading waits for steps that the device was still at: their time is training.
            waited = time.perf_counter() - start
            self.progress.elapsed_s += waited
            self._report.add_wait(waited)
        bad = next((n for n, pair in enumerate(measured) if not _all_finite(pair)), None)
        if bad is not None:
            self.progress = self._before[bad]
            self._has_diverged = True
        if measured[:bad]:
            self._emit(
                self._report.done(
                    measured[:bad],
                    config=self.config,
                    progress=self.progress,
                    steps_per_epoch=len(self._batches),
                    learning_rate=self._learning_rate,
                )
            )
        if bad is not None:
            parameter = self.learner.first_bad_gradient(self._report.results[bad])
            self._emit(divergence(self.config, self.step + 1, *measured[bad], parameter))
        self._report.reset()
        self._before = []

    def _evaluate_or_save_if_due(self) -> None:
        every = self.config.eval_every
        if self.step % every == 0 if every else self.progress.batch == 0:
            self._evaluate()
        elif self.config.checkpoint_every and self.step % self.config.checkpoint_every == 0:
            self.checkpoint()

    def _evaluate(self) -> None:
        """Measure the model on the whole validation text; save, sample and reschedule after it."""
        self._flush()
        if self._has_diverged:
            return
        self._enter("evaluating")
        start = time.perf_counter()
        corpus, progress = self.corpus, self.progress
        try:
            found = evaluate(
                self.model,
                corpus.val,
                chars=corpus.val_chars,
                words=corpus.val_words,
                device=self._device,
                should_stop=self._control.should_stop,
            )
        except StopRequested:
            progress.evaluation_due = True
            return
        self._val_loss = finite(found.loss)
        is_best = progress.judge(self._val_loss)
        self._emit(
            Evaluated(
                step=self.step,
                epoch=max(0, self.step - 1) // len(self._batches) + 1,
                val_loss=self._val_loss,
                val_perplexity=found.perplexity,
                bits_per_char=found.bits_per_char,
                nats_per_word=found.nats_per_word,
                is_best=is_best,
                best_val_loss=progress.best_val_loss,
                elapsed_s=progress.elapsed_s,
                eval_s=time.perf_counter() - start,
            )
        )
        if schedule.cut_on_plateau(self.config, progress):
            share = f"{progress.plateau_scale:g}"
            self._emit(
                Noticed(message=f"validation stalled: learning rate cut to {share} of its peak")
            )
        # Counted before the checkpoint, so that a resumed run does not use the number again.
        progress.samples += bool(self.config.sample_length)
        every = self.config.checkpoint_every
        if is_best or not every or self.step % every == 0:
            self.checkpoint(is_best=is_best)
        self._sample()
        self._enter("training")

    def _sample(self) -> None:
        if not self.config.sample_length:
            return
        self._enter("sampling")
        self._emit(
            sample_for_run(
                self.model,
                self.vocabulary,
                number=self.progress.samples,
                step=self.step,
                length=self.config.sample_length,
                seed=self.config.seed,
                should_stop=self._control.should_stop,
            )
        )

    def _failed(self, message: str) -> Reason:
        self._emit(RunFailed(message=message))
        return "failed"

    def _enter(self, phase: Phase) -> None:
        if phase != self._phase:
            self._phase = phase
            self._emit(PhaseChanged(phase=phase, step=self.step))


def _batches(config: Config, corpus: Corpus) -> Batches:
    if config.stateful:
        return StreamBatches(
            corpus.train, batch_size=config.batch_size, seq_length=config.seq_length
        )
    return WindowBatches(
        corpus.train,
        batch_size=config.batch_size,
        seq_length=config.seq_length,
        seed=config.seed,
    )


def _all_finite(values: tuple[float, ...]) -> bool:
    return all(math.isfinite(value) for value in values)
