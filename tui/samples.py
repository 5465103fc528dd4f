"""A sample as far as it has come: its tokens with the probability of each."""

from dataclasses import dataclass, field
from typing import Literal

from core.events import Copied, TextSampled
from core.language import tr

MAX_TOKENS = 50_000
"""Most tokens kept of one sample; the oldest go first."""


@dataclass
class Sample:
    """Hold one sample, drawn at an evaluation or asked for in the console."""

    number: int
    """What the fragments of this sample share."""
    step: int
    """The step whose weights it is drawn from."""
    origin: Literal["training", "console"]
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


def copied_text(copied: Copied | None) -> str:
    """Say how much a sample copied, in a few words; nothing where that is not known."""
    if copied is None:
        return ""
    facts = {"share": copied.share, "longest": copied.longest}
    if copied.is_partial:
        return tr("copied at least {share:.0%}, longest {longest} chars", **facts)
    return tr("copied {share:.0%}, longest {longest} chars", **facts)
