"""What a sample shares with a text is found as by trying every piece of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.memorisation import LEAST_COPIED, Match, longest_match

few = st.text(alphabet="ab", max_size=40) | st.text(alphabet="abc", max_size=40)
odd = st.text(alphabet="aé猫\U0001f431\ud800\0", max_size=20)


def by_trying(sample: str, text: str, least: int) -> Match:
    """Look every piece of the sample up in the text."""
    count = len(sample)
    pieces = [
        (end - start, start)
        for start in range(count)
        for end in range(start + 1, count + 1)
        if sample[start:end] in text
    ]
    if not pieces:
        return Match(0, 0, 0, 0.0)
    length = max(pieces)[0]
    start = min(start for size, start in pieces if size == length)
    covered = {
        place for size, start in pieces if size >= least for place in range(start, start + size)
    }
    position = text.index(sample[start : start + length])
    return Match(length, start, position, len(covered) / count)


@given(few, few, st.integers(1, 12))
def test_matches_are_those_of_trying_everything(sample: str, text: str, least: int) -> None:
    """The first longest piece, its first place and the share copied, on texts full of repeats."""
    assert longest_match(sample, text, least=least) == by_trying(sample, text, least)


@given(odd, odd, st.integers(1, 4))
def test_any_unicode_is_matched_by_character(sample: str, text: str, least: int) -> None:
    """Characters of any width are one each, halves of surrogate pairs too."""
    assert longest_match(sample, text, least=least) == by_trying(sample, text, least)


@given(few, st.data())
def test_a_piece_of_the_text_is_copied_whole(text: str, data: st.DataObject) -> None:
    """What was cut out of the text is found at its full length."""
    start = data.draw(st.integers(0, len(text)))
    sample = text[start : data.draw(st.integers(start, len(text)))]
    found = longest_match(sample, text, least=1)
    assert found.length == len(sample)
    assert found.copied == bool(sample)
    assert text[found.position :].startswith(sample)


@pytest.mark.parametrize(("sample", "text"), [("", ""), ("", "abc"), ("abc", ""), ("abc", "xyz")])
def test_nothing_in_common(sample: str, text: str) -> None:
    """Empty and foreign texts share nothing."""
    assert longest_match(sample, text) == Match(0, 0, 0, 0.0)


def test_short_pieces_are_not_copied() -> None:
    """Only pieces of 40 characters or more count, each character once however often it is met."""
    text = "".join(map(chr, range(1000, 1200)))
    short, long = text[: LEAST_COPIED - 1], text[100 : 100 + LEAST_COPIED]
    assert longest_match(short, text).copied == 0
    assert longest_match(short + "-" + long + long[:-1], text) == Match(40, 40, 100, 40 / 119)
    overlapping = text[5:55] + text[30:80]
    assert longest_match(overlapping, text[:55] + "-" + text[30:]) == Match(50, 0, 5, 1.0)
