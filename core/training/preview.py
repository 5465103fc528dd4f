"""The first look at validation and the first sample, soon after the start: for the eye only."""

import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from core.config import Config
from core.control import ShouldStop, StopRequested
from core.errors import InputError
from core.events import Emit, Phase
from core.plan import next_evaluation
from core.training.announcements import previewed
from core.training.progress import Progress
from core.training.schedule import planned_steps
from core.training.task import Task

AFTER_S = 10.0
"""Seconds of training before it; an evaluation that comes as soon after it stands in its place."""

MEASURED_S = 2.0
"""It measures as many tokens as are trained on in this time, which takes about a third of it."""

LONGEST_SAMPLE_S = 3.0
"""Seconds after which its sample ends where it stands."""

NUMBER = 0
"""The number of its sample; those of evaluations count from 1."""


class Preview:
    """Show once in a session what validation loss and samples are like, before any evaluation.

    It counts for nothing: neither for the best model, nor patience, nor the schedule, and it
    leaves weights, counters and generators as they are.

    Args:
        task: What is learned.
        emit: Takes what is found.
        progress: Where the session begins.
    """

    def __init__(self, task: Task, emit: Emit, progress: Progress) -> None:
        self._task = task
        self._emit = emit
        self._began_at_s = progress.elapsed_s
        self._owed = progress.last_eval_step < 0

    def is_due(self, config: Config, progress: Progress) -> bool:
        """Tell whether a person has waited for long, and would have to wait for longer."""
        if not self._owed or progress.elapsed_s - self._began_at_s < AFTER_S:
            return False
        if progress.last_eval_step >= 0:
            self._owed = False
            return False
        steps_per_epoch = self._task.steps_per_epoch
        # An evaluation of this very step, too, is still to come.
        evaluation = next_evaluation(
            progress.step - 1, every=config.eval_every, steps_per_epoch=steps_per_epoch
        )
        steps = min(evaluation, planned_steps(config, steps_per_epoch)) - progress.step
        left_s = steps * progress.elapsed_s / progress.step
        if config.max_seconds:
            left_s = min(left_s, config.max_seconds - progress.elapsed_s)
        return left_s > AFTER_S

    def show(
        self,
        config: Config,
        progress: Progress,
        enter: Callable[[Phase], None],
        should_stop: ShouldStop,
    ) -> None:
        """Measure a part of the validation data, if there is some, and draw a sample."""
        self._owed = False
        task, step = self._task, progress.step
        with suppress(StopRequested):
            if task.validates:
                enter("evaluating")
                tokens = max(1, int(progress.tokens / progress.elapsed_s * MEASURED_S))
                measures = task.evaluate(step, should_stop, most=tokens)
                self._emit(previewed(measures, progress, task))
            if task.writes_text and config.sample_length > 0:
                enter("sampling")
                self._draw(step, should_stop)
        enter("training")

    def _draw(self, step: int, should_stop: ShouldStop) -> None:
        deadline = time.perf_counter() + LONGEST_SAMPLE_S
        with suppress(InputError):  # a model that predicts nothing finite has none
            sample = self._task.sample(
                NUMBER, step, lambda: should_stop() or time.perf_counter() > deadline
            )
            self._emit(msgspec.structs.replace(sample, is_preview=True))
