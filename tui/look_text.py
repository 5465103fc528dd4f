"""What a look at a text says in words: the whole, one place of it, one unit."""

from textual.content import Content

from core.events import TextInspected, UnitTracker
from tui.safe_text import displayable

RUNNING = 50
"""Tokens that the running mean is taken of."""

MOST_PLACES = 8
"""Surprising places that a key leads to."""

APART = 20
"""Tokens from one of these places to the next, at least."""


def surprising_places(answer: TextInspected) -> list[int]:
    """Return the tokens of the most bits, the most surprising first, none close to another."""
    places: list[int] = []
    for token in sorted(range(len(answer.bits)), key=lambda token: -answer.bits[token]):
        if all(abs(token - place) >= APART for place in places):
            places.append(token)
        if len(places) == MOST_PLACES:
            break
    return places


def whole_reading(answer: TextInspected) -> Content:
    """Sum up the surprisal of a text, and name its most surprising place."""
    mean = sum(answer.bits) / len(answer.bits)
    worst = surprising_places(answer)[0]
    return Content.assemble(
        (f"{mean:.2f} bits a token", "bold"),
        f" over {len(answer.bits):,}{' (the beginning)' if answer.cut else ''}"
        f" · most surprising: {_quoted(answer.tokens[worst])} {answer.bits[worst]:.1f} bits"
        f" {_where(answer, worst)}",
    )


def place_reading(answer: TextInspected, token: int) -> Content:
    """Read a token's surprisal, the mean up to there, and what was expected in its place."""
    recent = answer.bits[max(0, token - RUNNING + 1) : token + 1]
    guesses = "  ".join(
        f"{_quoted(guess.text)} {guess.probability:.0%}" for guess in answer.guesses[token]
    )
    return Content.assemble(
        (f"{_quoted(answer.tokens[token])} {answer.bits[token]:.2f} bits", "bold"),
        f" {_where(answer, token)} · mean of {len(recent)}: {sum(recent) / len(recent):.2f}"
        f" · expected {guesses}",
    )


def unit_reading(answer: TextInspected, layer: int, unit: int, value: float | None) -> Content:
    """Name a unit, its value at the crosshair, and what it tracks."""
    tracked = [t for t in answer.trackers if (t.layer, t.unit) == (layer, unit)]
    parts = [f" {value:+.2f} here"] if value is not None else []
    parts += [f" · best at {tracker_text(tracker)}" for tracker in tracked]
    return Content.assemble((f"layer {layer + 1} unit {unit + 1}", "bold"), *parts)


def tracker_text(tracker: UnitTracker) -> str:
    """Say how well a unit follows a property, and what chance would find."""
    return f"{tracker.property} r {tracker.correlation:+.2f} (by chance {tracker.by_chance:.2f})"


def _where(answer: TextInspected, token: int) -> str:
    before = "".join(answer.tokens[:token])
    line = before.count("\n") + 1
    return f"at line {line}, column {len(before) - (before.rfind(chr(10)) + 1) + 1}"


def _quoted(token: str) -> str:
    return displayable(repr(token))
