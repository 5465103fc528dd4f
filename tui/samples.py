"""The samples of a run: each as far as it has come, with the probability of each token."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from core.decoding import Decoding
from core.events import Copied, TextSampled
from core.language import joined, tr

MAX_TOKENS = 50_000
"""Most tokens kept of one sample; the oldest go first."""

MOST_KEPT = 100
"""Most samples kept of each origin; the oldest go first."""

Origin = Literal["training", "console"]
"""Whether a sample was drawn at an evaluation or asked for."""


@dataclass(eq=False)
class Sample:
    """Hold one sample, drawn at an evaluation or asked for in the console."""

    number: int
    """What the fragments of this sample share."""
    step: int
    """The step whose weights it is drawn from."""
    origin: Origin
    prompt: str
    tokens: list[str] = field(default_factory=list)
    """The generated tokens as raw text; make it displayable before it is shown."""
    probabilities: list[float] = field(default_factory=list)
    """What the model gave each token, 0 to 1; as long as `tokens`."""
    dropped: int = 0
    """How many of the first tokens are no longer kept."""
    done: bool = False
    copied: Copied | None = None
    """What of it stands in the training text; None where that is not known."""
    decoding: Decoding | None = None
    """How it was drawn; None where that is not known."""
    run: int | None = None
    """The number of the run that it is drawn from."""

    @property
    def is_asked_for(self) -> bool:
        """Tell whether it was asked for in the console."""
        return self.origin == "console"

    @property
    def text(self) -> str:
        """Return the generated text, without the prompt."""
        return "".join(self.tokens)

    @property
    def total(self) -> int:
        """Return how many tokens were drawn, those no longer kept included."""
        return self.dropped + len(self.tokens)

    def extend(self, fragment: TextSampled) -> None:
        """Take in the next fragment."""
        self.tokens += fragment.tokens
        self.probabilities += fragment.probabilities
        self.done = self.done or fragment.done
        self.copied = fragment.copied or self.copied
        excess = len(self.tokens) - MAX_TOKENS
        if excess > 0:
            # A quarter goes at once, so that a long sample does not shift its list at each token.
            excess += MAX_TOKENS // 4
            del self.tokens[:excess], self.probabilities[:excess]
            self.dropped += excess


class Samples:
    """Keep the samples of a run in the order in which they began."""

    def __init__(self) -> None:
        self._kept: list[Sample] = []

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._kept)

    def take(self, fragment: TextSampled, run: int | None) -> None:
        """Take in the next fragment, of a sample that goes on or begins with it."""
        sample = self._find(fragment.origin, fragment.sample)
        # A run that is resumed may draw once more at a step, and so with the number of before.
        if sample is None or sample.done:
            sample = Sample(fragment.sample, fragment.step, fragment.origin, fragment.prompt)
            sample.decoding, sample.run = fragment.decoding, run
            self.add(sample)
        sample.extend(fragment)

    def add(self, sample: Sample) -> None:
        """Put a sample at the end."""
        self._kept.append(sample)
        alike = [kept for kept in self._kept if kept.origin == sample.origin]
        if len(alike) > MOST_KEPT:
            self._kept.remove(alike[0])

    def newest(self, origin: Origin) -> Sample | None:
        """Return the last one that was drawn at an evaluation, or that was asked for."""
        return next((kept for kept in reversed(self._kept) if kept.origin == origin), None)

    def asked_for(self, number: int) -> Sample | None:
        """Return what the console asked for under a number; None where nothing of it has come."""
        return self._find("console", number)

    def _find(self, origin: Origin, number: int) -> Sample | None:
        found = (s for s in reversed(self._kept) if (s.origin, s.number) == (origin, number))
        return next(found, None)


def copied_text(copied: Copied | None) -> str:
    """Say how much a sample copied, in a few words; nothing where that is not known."""
    if copied is None:
        return ""
    facts = {"share": copied.share, "longest": copied.longest}
    if copied.is_partial:
        pieces = tr("verbatim from training text: {share:.0%} or more (longest {longest})", **facts)
    else:
        pieces = tr("verbatim from training text: {share:.0%} (longest {longest})", **facts)
    if not copied.copied_lines:
        return pieces
    lines = tr("{copied:,} of {n:,} lines", copied=copied.copied_lines, n=copied.lines)
    return joined([pieces, lines])
