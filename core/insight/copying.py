"""How much a sample copied, found in little time however long it and the training text are."""

from core.events import Copied
from core.insight.memorisation import longest_match

LONGEST_SAMPLE = 2000
"""Characters of a sample that are compared. With a training text cut as a `Corpus` keeps it, that
takes some tenths of a second at most."""


def copied_from(sample: str, text: str, *, text_chars: int, whole: bool = False) -> Copied:
    """Compare a sample with the training text.

    Args:
        sample: What a model wrote, without the prompt.
        text: The training text, or its end.
        text_chars: Characters of all of the training text.
        whole: Whether to compare all of a long sample, whatever it takes.
    """
    compared = sample if whole else sample[:LONGEST_SAMPLE]
    found = longest_match(compared, text)
    return Copied(
        longest=found.length,
        start=found.start,
        share=found.copied,
        is_partial=len(compared) < len(sample) or len(text) < text_chars,
    )
