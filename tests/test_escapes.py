"""Tests of the escapes in typed text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decoding import Decoding
from core.escapes import escaped, unescaped
from core.settings import parse, settings_of, typed_text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (r"\n", "\n"),
        (r"a\tb\r", "a\tb\r"),
        (r"\\n", r"\n"),
        (r"\u6f22\u000A", "漢\n"),
        (r"\ud800", r"\ud800"),
        (r"\q\u12", r"\q\u12"),
        ("\\", "\\"),
    ],
)
def test_escapes_are_read(typed: str, text: str) -> None:
    """Each escape is its character; what is none stands for itself."""
    assert unescaped(typed) == text


@given(st.text())
def test_a_text_is_typed_as_it_is_read(text: str) -> None:
    """Reading what was written gives any text back, whatever backslashes it holds."""
    assert unescaped(escaped(text)) == text


def test_the_stop_text_is_shown_as_it_is_typed() -> None:
    """A stop text that holds a line end is edited as an escape and comes back unchanged."""
    stop = settings_of(Decoding)["stop"]
    assert parse(stop, r"\n\n") == "\n\n"
    assert typed_text(stop, "\n\n") == r"\n\n"
