"""One question to the model at a time: the class of what is typed, or a look at a text."""

from typing import NamedTuple

from core.control import Control
from core.events import TextClassified, TextInspected
from tui.engine import Engine
from tui.history import History
from tui.questions import Question
from tui.tasks import Task

Answer = TextClassified | TextInspected


class _Source(NamedTuple):
    """Name the weights that a question is put to."""

    history: History
    in_training: bool
    """Whether it is the weights in training; else those of the best checkpoint."""
    evaluated_at: int | None = None
    """The newest evaluation of a run in training."""


class Asking:
    """Put the newest question to the model of the run on show, one after the other.

    However fast somebody types, nothing queues up: while an answer is outstanding the question
    waits, and a newer one takes its place. An answer grows old when the run in training is
    evaluated anew, or ends, or when another run is opened; then the same is asked again.
    """

    def __init__(self, engine: Engine, task: Task, *, of_walk: bool = False) -> None:
        """Begin without a question.

        Args:
            engine: Where the models are.
            task: What a run has to learn to be asked.
            of_walk: Whether the questions are those of the console's walk along its text: each
                is answered once, whatever the model learns later.
        """
        self.question: Question | None = None
        """What is to be asked; None for nothing."""
        self._task = task
        self._engine = engine
        self._number = 0
        self._of_walk = of_walk
        self._outstanding: Control | None = None
        """The control of the job that owes an answer."""
        self._asked: tuple[_Source, Question] | None = None
        self._silent: _Source | None = None
        """A source that gave no answer; it is not asked again."""

    def history_of(self, event: Answer) -> History | None:
        """Return the run that an answer belongs to; None where it is no longer known."""
        return self._asked[0].history if self._asked and event.sample == self._number else None

    def take(self, event: Answer) -> None:
        """Take note that an answer has come."""
        if event.sample == self._number:
            self._outstanding = None
            if self._of_walk and self._asked and self._asked[1] == self.question:
                self.question = None

    def advance(self, live: History, shown: History, control: Control | None) -> None:
        """Put the next question, if there is one and the model is free for it.

        Args:
            live: The run in training, or trained last.
            shown: The run on show.
            control: What steered the engine's job before its last events were taken.
        """
        if self._outstanding is not None and self._outstanding is not control:
            # The job is over without an answer. A stored model has said why, unless it gave way.
            if self._asked and not (self._asked[0].in_training or self._outstanding.should_stop()):
                self._silent = self._asked[0]
            self._outstanding, self._asked = None, None
        training = self._engine.training
        source = _Source(shown, training, _evaluated_at(shown) if training else None)
        can_answer = shown.task == self._task and shown.run is not None
        if not can_answer or (training and shown is not live) or source == self._silent:
            return
        if self._asked and source.in_training and self._asked[0] != source:
            # The model has been evaluated since without an answer: it could give none.
            self._outstanding = None
        question = self.question
        if question and self._outstanding is None and self._asked != (source, question):
            self._ask(source, question)

    def _ask(self, source: _Source, question: Question) -> None:
        self._asked = source, question
        self._number += -1 if self._of_walk else 1
        if source.in_training:
            self._outstanding = self._engine.control
            question.put(self._engine, None, self._number)
        else:
            question.put(self._engine, source.history.run, self._number)
            self._outstanding = self._engine.control


def _evaluated_at(history: History) -> int | None:
    """Return the step of a run's newest evaluation."""
    steps = history.validation["step"]
    return int(steps[-1]) if len(steps) else None
