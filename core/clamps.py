"""Hidden units held at a value while text is drawn, to see what they are for."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from core.errors import InputError
from core.language import tr

_CLAMP = re.compile(r"(\d{1,9}):(\d{1,9})=([+-]?(?:\d+\.?\d*|\.\d+))")


class Clamp(NamedTuple):
    """Hold one unit at one value."""

    layer: int
    """From 0, the lowest first."""
    unit: int
    """From 0."""
    value: float
    """-1 to 1; 0 switches the unit off."""


def parse_clamps(text: str) -> list[Clamp]:
    """Read clamps written as `LAYER:UNIT=VALUE`, both counted from 1, separated by commas.

    Raises:
        InputError: A piece is none, or its value is not from -1 to 1.
    """
    clamps = []
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        found = _CLAMP.fullmatch(piece)
        layer, unit, value = found.groups() if found else ("0", "0", "0")
        if not int(layer) or not int(unit) or abs(float(value)) > 1:
            raise InputError(
                tr(
                    "clamp {piece!r} is not LAYER:UNIT=VALUE with a value from -1 to 1, such as "
                    "1:37=0",
                    piece=piece,
                )
            )
        clamps.append(Clamp(int(layer) - 1, int(unit) - 1, float(value)))
    return clamps


def write_clamps(clamps: Iterable[Clamp]) -> str:
    """Write clamps as `parse_clamps` reads them."""
    return ", ".join(f"{c.layer + 1}:{c.unit + 1}={c.value:g}" for c in clamps)


CYCLE = (0.0, 1.0, -1.0)
"""The values that one key goes through."""


def turned(text: str, layer: int, unit: int) -> str:
    """Return clamps with a unit held at the next of 0, 1 and -1, or after that no longer.

    Raises:
        InputError: The clamps cannot be read.
    """
    clamps = {(clamp.layer, clamp.unit): clamp for clamp in parse_clamps(text)}
    before = clamps.pop((layer, unit), None)
    rest = (
        CYCLE
        if before is None
        else CYCLE[CYCLE.index(before.value) + 1 :]
        if before.value in CYCLE
        else ()
    )
    if rest:
        clamps[layer, unit] = Clamp(layer, unit, rest[0])
    return write_clamps(clamps.values())
