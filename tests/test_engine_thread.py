"""The engine's thread: it loads late, survives errors, and always ends in time."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config import make_config
from core.control import Control
from core.decoding import Decoding
from core.errors import CheckpointError
from core.events import (
    Emit,
    Event,
    Noticed,
    PhaseChanged,
    RunEnded,
    RunFailed,
    StepsDone,
    TextClassified,
    TextSampled,
)
from scripted_backend import ScriptedBackend
from tui.engine import NICENESS, SWITCH_INTERVAL_S, Engine
from tui.jobs import Job
from workspace.requests import Request, StartRequest

START = StartRequest(config=make_config())


class Recording:
    """Run an engine and remember its events."""

    def __init__(self, backend: ScriptedBackend) -> None:
        self.events: list[Event] = []
        self.engine = Engine(backend, self.events.append)
        self.engine.start()

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        limit = time.monotonic() + 5
        while not holds():
            assert time.monotonic() < limit, self.events[-5:]
            time.sleep(0.005)

    def of(self, kind: type[Event]) -> list[Event]:
        """Return the events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


def test_the_screen_needs_no_torch() -> None:
    """Importing the whole dashboard loads no torch; only the engine's thread does."""
    code = "import sys, tui.app; sys.exit('torch' in sys.modules)"
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_loading_is_the_first_thing_said() -> None:
    """The phase of loading torch is told before it begins, and ended after."""
    recording = Recording(ScriptedBackend())
    recording.until(lambda: len(recording.events) >= 2)
    assert [e.phase for e in recording.events if isinstance(e, PhaseChanged)] == [
        "loading_torch",
        "ended",
    ]
    assert recording.engine.close()


class LookedAt(Engine):
    """An engine whose job is looked at by its thread, at which moment another one is given."""

    meanwhile: Callable[[], None] | None = None
    """Done on another thread when the engine's own has looked, for at most a moment."""

    @property
    def _current(self) -> Job | None:
        found = self._found
        if threading.current_thread().name == "engine" and found is not None and self.meanwhile:
            other, self.meanwhile = threading.Thread(target=self.meanwhile), None
            other.start()
            other.join(0.1)
        return found

    @_current.setter
    def _current(self, job: Job | None) -> None:
        self._found = job


def test_a_job_that_is_given_as_another_ends_is_not_forgotten() -> None:
    """A run that is begun just as a sample is done can be steered, and leaving saves it."""
    backend = ScriptedBackend()
    engine = LookedAt(backend, lambda _event: None)
    engine.meanwhile = lambda: engine.train(START)
    engine.start()
    engine.draw(1, 1, "", Decoding(max_length=1))
    limit = time.monotonic() + 5
    while engine.meanwhile is not None or not engine.training:
        assert time.monotonic() < limit, "the run is forgotten"
        time.sleep(0.005)
    time.sleep(0.05)
    assert engine.control is not None
    assert engine.close()
    assert backend.saved


def test_leaving_saves_and_ends() -> None:
    """Closing while training saves a checkpoint and ends the thread and the run."""
    backend = ScriptedBackend()
    recording = Recording(backend)
    recording.engine.train(START)
    recording.until(lambda: recording.of(StepsDone))
    assert recording.engine.close()
    assert backend.saved
    last = recording.events[-1]
    assert isinstance(last, RunEnded)
    assert last.reason == "stopped"
    assert not recording.engine.training


def test_stopping_now_saves_nothing() -> None:
    """A stop without saving leaves the last checkpoint as the newest."""
    backend = ScriptedBackend()
    recording = Recording(backend)
    recording.engine.train(START)
    recording.until(lambda: recording.of(StepsDone))
    recording.engine.ask_to_end(save=False)
    recording.until(lambda: not recording.engine.training)
    assert not backend.saved
    assert recording.engine.close()


def test_a_refused_start_is_told_and_forgotten() -> None:
    """An error before the run exists becomes one event, and the next start works."""
    backend = ScriptedBackend(refuse="corpus.txt is empty")
    recording = Recording(backend)
    recording.engine.train(START)
    recording.until(lambda: recording.of(RunFailed) and not recording.engine.training)
    assert recording.of(RunFailed) == [RunFailed(message="corpus.txt is empty")]
    assert recording.events[-1] == PhaseChanged(phase="ended", step=0)
    assert not recording.of(RunEnded)
    backend.refuse = ""
    recording.engine.train(START)
    recording.until(lambda: recording.of(StepsDone))
    assert recording.engine.close()


def test_a_bug_is_shown_and_kept() -> None:
    """An unexpected error ends the run in one line; its traceback is kept for after the screen."""

    class Broken(ScriptedBackend):
        def train(self, request: Request, emit: Emit, control: Control) -> None:
            raise RuntimeError("no such thing")

    recording = Recording(Broken())
    recording.engine.train(START)
    recording.until(lambda: recording.of(RunFailed))
    assert recording.of(RunFailed) == [RunFailed(message="RuntimeError: no such thing")]
    assert "Traceback" in recording.engine.crash
    assert recording.engine.close()


