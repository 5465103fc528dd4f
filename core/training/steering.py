"""What a running trainer does with the commands that it finds between two steps."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, assert_never

from core.config import SETTINGS, Config, changed_settings, make_config
from core.control import (
    CancelSample,
    Change,
    Classify,
    Command,
    Control,
    Inspect,
    Pause,
    Resume,
    Sample,
    Save,
)
from core.errors import InputError, SettingsError
from core.events import Emit, Noticed, Paused, Resumed, SettingChange, SettingsChanged
from core.generation.notices import vocabulary_notices
from core.language import joined, tr
from core.memory_errors import is_out_of_memory
from core.settings import Value
from core.training.live_sample import LONGEST_SLICE_S, LiveSample
from core.training.task import Task

IDLE_WAIT_S = 0.5
SLICE_SHARE = 0.25
"""Share of a step's duration that a sample may take after it."""


class Steered(Protocol):
    """Say what of a trainer can be steered."""

    config: Config
    task: Task

    @property
    def step(self) -> int:
        """Steps taken."""

    def reconfigure(self, config: Config) -> None:
        """Put changed live settings in force."""

    def checkpoint(self) -> None:
        """Save a checkpoint."""


class Steering:
    """Obey the commands of a `Control`, on the engine's thread."""

    def __init__(self, control: Control, emit: Emit, trainer: Steered) -> None:
        self._control = control
        self._emit = emit
        self._trainer = trainer
        self._paused = False
        self._sample: LiveSample | None = None

    def between_steps(self, step_seconds: float) -> None:
        """Obey what has come in, wait while paused, and draw a slice of the console's sample.

        Args:
            step_seconds: Duration of the step before, which bounds the slice.
        """
        self._obey_all()
        while self._paused and not self._control.should_stop():
            if self._sample is None:
                self._control.wait(IDLE_WAIT_S)
            else:
                self._draw(LONGEST_SLICE_S)
            self._obey_all()
        if self._sample is not None:
            self._draw(step_seconds * SLICE_SHARE)

    def finish(self) -> None:
        """End the sample that is being drawn, if any."""
        if self._sample is not None:
            self._sample.cancel(self._emit)
            self._sample = None

    def _obey_all(self) -> None:
        for command in self._control.take(self._trainer.step):
            self._obey(command)

    def _obey(self, command: Command) -> None:
        match command:
            case Pause():
                if not self._paused:
                    self._paused = True
                    self._emit(Paused(step=self._trainer.step))
            case Resume():
                if self._paused:
                    self._paused = False
                    self._emit(Resumed(step=self._trainer.step))
            case Change(values):
                self._change(values)
            case Save():
                self._trainer.checkpoint()
            case Sample() | Classify() | Inspect():
                with self._told():
                    self._answer(command)
            case CancelSample():
                self.finish()
            case _:
                assert_never(command)

    def _answer(self, request: Sample | Classify | Inspect) -> None:
        task, step = self._trainer.task, self._trainer.step
        match request:
            case Sample():
                self.finish()
                self._sample = task.live_sample(request, step)
                stop = request.decoding.stop
                for notice in vocabulary_notices(task.vocabulary, request.prompt, stop):
                    self._emit(Noticed(message=notice))
            case Classify():
                self._emit(task.classified(request.sample, request.text, step))
            case Inspect():
                self._emit(task.inspected(request, step))

    def _draw(self, seconds: float) -> None:
        sample, self._sample = self._sample, None
        if sample is None:
            return
        broke_off = True
        with self._told():
            if sample.advance(seconds, self._emit):
                self._sample = sample
            broke_off = False
        if broke_off:
            sample.cancel(self._emit)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say why there is no answer; training goes on without it."""
        try:
            yield
        except InputError as error:
            self._emit(Noticed(message=str(error)))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            traceback.clear_frames(error.__traceback__)
            told = tr("out of memory: there is no answer this time, and the run goes on")
            self._emit(Noticed(message=told))

    def _change(self, values: dict[str, Value]) -> None:
        fixed = [name for name in values if name in SETTINGS and not SETTINGS[name].about.live]
        if fixed:
            self._emit(
                Noticed(message=tr("{names} can only change in a new run", names=joined(fixed)))
            )
            return
        old = self._trainer.config
        try:
            new = make_config(values, base=old)
        except SettingsError as error:
            self._emit(Noticed(message=str(error)))
            return
        changed = changed_settings(old, new)
        if changed:
            self._trainer.reconfigure(new)
            changes = [
                SettingChange(name=name, old=before, new=after)
                for name, (before, after) in changed.items()
            ]
            self._emit(SettingsChanged(step=self._trainer.step, changes=changes))
