"""Paragraphs broken into lines, also those of a language that has no blanks between words."""

import re

_PIECE = (
    r"\s+"
    # A wide character or a word, with opening signs, which must not end a line, before it, and
    # closing ones, which must not begin one, behind it.
    r"|[（「『《“]*(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef“”]+)[，。：；、！？）」』》”]*"
    r"|."  # a sign with no word
)
"""What a line may end after: blanks, a word, or a wide character.

It is compiled when it is used, which most starts of the program do not.
"""


def wrapped_lines(text: str, width: int, indent: str = "") -> list[str]:
    """Break a paragraph into lines; a word that is wider than a line keeps one for itself.

    Args:
        text: The paragraph.
        width: Cells of a line, its indent included.
        indent: Begins each line.
    """
    from rich.cells import cell_len

    lines: list[str] = []
    line = ""
    for piece in re.findall(_PIECE, text):
        if line and not piece.isspace() and cell_len(indent + line + piece) > width:
            lines.append(indent + line.rstrip())
            line = ""
        if line or not piece.isspace():
            line += piece
    return [*lines, indent + line.rstrip()] if line.strip() else lines