def test_full_memory_is_told_and_the_engine_lives_on() -> None:
    """It is no bug: one line without a traceback, and the next run can start."""

    class Full(ScriptedBackend):
        def train(self, request: Request, emit: Emit, control: Control) -> None:
            if not recording.of(RunFailed):
                raise MemoryError
            super().train(request, emit, control)

    recording = Recording(Full())
    recording.engine.train(START)
    recording.until(lambda: recording.of(RunFailed) and not recording.engine.training)
    (failed,) = recording.of(RunFailed)
    assert isinstance(failed, RunFailed)
    assert failed.message.startswith("out of memory; ")
    assert recording.engine.crash == ""
    recording.engine.train(START)
    recording.until(lambda: recording.of(StepsDone))
    assert recording.engine.close()


def test_a_thread_that_hangs_is_told() -> None:
    """Closing gives up after its time and says so, for `os._exit` to be used."""

    class Stuck(ScriptedBackend):
        release = threading.Event()

        def train(self, request: Request, emit: Emit, control: Control) -> None:
            self.release.wait(10)

    recording = Recording(Stuck())
    recording.engine.train(START)
    assert not recording.engine.close(timeout_s=0.05)
    Stuck.release.set()


def test_samples_of_a_finished_run_stream_and_give_way() -> None:
    """Tokens come in fragments with one last; a second wish ends the first."""
    recording = Recording(ScriptedBackend(pace_s=0.004))
    recording.engine.draw(1, 1, "a", Decoding(max_length=1000))
    recording.until(lambda: recording.of(TextSampled))
    recording.engine.draw(1, 2, "b", Decoding(max_length=3))
    recording.until(lambda: not recording.engine.control)
    fragments = [event for event in recording.events if isinstance(event, TextSampled)]
    assert [event.sample for event in fragments if event.done] == [1, 2]
    assert sum(len(event.tokens) for event in fragments if event.sample == 1) < 1000
    assert [t for event in fragments if event.sample == 2 for t in event.tokens] == list("abc")
    assert recording.engine.close()


def test_texts_are_classified_between_runs() -> None:
    """The newest of several texts is answered, one that waited is passed over."""

    class Slow(ScriptedBackend):
        begun, go = threading.Event(), threading.Event()

        def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
            self.begun.set()
            self.go.wait(5)
            super().classify(run, sample, text, emit)

    backend = Slow()
    recording = Recording(backend)
    recording.engine.classify(1, 1, "a")
    assert backend.begun.wait(5)
    for number, text in enumerate(("a l", "a li", "a list"), start=2):
        recording.engine.classify(1, number, text)
    backend.go.set()
    recording.until(lambda: not recording.engine.control)
    assert backend.classified == ["a", "a list"]
    answers = [event for event in recording.events if isinstance(event, TextClassified)]
    assert [event.sample for event in answers] == [1, 4]
    assert recording.engine.close()


def test_a_text_does_not_disturb_training() -> None:
    """While a run is in training a stored model is not asked, and what steers the run stays."""
    backend = ScriptedBackend()
    recording = Recording(backend)
    recording.engine.train(START)
    recording.until(lambda: recording.of(StepsDone))
    control = recording.engine.control
    recording.engine.classify(1, 1, "a list")
    assert recording.engine.training
    assert recording.engine.control is control
    assert recording.engine.close()
    assert backend.classified == []


def test_a_model_that_cannot_answer_is_told() -> None:
    """An error of classifying is one line, and the thread lives on."""

    class Empty(ScriptedBackend):
        def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
            raise CheckpointError("run 1 has no checkpoint")

    recording = Recording(Empty())
    recording.engine.classify(1, 1, "a list")
    recording.until(lambda: recording.of(Noticed))
    assert recording.of(Noticed) == [Noticed(message="run 1 has no checkpoint")]
    assert recording.engine.close()


def test_training_shares_the_interpreter_sooner() -> None:
    """While training the interpreter is handed over quickly, afterwards as before."""
    before = sys.getswitchinterval()
    recording = Recording(ScriptedBackend())
    recording.engine.train(START)
    recording.until(lambda: recording.of(StepsDone))
    assert sys.getswitchinterval() == SWITCH_INTERVAL_S
    assert recording.engine.close()
    assert sys.getswitchinterval() == before
    assert not recording.of(Noticed)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priorities of their own")
def test_what_trains_gives_way_to_the_screen() -> None:
    """The engine's thread and those that it starts stand back; the screen's does not."""
    found: list[int] = []

    def niceness() -> None:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    class Loading(ScriptedBackend):
        def load(self) -> None:
            niceness()
            started = threading.Thread(target=niceness)
            started.start()
            started.join()

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    recording = Recording(Loading())
    recording.until(lambda: len(found) == 2)
    assert recording.engine.close()
    assert found == [min(before + NICENESS, 19)] * 2
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
