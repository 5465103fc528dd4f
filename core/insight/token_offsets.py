"""Where each token of a text begins, so that even an unknown one can be shown as it stands."""

import numpy as np
import numpy.typing as npt

from core.text.vocabulary import UNKNOWN, Vocabulary, WordVocabulary
from core.text.words import Form, WordSplitter, written

Offsets = npt.NDArray[np.int64]
"""Places in a text, in characters."""


def token_offsets(vocabulary: Vocabulary, text: str) -> Offsets:
    """Return where each token of a text begins, and after them where the last one ends, (N + 1,).

    N is the number of tokens that `text_to_indices` returns. The pieces in between, joined, are
    the text; that of a known token is what `Vocabulary.piece` writes.

    Args:
        vocabulary: What makes tokens of texts.
        text: Any text.
    """
    if isinstance(vocabulary, WordVocabulary):
        return _word_offsets(WordSplitter(vocabulary.word_split), text)
    return np.arange(len(text) + 1)


def _word_offsets(splitter: WordSplitter, text: str) -> Offsets:
    parts = [np.zeros(1, dtype=np.int64)]
    end = 0
    before: Form | None = None
    for tokens, _ in splitter.split(text):
        ends = []
        for token in tokens:
            form = splitter.form(token)
            piece = written(before, form)
            if text.startswith(piece, end):
                end += len(piece)
            else:
                # Only `<unk>` after unusual blanks, which the token does not tell of.
                end = text.index(UNKNOWN, end) + len(UNKNOWN)
            ends.append(end)
            before = form
        parts.append(np.array(ends, dtype=np.int64))
    return np.concatenate(parts)
