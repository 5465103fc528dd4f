"""What the engine's thread can be given to do, and how it tells of a sample bit by bit."""

import time

import msgspec

from core.control import Control
from core.decoding import Decoding
from core.events import Copied, Emit, TextSampled
from tui.backend import Backend
from workspace.requests import Request

FRAGMENT_S = 0.06
"""Tokens of a sample are gathered this long before they go to the screen."""


class Train(msgspec.Struct, frozen=True, eq=False):
    """Start or resume a run."""

    request: Request
    control: Control


class Draw(msgspec.Struct, frozen=True, eq=False):
    """Draw a sample from a run's best checkpoint."""

    run: int
    sample: int
    prompt: str
    decoding: Decoding
    control: Control


class Classify(msgspec.Struct, frozen=True, eq=False):
    """Classify a text with a run's best checkpoint."""

    run: int
    sample: int
    text: str
    control: Control


class Inspect(msgspec.Struct, frozen=True, eq=False):
    """Put a text under the microscope of a run's best checkpoint."""

    run: int
    sample: int
    text: str
    """Empty for held-out text."""
    offset: int
    control: Control


Job = Train | Draw | Classify | Inspect


class Fragments:
    """Gather the tokens of a sample into events of a few at a time."""

    def __init__(self, job: Draw, emit: Emit) -> None:
        self._job = job
        self._emit = emit
        self._texts: list[str] = []
        self._probabilities: list[float] = []
        self._step = 0
        self._written: list[str] = []
        self._copied: Copied | None = None

    def draw(self, backend: Backend) -> None:
        """Draw the whole sample."""
        job = self._job
        sent = time.monotonic()
        for token in backend.sample(
            job.run, job.prompt, job.decoding, self._emit, job.control.should_stop
        ):
            self._step = token.step
            self._texts.append(token.text)
            self._probabilities.append(token.probability)
            if time.monotonic() - sent > FRAGMENT_S:
                self.send(done=False)
                sent = time.monotonic()
        if self._texts:
            self.send(done=False)
        if self._written and not job.control.should_stop():
            self._copied = backend.copied(
                job.run, "".join(self._written), self._emit, job.control.should_stop
            )

    def send(self, *, done: bool) -> None:
        """Send what has been gathered."""
        self._emit(
            TextSampled(
                sample=self._job.sample,
                step=self._step,
                origin="console",
                prompt=self._job.prompt,
                tokens=self._texts,
                probabilities=self._probabilities,
                done=done,
                copied=self._copied if done else None,
                decoding=self._job.decoding,
            )
        )
        self._written += self._texts
        self._texts, self._probabilities = [], []
