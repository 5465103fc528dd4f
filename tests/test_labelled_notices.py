"""What a user is told of the classes: a short line, and a word where they are imbalanced."""

import pytest

from core.config import Config, make_config
from core.text.labelled_notices import class_notices


def test_the_classes_are_counted() -> None:
    """One short line tells the texts of each class, and the first few of many."""
    assert class_notices(["0", "1"], [3310, 3610], Config()) == [
        "2 classes: 0 3,310 · 1 3,610 texts"
    ]
    many = class_notices([*"abcdefghij"], [1] * 10, Config())
    assert many == ["10 classes: a 1 · b 1 · c 1 · d 1 · e 1 · f 1 · g 1 · h 1 · … texts"]


def test_hostile_classes_are_shown_on_one_line() -> None:
    """Long names are cut, and control characters escaped."""
    notices = class_notices(["a", "\x1b[31m\n" + "x" * 999], [1, 99], Config())
    assert len(notices) == 2
    assert all(notice.isprintable() and len(notice) < 160 for notice in notices)


@pytest.mark.parametrize(
    ("counts", "class_weights", "said"),
    [
        ([3, 1], False, []),
        ([4, 1], False, ["the classes are imbalanced: 'a' has 80.0% of the texts, 'b' 20.0%; "
                         "--class_weights evens it out"]),
        ([1, 4], True, ["the classes are imbalanced: 'b' has 80.0% of the texts, 'a' 20.0%"]),
        ([9, 0], True, ["the classes are imbalanced: 'a' has 100.0% of the texts, 'b' 0.0%"]),
    ],
)  # fmt: skip
def test_imbalance_is_told(counts: list[int], class_weights: bool, said: list[str]) -> None:
    """More than three times the texts are called imbalanced, with the way out if it is not on."""
    config = make_config({"class_weights": class_weights})
    assert class_notices(["a", "b"], counts, config)[1:] == said
