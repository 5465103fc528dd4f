"""Notices of a prompt and a stop text that do not fit a model's vocabulary."""

from core.language import joined, tr
from core.text.vocabulary import Vocabulary


def vocabulary_notices(vocabulary: Vocabulary, prompt: str, stop: str) -> list[str]:
    """Say which parts of a prompt the model has never seen, and that it cannot write a stop text.

    Args:
        vocabulary: The one that the model was trained with.
        prompt: What the text begins with.
        stop: The text to end before; empty for none.
    """
    notices = []
    if unknown := vocabulary.unknown_tokens(prompt):
        shown = joined(map(repr, unknown))
        notices.append(tr("not in the vocabulary, read as <unk>: {shown}", shown=shown))
    if stop and not vocabulary.can_write(stop):
        notices.append(
            tr(
                "no text ends before {stop!r}: the model's vocabulary cannot write it",
                stop=stop,
            )
        )
    return notices
