"""Measures of a classifier equal those counted text by text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.confusion import accuracy, class_scores, macro_f1

ANSWERS = st.integers(1, 5).flatmap(
    lambda classes: st.lists(
        st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), max_size=40
    ).map(lambda pairs: (classes, pairs))
)
"""A number of classes, and texts as (class, answer)."""


@given(ANSWERS)
def test_measures_equal_a_count_by_hand(answers: tuple[int, list[tuple[int, int]]]) -> None:
    """Accuracy, precision, recall and F1 follow their definitions, a share of nothing being 0."""
    classes, pairs = answers
    confusion = np.zeros((classes, classes), dtype=int)
    for truth, given_class in pairs:
        confusion[truth, given_class] += 1
    rows = confusion.tolist()
    right = [truth for truth, given_class in pairs if truth == given_class]
    assert accuracy(rows) == pytest.approx(len(right) / len(pairs) if pairs else 0.0)
    f1s = []
    for index, score in enumerate(class_scores(rows)):
        texts = [pair for pair in pairs if pair[0] == index]
        answered = [pair for pair in pairs if pair[1] == index]
        hits = right.count(index)
        precision = hits / len(answered) if answered else 0.0
        recall = hits / len(texts) if texts else 0.0
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        assert score == pytest.approx((precision, recall, f1, len(texts), len(answered)))
        if texts or answered:
            f1s.append(f1)
    assert macro_f1(rows) == pytest.approx(sum(f1s) / len(f1s) if f1s else 0.0)


def test_a_known_matrix() -> None:
    """Three classes with figures worked out on paper."""
    confusion = [[5, 1, 0], [2, 3, 0], [0, 0, 4]]
    assert accuracy(confusion) == pytest.approx(12 / 15)
    scores = class_scores(confusion)
    assert scores[0].precision == pytest.approx(5 / 7)
    assert scores[0].recall == pytest.approx(5 / 6)
    assert macro_f1(confusion) == pytest.approx((10 / 13 + 6 / 9 + 1) / 3)
