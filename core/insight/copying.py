"""How much a sample copied, found in little time however long it and the training text are."""

from core.events import Copied
from core.insight.memorisation import longest_match

LONGEST_SAMPLE = 2000
"""Characters of a sample that are compared."""

MOST_WORK = 2**31
"""Characters of the sample times characters of the text; about a tenth of a second."""


def copied_from(sample: str, text: str, *, text_chars: int, whole: bool = False) -> Copied:
    """Compare a sample with the training text.

    Args:
        sample: What a model wrote, without the prompt.
        text: The training text, or its end.
        text_chars: Characters of all of the training text.
        whole: Whether to compare all of a long sample with all of the text, whatever it takes.
    """
    compared, seen = sample, text
    if not whole:
        compared = sample[:LONGEST_SAMPLE]
        seen = text[-(MOST_WORK // max(1, len(compared))) :]
    found = longest_match(compared, seen)
    return Copied(
        longest=found.length,
        start=found.start,
        share=found.copied,
        is_partial=len(compared) < len(sample) or len(seen) < text_chars,
    )
