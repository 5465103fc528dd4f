"""Flowing text: nothing is lost, no line is too long, and lines break at blanks."""

from hypothesis import given
from hypothesis import strategies as st

from tui.safe_text import displayable
from tui.token_flow import Piece, TokenFlow

TEXTS = st.lists(st.text("ab \n\té你\x1b", max_size=6), max_size=40)


@given(TEXTS, st.integers(2, 12))
def test_every_character_has_its_place(tokens: list[str], width: int) -> None:
    """All that is visible of the tokens stands in the lines, in order, within the width."""
    flow = TokenFlow(width)
    for number, token in enumerate(tokens):
        flow.add(number, token)
    pieces = [piece for line in flow.lines for piece in line]
    shown = "".join(piece.text for piece in pieces)
    assert shown == displayable("".join(tokens), keep_newlines=True).replace("\n", " ")
    assert [piece.token for piece in pieces] == sorted(piece.token for piece in pieces)
    for line in flow.lines:
        # A line end may hang over by its one blank.
        assert sum(piece.width for piece in line) <= width + 1


@given(TEXTS, st.integers(2, 12))
def test_streaming_equals_flowing_at_once(tokens: list[str], width: int) -> None:
    """The lines that are complete never change when more comes."""
    flow = TokenFlow(width)
    before: list[list[Piece]] = []
    for number, token in enumerate(tokens):
        flow.add(number, token)
        assert flow.lines[: len(before)] == before
        before = [list(line) for line in flow.lines[:-1]]


def test_words_are_kept_whole() -> None:
    """A word that does not fit begins the next line, though it came letter by letter."""
    flow = TokenFlow(10)
    for number, character in enumerate("the lovely rose"):
        flow.add(number, character)
    lines = ["".join(piece.text for piece in line) for line in flow.lines]
    assert lines == ["the lovely ", "rose"]


@given(TEXTS, st.integers(2, 12))
def test_a_token_is_found_on_its_line(tokens: list[str], width: int) -> None:
    """The crosshair finds the first line that a token shows on."""
    flow = TokenFlow(width)
    for number, token in enumerate(tokens):
        flow.add(number, token)
    for number in range(len(tokens)):
        lines = [i for i, line in enumerate(flow.lines) if any(p.token == number for p in line)]
        assert flow.line_of(number) == (lines[0] if lines else None)
