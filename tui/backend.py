"""The door from the dashboard to the training half of the program, opened in the engine's thread.

Importing this file loads no torch; calling it does.
"""

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from core.control import Control
from core.decoding import Decoding
from core.errors import InputError
from core.events import Copied, Emit, Noticed, TextClassified
from core.language import tr
from workspace.paths import Workspace
from workspace.requests import Request

if TYPE_CHECKING:
    from core.text.corpus import Corpus
    from workspace.inference import OpenedClassifier, OpenedLanguageModel


class DrawnToken(NamedTuple):
    """Hold one token of a sample."""

    text: str
    probability: float
    """What the model gave it, 0 to 1."""
    step: int
    """The step whose weights it is drawn from."""


class TrainingText(NamedTuple):
    """Hold what samples of a run are compared with."""

    tail: str
    """The training text, or the end of a long one."""
    chars: int
    """Characters of all of it."""


class Backend(Protocol):
    """Do the engine's work; every method runs in the engine's thread."""

    def load(self) -> None:
        """Import what is slow to import."""

    def train(self, request: Request, emit: Emit, control: Control) -> None:
        """Train until the run ends; errors before it exists are raised."""

    def sample(
        self,
        run: int,
        prompt: str,
        decoding: Decoding,
        emit: Emit,
        should_stop: Callable[[], bool],
    ) -> Iterator[DrawnToken]:
        """Draw tokens from a run's best checkpoint."""

    def copied(
        self, run: int, sample: str, emit: Emit, should_stop: Callable[[], bool]
    ) -> Copied | None:
        """Say what of a sample stands in a run's training text; None where that is not there."""

    def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
        """Answer with a `TextClassified` of this number, from a run's best checkpoint."""

    def inspect(self, run: int, sample: int, text: str, offset: int, emit: Emit) -> None:
        """Answer with a `TextInspected` of this number, from a run's best checkpoint."""


class StudioBackend:
    """Train, sample and classify for real, in one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._language_model: tuple[int, OpenedLanguageModel] | None = None
        self._training_text: tuple[int, TrainingText | None] | None = None
        self._classifier: tuple[int, OpenedClassifier] | None = None
        self._corpus: tuple[int, Corpus] | None = None

    def load(self) -> None:
        """Import torch and all that stands on it."""
        import workspace.inference
        import workspace.session  # noqa: F401  imported for its time, used below

        # Torch's many objects stay for good; a key would wait while garbage is sought among them.
        gc.freeze()

    def train(self, request: Request, emit: Emit, control: Control) -> None:
        """Run a session to its end."""
        from workspace.session import Session

        self._language_model = self._classifier = None
        self._training_text = self._corpus = None
        Session(self._workspace, request, emit=emit, control=control, patience_s=math.inf).run()

    def sample(
        self,
        run: int,
        prompt: str,
        decoding: Decoding,
        emit: Emit,
        should_stop: Callable[[], bool],
    ) -> Iterator[DrawnToken]:
        """Draw tokens from a run's best checkpoint, which stays open for the next time."""
        from core.generation.notices import vocabulary_notices
        from core.generation.streaming import stream_tokens

        opened = self._opened_language_model(run, emit)
        _tell(vocabulary_notices(opened.vocabulary, prompt, decoding.stop), emit)
        for token in stream_tokens(
            opened.model, opened.vocabulary, prompt, decoding, should_stop=should_stop
        ):
            yield DrawnToken(token.text, token.probability, opened.header.progress.step)

    def copied(
        self, run: int, sample: str, emit: Emit, should_stop: Callable[[], bool]
    ) -> Copied | None:
        """Compare with the run's text, which is read once; say once that it is not there."""
        from core.insight.copying import copied_from

        if self._training_text is None or self._training_text[0] != run:
            self._training_text = run, self._read_training_text(run, emit, should_stop)
        text = self._training_text[1]
        return copied_from(sample, text.tail, text_chars=text.chars) if text is not None else None

    def _read_training_text(
        self, run: int, emit: Emit, should_stop: Callable[[], bool]
    ) -> "TrainingText | None":
        from workspace.run_texts import run_texts

        opened = self._opened_language_model(run, emit)
        try:
            corpus = run_texts(
                self._workspace, opened.header, opened.vocabulary, should_stop=should_stop
            ).corpus
        except InputError as error:
            told = tr("the sample is not compared with the training text: {error}", error=error)
            emit(Noticed(message=told))
            return None
        return TrainingText(corpus.train_tail, corpus.train_chars)

    def _opened_language_model(self, run: int, emit: Emit) -> "OpenedLanguageModel":
        from workspace.inference import open_language_model

        if self._language_model is None or self._language_model[0] != run:
            self._language_model = run, open_language_model(self._workspace, str(run))
            _tell(self._language_model[1].notices, emit)
        return self._language_model[1]

    def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
        """Classify with a run's best checkpoint, which stays open for the next text."""
        from workspace.inference import open_classifier

        if self._classifier is None or self._classifier[0] != run:
            self._classifier = run, open_classifier(self._workspace, str(run))
            _tell(self._classifier[1].notices, emit)
        opened = self._classifier[1]
        found = opened.classify(text)
        emit(
            TextClassified(
                sample=sample,
                step=opened.header.progress.step,
                text=text,
                labels=opened.labels,
                probabilities=found.probabilities,
                tokens=found.tokens,
                weights=found.weights,
                method=found.method,
            )
        )

    def inspect(self, run: int, sample: int, text: str, offset: int, emit: Emit) -> None:
        """Look through a run's best checkpoint; its held-out text is read once."""
        from core.insight.microscope import held_out_text
        from workspace.inference import inspect_opened
        from workspace.run_texts import run_texts

        opened = self._opened_language_model(run, emit)
        if not text:
            if self._corpus is None or self._corpus[0] != run:
                texts = run_texts(self._workspace, opened.header, opened.vocabulary)
                self._corpus = run, texts.corpus
            text = held_out_text(self._corpus[1], offset)
        emit(inspect_opened(opened, text, number=sample))


def _tell(notices: Sequence[str], emit: Emit) -> None:
    for notice in notices:
        emit(Noticed(message=notice))
