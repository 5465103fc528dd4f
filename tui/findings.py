"""The fold of what the doctor says: which findings stand, and which are over."""

from collections.abc import Iterator
from typing import NamedTuple

from core.events import Diagnosed, DiagnosisEnded, RunStarted

MOST_KEPT = 50


class Finding(NamedTuple):
    """Hold what was found."""

    said: Diagnosed
    over_at: int | None = None
    """Steps taken when it was over; None while it stands."""


class Findings:
    """Remember what was found of a run, but for branches that were left, the oldest first."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._kept)

    @property
    def standing(self) -> list[Diagnosed]:
        """What is wrong now, the newest last."""
        return [finding.said for finding in self._kept if finding.over_at is None]

    def take(self, event: RunStarted | Diagnosed | DiagnosisEnded) -> None:
        """Take in what is said."""
        match event:
            case RunStarted():
                self._start(event)
            case Diagnosed():
                self._end(event.code, event.step)
                self._kept = [*self._kept, Finding(event)][-MOST_KEPT:]
            case DiagnosisEnded():
                self._end(event.code, event.step)

    def _start(self, event: RunStarted) -> None:
        """Keep as over what was said on the way to where the run begins; all else is said anew."""
        step = event.start_step
        self._kept = [
            Finding(said, min(step, step if over_at is None else over_at))
            for said, over_at in self._kept
            if 0 < said.step <= step
        ]

    def _end(self, code: str, step: int) -> None:
        self._kept = [
            Finding(said, step) if over_at is None and said.code == code else Finding(said, over_at)
            for said, over_at in self._kept
        ]
