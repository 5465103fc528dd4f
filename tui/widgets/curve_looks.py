"""How several runs or layers on one chart are told apart, by colour and without."""

from typing import NamedTuple

from tui.widgets.plot import Role
from tui.widgets.raster import Stroke


class CurveLook(NamedTuple):
    """Say how a curve is drawn, wherever it is."""

    role: Role
    """Its colour."""
    stroke: Stroke
    sign: str = ""
    """What stands on the line now and then, so that no colour is needed to find it."""


OWN_LOOK = CurveLook("train", "solid")
"""How the run on show is drawn where it has no look among others."""

LAYER_LOOKS: tuple[CurveLook, ...] = (
    OWN_LOOK,
    CurveLook("val", "dashed"),
    CurveLook("overlay-1", "dotted", "○"),
    CurveLook("overlay-2", "solid", "□"),
    CurveLook("overlay-3", "dashed", "△"),
)
"""The looks of the layers of one run, the first layer's first."""

SWATCHES: dict[Stroke, str] = {"solid": "━━", "dashed": "╍╍", "dotted": "┈┈", "stipple": "··"}
"""How a legend shows a stroke."""

ROLES: tuple[Role, ...] = ("overlay-1", "overlay-2", "overlay-3", "overlay-4")
"""The colours of runs beside others; those of the run on show and of its validation are free."""

STROKES: tuple[Stroke, ...] = ("solid", "dashed", "dotted")

CURVE_SIGNS = ("○", "□", "△", "▽", "✕")
"""Five to four colours, so that the two go round differently."""

LOOKS = len(ROLES) * len(STROKES)
"""How many runs look different; further ones begin anew."""


def look_of(index: int) -> CurveLook:
    """Return how a run beside others is drawn; neighbours differ in colour and in stroke."""
    turn, at = divmod(index, len(ROLES))
    sign = CURVE_SIGNS[index % len(CURVE_SIGNS)]
    return CurveLook(ROLES[at], STROKES[(at + turn) % len(STROKES)], sign)


def swatch_of(stroke: Stroke, sign: str = "") -> str:
    """Return how a legend or a list shows a curve, in two cells."""
    return sign + SWATCHES[stroke][1:] if sign else SWATCHES[stroke]
