"""What validation and training share is counted line by line, and told in one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.duplicates import Duplicates, duplicate_lines, duplicate_texts

pieces = st.sampled_from(["a", "b", "ab", " ", "\n", "\r\n", "\t", "\u2028", "猫", "\ud800"])
texts = st.lists(pieces, max_size=40).map("".join)


def long_line(number: int) -> str:
    """Return a line of more than 30 characters."""
    return f"{number} is the number of this rather long line"


@given(texts, texts, st.integers(1, 4))
def test_lines_are_counted_as_by_splitting(train: str, val: str, least: int) -> None:
    """Each long enough validation line counts, and is repeated if it is a training line too."""
    known = {line.strip() for line in train.split("\n")}
    lines = [line.strip() for line in val.split("\n") if len(line.strip()) >= least]
    repeated = [line for line in lines if line in known]
    found = duplicate_lines(train, val, least=least)
    assert (found.unit, found.lines, found.repeated) == ("lines", len(lines), len(repeated))
    assert len(found.example) == max(map(len, repeated), default=0)
    assert found.example in {"", *repeated}


@given(st.lists(texts, max_size=6), st.lists(texts, max_size=6))
def test_texts_are_counted_as_by_comparing(train: list[str], val: list[str]) -> None:
    """Each validation text counts, whatever is in it, and blanks around it do not matter."""
    repeated = [text for text in val if text.strip() in map(str.strip, train)]
    found = duplicate_texts(train, val)
    assert (found.unit, found.lines, found.repeated) == ("texts", len(val), len(repeated))
    assert len(found.example) == max((len(text.strip()) for text in repeated), default=0)


def test_short_lines_are_no_matter() -> None:
    """By default, lines of fewer than 30 characters are not compared."""
    short, long = "x" * 29, "y" * 30
    found = duplicate_lines(f"{short}\n{long}", f"{long}  \n{short}\n{short}")
    assert (found.lines, found.repeated, found.example) == (1, 1, long)


def test_the_sentence_tells_how_many() -> None:
    """A user reads how many are repeated, of how many, and what follows from it."""
    found = Duplicates(unit="lines", lines=3902, repeated=412, example="x")
    assert found.sentence == (
        "412 of 3,902 validation lines (10.6%) also stand in the training text, "
        "so the validation loss is too good"
    )
    found = duplicate_texts(["one", "two"], ["one ", "three"])
    assert found.sentence == (
        "1 of 2 validation texts (50.0%) also stands among the training texts, "
        "so the validation loss is too good"
    )


@pytest.mark.parametrize(("repeated", "told"), [(0, False), (1, False), (2, True)])
def test_a_few_are_not_worth_a_word(repeated: int, told: bool) -> None:
    """Less than one in a hundred says nothing about the loss."""
    train = "\n".join(map(long_line, range(repeated)))
    val = "\n".join(map(long_line, range(200)))
    found = duplicate_lines(train, val)
    assert (found.lines, found.repeated) == (200, repeated)
    assert bool(found.sentence) == told


def test_nothing_to_compare() -> None:
    """Empty texts have no lines, and nothing to say."""
    assert duplicate_lines("", "").sentence == ""
    assert duplicate_texts([], []) == Duplicates(unit="texts", lines=0, repeated=0, example="")
