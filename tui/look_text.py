"""What a look at a text says in words: the whole, one place of it, one unit."""

from itertools import accumulate

from textual.content import Content

from core.events import Guess, TextInspected, UnitTracker
from core.language import joined, tr
from tui.names import said
from tui.safe_text import displayable
from tui.samples import Sample

RUNNING = 50
"""Tokens that the running mean is taken of."""

MOST_PLACES = 8
"""Surprising places that a key leads to."""

MOST_UNKNOWN = 4
"""Unknown tokens that are named."""

APART = 20
"""Tokens from one of these places to the next, at least."""


def surprising_places(answer: TextInspected) -> list[int]:
    """Return the tokens of the most bits, the most surprising first, none close to another.

    The first token follows nothing that could announce it, and is none of them.
    """
    places: list[int] = []
    for token in sorted(range(1, len(answer.bits)), key=lambda token: -answer.bits[token]):
        if all(abs(token - place) >= APART for place in places):
            places.append(token)
        if len(places) == MOST_PLACES:
            break
    return places


def whole_reading(answer: TextInspected) -> Content:
    """Sum up the surprisal of a text, say what is unknown, and name its most surprising place."""
    mean = sum(answer.bits) / len(answer.bits)
    return Content.assemble(
        (tr("{mean:.2f} bits a token", mean=mean), "bold"),
        tr(" over {tokens:,} (the beginning)", tokens=len(answer.bits))
        if answer.cut
        else tr(" over {tokens:,}", tokens=len(answer.bits)),
        _unknown_reading(answer),
        *(_worst_reading(answer, place) for place in surprising_places(answer)[:1]),
    )


def _unknown_reading(answer: TextInspected) -> str:
    """Name some of the tokens that the vocabulary does not hold; nothing where it holds all."""
    if not answer.unknown:
        return ""
    names = list(dict.fromkeys(_quoted(answer.tokens[token]) for token in answer.unknown))
    shown = names[:MOST_UNKNOWN] + ["…"] * (len(names) > MOST_UNKNOWN)
    return tr(
        " · {n:,} unknown to the vocabulary ({tokens})",
        n=len(answer.unknown),
        tokens=joined(shown),
    )


def _worst_reading(answer: TextInspected, place: int) -> str:
    return tr(
        " · most surprising: {token} {bits:.1f} bits at line {line}, column {column}",
        token=_quoted(answer.tokens[place]),
        bits=answer.bits[place],
        **_where(answer, place),
    )


def place_reading(answer: TextInspected, token: int) -> Content:
    """Read a token's surprisal, the mean up to there, and what was expected in its place."""
    recent = answer.bits[max(0, token - RUNNING + 1) : token + 1]
    guesses = "  ".join(map(_guessed, answer.guesses[token]))
    return Content.assemble(
        (
            tr(
                "{token} {bits:.2f} bits",
                token=_quoted(answer.tokens[token]),
                bits=answer.bits[token],
            ),
            "bold",
        ),
        tr(
            " at line {line}, column {column} · mean of {count}: {mean:.2f} · expected {guesses}",
            count=len(recent),
            mean=sum(recent) / len(recent),
            guesses=guesses,
            **_where(answer, token),
        ),
        tr(" · unknown to the vocabulary") if token in answer.unknown else "",
    )


def walk_reading(answer: TextInspected, sample: Sample, token: int) -> Content:
    """Name what was expected in the place of a sample's token; the token itself in bold.

    Args:
        answer: What the model says of the sample, its prompt before it.
        sample: What is walked along, from its first token on.
        token: The token's number in the sample, from 0.
    """
    starts = list(accumulate(map(len, answer.tokens), initial=0))
    start = len(sample.prompt) + sum(map(len, sample.tokens[:token]))
    if start >= starts[-1]:
        return Content(tr("expected: known of the first {n:,} tokens", n=len(answer.tokens)))
    if start not in starts:
        return Content("")  # what was drawn as two words may be read as one
    words = tr("expected")
    if answer.step != sample.step:
        words = tr("expected at step {step:,}", step=answer.step)
    if sample.decoding is not None and sample.decoding.clamp:
        words = joined([words, tr("no unit held")])
    guesses = [
        Content.styled(_guessed(guess), "bold" if guess.text == sample.tokens[token] else "")
        for guess in answer.guesses[starts.index(start)]
    ]
    return Content("  ").join([Content(words), *guesses])


def unit_reading(answer: TextInspected, layer: int, unit: int, value: float | None) -> Content:
    """Name a unit, its value at the crosshair, and what it tracks."""
    tracked = [t for t in answer.trackers if (t.layer, t.unit) == (layer, unit)]
    parts = [tr(" {value:+.2f} here", value=value)] if value is not None else []
    parts += [tr(" · {property}", property=tracker_text(tracker)) for tracker in tracked]
    name = tr("layer {layer} unit {unit}", layer=layer + 1, unit=unit + 1)
    return Content.assemble((name, "bold"), *parts)


def tracker_text(tracker: UnitTracker) -> str:
    """Say how well a unit follows a property, and what chance would find."""
    return tr(
        "tracks {property}, r = {correlation:+.2f} (chance {by_chance:.2f})",
        property=displayable(said(tracker.property)),
        correlation=tracker.correlation,
        by_chance=tracker.by_chance,
    )


def _where(answer: TextInspected, token: int) -> dict[str, int]:
    """Return a token's line and column, both from 1."""
    before = "".join(answer.tokens[:token])
    line_start = before.rfind("\n") + 1
    return {"line": before.count("\n") + 1, "column": len(before) - line_start + 1}


def _guessed(guess: Guess) -> str:
    probability = guess.probability
    share = f"{probability:.0%}" if probability >= 0.01 else f"{probability:.2%}"
    return f"{_quoted(guess.text)} {share}"


def _quoted(token: str) -> str:
    return displayable(repr(token))
