"""The colours of curves, chosen for each theme so that no two that share a chart are alike."""

from collections.abc import Mapping
from functools import cache

from textual.color import Color

from tui.widgets.curve_looks import ROLES
from tui.widgets.plot import Role

_HUES = (205, 285, 330, 175, 5, 255, 60)
"""Degrees: blue, violet, pink, teal, red, indigo and yellow."""

_LIGHTNESS = {True: 0.70, False: 0.28}
"""Of a curve by whether the theme is dark; each stands out from its background by 3 : 1."""

_ANSI = ("blue", "magenta", "cyan", "red", "yellow", "green")
"""The terminal's own colours; what they look like is its business."""


def curve_colours(variables: Mapping[str, str]) -> dict[Role, str]:
    """Return the colour of each kind of curve, as a style sheet writes it.

    Args:
        variables: The colours of the theme, by name.
    """
    names = ("accent", "success", "background")
    return _chosen(*(variables[name] for name in names))


@cache
def _chosen(accent: str, success: str, background: str) -> dict[Role, str]:
    if accent.startswith("ansi_"):
        free = [f"ansi_{name}" for name in _ANSI if f"ansi_{name}" not in (accent, success)]
        val = success if success != accent else free.pop(0)
        return {"train": accent, "val": val, **dict(zip(ROLES, free, strict=False))}
    chosen: dict[Role, Color] = {"train": Color.parse(accent), "val": Color.parse(success)}
    lightness = _LIGHTNESS[Color.parse(background).brightness < 0.5]
    free_colours = [Color.from_hsl(hue / 360, 0.75, lightness) for hue in _HUES]
    for role in ROLES:
        taken = list(chosen.values())
        best = max(free_colours, key=lambda colour: min(_distance(colour, one) for one in taken))
        free_colours.remove(best)
        chosen[role] = best
    return {role: colour.hex for role, colour in chosen.items()}


def _distance(one: Color, other: Color) -> float:
    """Return how different two colours look (T. Riemersma, "Colour metric": the red mean)."""
    mean = (one.r + other.r) / 2
    red, green, blue = one.r - other.r, one.g - other.g, one.b - other.b
    weighted = (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2
    return float(weighted**0.5)
