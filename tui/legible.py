"""The text colours of a theme, made to stand out from every ground that text lies on."""

from collections.abc import Mapping

from textual.color import Color

TEXTS = ("text-primary", "text-accent", "text-success", "text-warning", "text-error")
"""What Textual (8.2) offers for coloured texts; amber on light grey is no more than 1.3 : 1."""

GROUNDS = ("background", "surface", "panel")

LEAST = 4.5
"""Contrast of text with its ground (WCAG 2.2, success criterion 1.4.3)."""

STEP = 0.05
"""Share of the way to black or white that a colour goes at a time."""


def legible_texts(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the text colours by name; those of the terminal's own palette are not ours to know.

    Args:
        variables: The colours of the theme, by name.
    """
    named = {name: variables[name] for name in (*TEXTS, *GROUNDS)}
    if any(value.startswith("ansi_") for value in named.values()):
        return {}
    grounds = [Color.parse(named[name]) for name in GROUNDS]
    return {name: _moved(Color.parse(named[name]), grounds).hex for name in TEXTS}


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _moved(colour: Color, grounds: list[Color]) -> Color:
    """Move a colour away from its grounds until it can be read on each."""
    dark = min(map(_luminance, grounds)) < 0.18  # as far from black as from white
    goal = Color.parse("white" if dark else "black")
    share = 0.0
    moved = colour
    while share < 1 and min(contrast(moved, ground) for ground in grounds) < LEAST:
        share += STEP
        moved = colour.blend(goal, min(share, 1.0), alpha=1.0)
    return moved


def _luminance(colour: Color) -> float:
    red, green, blue = (_linear(value / 255) for value in colour.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
