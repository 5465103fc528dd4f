"""Built-in corpora: there without a download, the same each time, and solvable as promised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import corpora
from core.text.corpora import BUILTIN_CORPORA, BuiltinCorpus

every = pytest.mark.parametrize("corpus", BUILTIN_CORPORA.values(), ids=list(BUILTIN_CORPORA))


@every
def test_texts_are_there_and_stable(corpus: BuiltinCorpus) -> None:
    """Every corpus has some hundred thousand characters, the same ones when asked again."""
    text = corpus.text()
    assert 300_000 < len(text) < 10_000_000
    assert text == corpus.text()
    assert text.endswith("\n")
    assert "\r" not in text
    text.encode()


@every
def test_corpora_are_described(corpus: BuiltinCorpus) -> None:
    """Every corpus is listed under its name, with one line about it."""
    assert BUILTIN_CORPORA[corpus.name] is corpus
    assert 20 < len(corpus.description) < 100
    assert corpus.description.isprintable()


def test_the_reference_holds_every_topic() -> None:
    """The language reference is whole, and so is the library's source."""
    reference = BUILTIN_CORPORA["python-reference"].text()
    assert 'The "assert" statement' in reference
    assert 'The "yield" statement' in reference or "Yield expressions" in reference
    source = BUILTIN_CORPORA["python-source"].text()
    assert "def ascii_encode" not in source
    assert "class Fraction" in source
    assert "class ZipFile" in source


def test_brackets_balance() -> None:
    """Every line is balanced, and some nest to the promised depth."""
    opened_by = dict(zip(")]}>", "([{<", strict=True))
    deepest = 0
    for line in BUILTIN_CORPORA["brackets"].text().splitlines():
        stack: list[str] = []
        for bracket in line:
            if bracket in opened_by:
                assert stack.pop() == opened_by[bracket]
            else:
                stack.append(bracket)
                deepest = max(deepest, len(stack))
        assert not stack
    assert deepest == 12


def test_copies_are_copies() -> None:
    """Every line repeats its letters after the delay, and delays of all lengths occur."""
    delays = set()
    for line in BUILTIN_CORPORA["delayed-copy"].text().splitlines():
        shown, copied = line.split(">")
        letters = shown.rstrip(".")
        assert letters == copied
        assert len(letters) == 10
        delays.add(len(shown) - 10)
    assert delays == set(range(61))


@given(st.floats(0, 1, exclude_max=True))
def test_any_draw_makes_a_line(drawn: float) -> None:
    """A line of brackets ends for every number the generator may give."""
    line = corpora._balanced_line(lambda: drawn)
    assert line.endswith("\n")
    assert len(line) % 2 == 1
