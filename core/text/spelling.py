"""Bits that spelling a vocabulary's unknown tokens takes, so that figures compare across levels.

A model that gives `<unk>` a probability has not yet said what stands there. As in Brown et al.
1992, "An Estimate of an Upper Bound for the Entropy of English", section 3, an unknown token is
then spelled by a model of its own:

    −log₂ P(token) = −log₂ P(<unk> | before) − Σ log₂ p(byte) − log₂ p(end)

over the bytes of its UTF-8. Half of the probability goes to a spelling like that of the tokens
that the vocabulary does know: how often each byte and the end occur in them, each token taken
once, with 1 added to every count (Laplace). The other half goes to a spelling in which all bytes
are equally probable, so that a token of another script takes no more than 8 bits a byte, 8 for
its end, and 1. Nothing but the vocabulary is needed to spell any token.
"""

import numpy as np

from core.text.base import UNKNOWN_INDEX, Vocabulary

END = 256
"""The symbol after a token's last byte."""


class Spelling:
    """Spell tokens that a vocabulary does not know.

    Args:
        vocabulary: What knows the others.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        known = [vocabulary.token(index) for index in range(1, len(vocabulary))]
        counts = np.bincount(_bytes_of("".join(known)), minlength=END + 1) + 1
        counts[END] += len(known)
        self._bits = -np.log2(counts / counts.sum())

    def bits(self, token: str) -> float:
        """Return the bits that one token takes."""
        written = _bytes_of(token)
        like_known = self._bits[written].sum() + self._bits[END]
        return 1.0 - float(np.logaddexp2(-like_known, -8.0 * (len(written) + 1)))

    def bits_of(self, unknown: dict[str, int]) -> float:
        """Return the bits of some tokens, each as often as it occurs."""
        return sum(times * self.bits(token) for token, times in unknown.items())


def spelling_bits(vocabulary: Vocabulary, text: str) -> float:
    """Return the bits that the unknown tokens of a text take, 0 where all are known."""
    unknown = vocabulary.unknown_counts(text)
    return Spelling(vocabulary).bits_of(unknown) if unknown else 0.0


def extrapolated_spelling_bits(vocabulary: Vocabulary, head: str, unknown: int) -> float:
    """Estimate the bits that all unknown tokens of a long text take, from those in its head.

    Args:
        vocabulary: What knows the others.
        head: The beginning of the text.
        unknown: How many tokens are unknown in the whole text.
    """
    seen = int(np.count_nonzero(vocabulary.text_to_indices(head) == UNKNOWN_INDEX))
    if seen:
        return spelling_bits(vocabulary, head) / seen * unknown
    known = {vocabulary.token(index): 1 for index in range(1, len(vocabulary))}
    return Spelling(vocabulary).bits_of(known) / max(1, len(known)) * unknown


def _bytes_of(text: str) -> np.ndarray:
    """Return a text's UTF-8, halves of surrogate pairs included."""
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
