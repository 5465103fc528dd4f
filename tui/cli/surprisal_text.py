"""A text with each token's surprisal below it, for people: shades, digits, and the worst places."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.language import joined, tr, trn
from tui.cli.output import is_terminal
from tui.cli.tables import Column, table_lines
from tui.cli.wording import unknown_text
from tui.probability_levels import level_of, whole_bits
from tui.safe_text import displayable
from tui.token_flow import Piece, TokenFlow

if TYPE_CHECKING:
    from rich.text import Text

    from tui.cli.surprisal import SurprisingPlace, Told

STYLES = {
    "likely": "",
    "fair": "green",
    "unlikely": "yellow underline",
    "rare": "bold red underline",
}
"""How a token of each level is written; without colour, surprising ones are underlined."""

GUTTER = 6
"""Cells on the left for the running mean."""

EXPECTED = 3
"""Guesses that the table names."""


def surprisal_lines(told: "Told", shown: int) -> Iterator[str]:
    """Yield what to write: the sum, the text with digits below, and the most surprising places.

    Args:
        told: What surprised the model.
        shown: How many of the first tokens are written out, at least 1.
    """
    summary, found = told.summary, told.found
    yield trn(
        "loss {loss:.4f} nats per token, {bits:.4f} bits per character, {n:,} token\n",
        "loss {loss:.4f} nats per token, {bits:.4f} bits per character, {n:,} tokens\n",
        summary.tokens,
        loss=summary.loss,
        bits=summary.bits_per_char,
    )
    if summary.unknown:
        yield tr(
            "unknown: {what}\n",
            what=unknown_text(summary.unknown, summary.tokens, summary.spelling_bits_per_char),
        )
    yield tr(
        "\nbelow each token its whole bits (none below 1; 9: 9 or more); on the left the mean\n"
        "of the {mean_over} tokens up to the line's end\n\n",
        mean_over=summary.mean_over,
    )
    yield _written_out(told, shown)
    if shown < len(found):
        rest = len(found) - shown
        yield trn(
            "\n{n:,} more token is not shown; --limit 0 shows all\n",
            "\n{n:,} more tokens are not shown; --limit 0 shows all\n",
            rest,
        )
    if summary.most_surprising:
        yield tr("\nmost surprising:\n")
        yield "\n".join(_place_lines(summary.most_surprising)) + "\n"


def _written_out(told: "Told", shown: int) -> str:
    from rich.console import Console

    drawn = io.StringIO()
    to_terminal = is_terminal()
    console = Console(
        file=drawn,
        force_terminal=to_terminal,
        color_system="auto" if to_terminal else None,
        markup=False,
        highlight=False,
        emoji=False,
    )
    flow = TokenFlow(console.width - GUTTER - 1)
    for number in range(shown):
        flow.add(number, told.found.token(number))
    for pieces in flow.lines:
        if pieces:
            console.print(_line(told, pieces), soft_wrap=True)
            console.print(_digits(told, pieces), soft_wrap=True)
        else:
            console.print()
    return drawn.getvalue()


def _line(told: "Told", pieces: list[Piece]) -> "Text":
    """Return a line of text, shaded, with the running mean before it."""
    from rich.text import Text

    text = Text(f"{told.means[pieces[-1].token]:{GUTTER - 1}.2f} ")
    for piece in pieces:
        text.append(piece.text if piece.width else "", STYLES[_level(told, piece)])
    text.rstrip()
    return text


def _digits(told: "Told", pieces: list[Piece]) -> str:
    signs = "".join(_sign(told, piece) for piece in pieces)
    return (" " * GUTTER + signs).rstrip()


def _sign(told: "Told", piece: Piece) -> str:
    if not _bears_sign(told, piece):
        return " " * piece.width
    return whole_bits(float(told.found.bits[piece.token])).ljust(piece.width)[: piece.width]


def _level(told: "Told", piece: Piece) -> str:
    if not _bears_sign(told, piece):
        return "likely"
    return level_of(2.0 ** -float(told.found.bits[piece.token]))


def _bears_sign(told: "Told", piece: Piece) -> bool:
    """Tell whether a piece is more than the blank before a word."""
    return not piece.text.isspace() or told.found.token(piece.token).isspace()


def _place_lines(places: "list[SurprisingPlace]") -> list[str]:
    columns = [
        Column(tr("line:col"), "right"),
        Column(tr("bits"), "right"),
        Column(tr("in the text")),
        Column(tr("expected instead"), wraps=True),
    ]
    rows = [
        [
            f"{place.line}:{place.column}",
            f"{place.bits:.1f}",
            f"{displayable(place.before[-16:])}[{displayable(place.token)}]{displayable(place.after)}",
            joined(
                f"{displayable(guess.text)!r} {guess.probability:.0%}"
                for guess in place.expected[:EXPECTED]
            ),
        ]
        for place in places
    ]
    return table_lines(columns, rows)
