"""What the doctor says of a run: what is wrong, how it can be seen, which settings mend it."""

from core.events.base import EventBase
from core.settings import Value


class Diagnosed(EventBase, frozen=True, kw_only=True):
    """Name something that is wrong with a run, with the evidence and the way out."""

    step: int
    """Steps taken when it was seen; 0 for what the sizes alone tell."""
    code: str
    """The rule that speaks, such as `learning_rate_too_high`."""
    message: str
    """What is wrong and what helps, for a learner, in a sentence or two."""
    evidence: str
    """The numbers that it was seen by."""
    fix: dict[str, Value]
    """New values by name, all of training or all of sampling; empty where no setting helps."""


class DiagnosisEnded(EventBase, frozen=True, kw_only=True):
    """Say that what was diagnosed holds no longer, or that something else explains it.

    A `RunStarted` ends all that was diagnosed before, without a word.
    """

    step: int
    """Steps taken."""
    code: str
    """That of the `Diagnosed`."""
