"""Measures of a classifier, all from its confusion matrix: texts by class and by answer."""

from collections.abc import Sequence
from typing import NamedTuple

Confusion = Sequence[Sequence[int]]
"""Texts by class (row) and by what the model gave them (column), (C, C)."""


class ClassScore(NamedTuple):
    """Say how one class fared; a share of nothing counts as 0."""

    precision: float
    """Of the texts given this class, the share that has it."""
    recall: float
    """Of the texts of this class, the share that was given it."""
    f1: float
    """Harmonic mean of precision and recall."""
    texts: int
    """Texts of this class."""
    given: int
    """Texts given this class."""


def class_scores(confusion: Confusion) -> list[ClassScore]:
    """Return how each class fared, in their order."""
    scores = []
    for index, row in enumerate(confusion):
        right, texts = row[index], sum(row)
        given = sum(other[index] for other in confusion)
        # 2PR / (P + R), written so that it needs no precision of nothing.
        f1 = 2 * right / (texts + given) if texts + given else 0.0
        scores.append(ClassScore(_share(right, given), _share(right, texts), f1, texts, given))
    return scores


def accuracy(confusion: Confusion) -> float:
    """Return the share of texts that were classified right, 0 to 1."""
    right = sum(row[index] for index, row in enumerate(confusion))
    return _share(right, sum(map(sum, confusion)))


def macro_f1(confusion: Confusion) -> float:
    """Return the mean F1 of the classes that occur, in the texts or in the answers, 0 to 1."""
    occurring = [score.f1 for score in class_scores(confusion) if score.texts + score.given]
    return sum(occurring) / len(occurring) if occurring else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
