"""Classifying what is typed: one question at a time, the newest text, from the right weights."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from class_cases import classified_run
from core.config import make_config
from core.control import Control
from core.errors import CheckpointError
from core.events import Emit, Event, Noticed, TextClassified
from event_cases import ended
from scripted_backend import ScriptedBackend
from tui.desk import Desk
from tui.history import History
from workspace.paths import Workspace
from workspace.requests import Request
from workspace.runs import RunStore

CLASSIFIER = make_config(preset="classifier")


class Asked:
    """Drive a desk as the screen does, without one."""

    def __init__(self, root: Path, backend: ScriptedBackend) -> None:
        self.store = RunStore(Workspace(root))
        self.desk = Desk(backend, self.store)
        self.desk.engine.start()
        self.events: list[Event] = []

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Pump until something holds."""
        limit = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < limit, f"did not happen: {what}"
            self.events += self.desk.pump()
            time.sleep(0.002)

    def answer(self) -> str:
        """Return the text that the run on show has an answer to."""
        answer = self.desk.shown.classes.answer
        return answer.text if answer else ""

    def show_ended(self) -> History:
        """Show a classification run that was trained before."""
        history = classified_run(100)
        history.fold(ended())
        self.desk.live = self.desk.shown = history
        return history


@contextmanager
def asked(root: Path, backend: ScriptedBackend) -> Iterator[Asked]:
    """Open a desk, and end its engine at the end."""
    found = Asked(root, backend)
    try:
        yield found
    finally:
        assert found.desk.engine.close()
        found.store.close()


class Held(ScriptedBackend):
    """Answer only when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Semaphore(0)

    def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
        """Wait, then answer."""
        self.go.acquire(timeout=20)
        super().classify(run, sample, text, emit)


def test_a_stored_run_is_asked_without_training(tmp_path: Path) -> None:
    """The best checkpoint answers, each text once."""
    backend = ScriptedBackend()
    with asked(tmp_path, backend) as studio:
        studio.show_ended()
        studio.desk.classify("a list")
        studio.until(lambda: studio.answer() == "a list", "the answer")
        for _ in range(20):
            studio.desk.pump()
        assert backend.classified == ["a list"]


def test_an_answer_goes_to_the_run_that_was_asked(tmp_path: Path) -> None:
    """An opened run has its own answers; the run that was trained last keeps none of them."""
    with asked(tmp_path, ScriptedBackend()) as studio:
        studio.show_ended()
        studio.desk.live = History()
        studio.desk.classify("a list")
        studio.until(lambda: studio.answer() == "a list", "the answer")
        assert studio.desk.live.classes.answer is None


def test_only_the_newest_text_waits(tmp_path: Path) -> None:
    """Whatever was typed while an answer was outstanding, only the last of it is asked."""
    backend = Held()
    with asked(tmp_path, backend) as studio:
        studio.show_ended()
        for text in ("a", "a l", "a li", "a lis", "a list"):
            studio.desk.classify(text)
            studio.desk.pump()
        backend.go.release(2)
        studio.until(lambda: studio.answer() == "a list", "the answer")
        assert backend.classified == ["a", "a list"]


def test_a_run_in_training_answers_itself(tmp_path: Path) -> None:
    """The weights in training answer, and again after each evaluation; training goes on."""
    backend = ScriptedBackend(pace_s=0.001)
    with asked(tmp_path, backend) as studio:
        studio.desk.begin(CLASSIFIER)
        studio.desk.classify("a list")
        studio.until(lambda: studio.answer() == "a list", "the answer")
        first = studio.desk.live.classes.answer
        assert first is not None
        studio.until(lambda: studio.desk.live.classes.answer is not first, "another answer")
        second = studio.desk.live.classes.answer
        assert second is not None
        assert second.text == "a list"
        assert second.step >= 100 > first.step
        assert studio.desk.training


def test_the_end_of_training_asks_the_best_model(tmp_path: Path) -> None:
    """Once a run has ended, its best checkpoint is asked the text that still stands."""
    backend = ScriptedBackend(steps=20, pace_s=0.001)
    with asked(tmp_path, backend) as studio:
        studio.desk.begin(CLASSIFIER)
        studio.desk.classify("a list")
        studio.until(lambda: studio.desk.live.reason, "the end")
        studio.until(lambda: _step(studio) == 7, "the stored model's answer")


def _step(studio: Asked) -> int:
    answer = studio.desk.shown.classes.answer
    return answer.step if answer else 0


def test_a_question_that_training_left_open_is_asked_again(tmp_path: Path) -> None:
    """A run that ends before it looked at the question does not take it along."""

    class Deaf(ScriptedBackend):
        def train(self, request: Request, emit: Emit, control: Control) -> None:
            control.classify = lambda number, text: None  # type: ignore[method-assign]
            super().train(request, emit, control)

    backend = Deaf(steps=20, pace_s=0.001)
    with asked(tmp_path, backend) as studio:
        studio.desk.begin(CLASSIFIER)
        studio.desk.classify("a list")
        studio.until(lambda: studio.answer() == "a list", "the stored model's answer")


def test_a_question_without_an_answer_holds_up_no_other(tmp_path: Path) -> None:
    """What the model in training could not answer is given up at the next evaluation."""

    class DeafAtFirst(ScriptedBackend):
        def train(self, request: Request, emit: Emit, control: Control) -> None:
            answer = control.classify

            def refuse(number: int, text: str) -> None:
                control.classify = answer  # type: ignore[method-assign]

            control.classify = refuse  # type: ignore[method-assign]
            super().train(request, emit, control)

    with asked(tmp_path, DeafAtFirst(steps=100_000, pace_s=0.001)) as studio:
        studio.desk.begin(CLASSIFIER)
        studio.until(lambda: studio.desk.live.step, "steps")
        studio.desk.classify("a list")
        studio.desk.pump()
        studio.desk.classify("another")
        studio.until(lambda: studio.answer() == "another", "the answer, while it trains")
        assert studio.desk.training


def test_a_refusal_is_told_once(tmp_path: Path) -> None:
    """A run without a model says so for the first text, not for every key."""

    class Empty(ScriptedBackend):
        def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
            raise CheckpointError("run 14 has no checkpoint")

    with asked(tmp_path, Empty()) as studio:
        studio.show_ended()
        for text in ("a", "a l", "a li"):
            studio.desk.classify(text)
            for _ in range(20):
                studio.events += studio.desk.pump()
                time.sleep(0.002)
        told = [event for event in studio.events if isinstance(event, Noticed)]
        assert told == [Noticed(message="run 14 has no checkpoint")]


def test_nobody_is_asked_in_vain(tmp_path: Path) -> None:
    """Blanks, a language model and a run beside one in training are not asked."""
    backend = ScriptedBackend()
    with asked(tmp_path, backend) as studio:
        history = studio.show_ended()
        studio.desk.classify("  ")
        studio.desk.pump()
        history.task = "language"
        studio.desk.classify("a list")
        studio.desk.pump()
        history.task = "classify"
        studio.desk.begin(make_config())
        studio.until(lambda: studio.desk.live.step > 2, "steps of a language model")
        studio.desk.shown = history
        studio.until(lambda: studio.desk.live.step > 10, "further steps")
        assert backend.classified == []
        assert not any(isinstance(event, TextClassified) for event in studio.events)
