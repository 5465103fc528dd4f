"""Text that a stranger wrote cannot act on the terminal, and stays readable."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.safe_text import displayable, harmless

ANY_TEXT = st.text(alphabet=st.characters(categories=None), max_size=40)
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(ANY_TEXT)
def test_nothing_that_a_terminal_obeys_survives(text: str) -> None:
    """No control, line separator, bidirectional control or surrogate is left, and it encodes."""
    shown = displayable(text)
    assert not any(
        unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs") for character in shown
    )
    assert not set(shown) & set(BIDI)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1


@given(ANY_TEXT, ANY_TEXT, st.booleans())
def test_fragments_may_be_made_safe_one_by_one(first: str, second: str, keep: bool) -> None:
    """The pieces of a stream join to what the whole would have given."""
    whole = displayable(first + second, keep_newlines=keep)
    pieces = [displayable(piece, keep_newlines=keep) for piece in (first, second)]
    assert "".join(pieces) == whole


@given(ANY_TEXT)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    """Making a safe text safe changes nothing."""
    assert displayable(displayable(text)) == displayable(text)


@pytest.mark.parametrize(
    "text", ["naïve café", "日本語", "👩‍👩‍👧 ❤️", "a\u0301", "نص عربي", "[/b] [red]", " "]
)
def test_printable_text_is_untouched(text: str) -> None:
    """Accents, other scripts, joined emoji and console markup pass as they are."""
    assert displayable(text) == text
    assert displayable(text, keep_newlines=True) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;Zm9v\x07", "␛]52;c;Zm9v␇"),
        ("\x9b2J", "‹U+009B›2J"),
        ("a\r\nb", "a␍↵b"),
        ("a\tb", "a⇥b"),
        ("\x00\x7f", "␀␡"),
        ("\u202eevil", "‹RLO›evil"),
        ("\ud800\ud83d\udfff", "\ufffd\ufffd\ufffd"),
        ("\u2028", "‹LS›"),
    ],
)
def test_controls_become_visible_signs(text: str, shown: str) -> None:
    """Each control is shown by its picture, its abbreviation or its number."""
    assert displayable(text) == shown


def test_lines_are_kept_on_request() -> None:
    """With `keep_newlines` a line feed ends the line and a TAB is four spaces, nothing else."""
    assert displayable("a\n\tb\r\x1b", keep_newlines=True) == "a\n    b␍␛"


def test_what_stands_in_a_field_keeps_its_length() -> None:
    """Each character that would act has a sign in its place, so that the cursor stays right."""
    typed = "a\x1b[2J\x07\u202eb\n\t"
    assert harmless(typed) == "a\ufffd[2J\ufffd\ufffdb↵⇥"
    assert len(harmless(typed)) == len(typed)
