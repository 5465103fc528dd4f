"""How several runs on one chart are told apart, by colour and without."""

from tui.widgets.plot import Role
from tui.widgets.raster import Stroke

LOOKS: tuple[tuple[Role, Stroke], ...] = (
    ("train", "solid"),
    ("val", "dashed"),
    ("overlay-1", "dotted"),
    ("overlay-2", "solid"),
    ("overlay-3", "dashed"),
)
"""The colour and the stroke of each curve, the first one's first."""

SWATCHES: dict[Stroke, str] = {"solid": "━━", "dashed": "╍╍", "dotted": "┈┈", "stipple": "··"}
"""How a legend shows a stroke."""

STROKES: tuple[Stroke, ...] = ("solid", "dashed", "dotted")


def look_of(index: int) -> tuple[Role, Stroke]:
    """Return how a curve is drawn; 15 looks, then they begin anew."""
    turn, at = divmod(index, len(LOOKS))
    role, stroke = LOOKS[at]
    return role, STROKES[(STROKES.index(stroke) + turn) % len(STROKES)]
