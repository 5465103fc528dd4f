"""The units that a language model's loss is shown in, and how it is turned into them."""

import math
from typing import Literal

import numpy as np

from core.events import Yardstick
from core.language import tr
from tui.series import Floats

LossUnit = Literal["nats", "bits/char", "perplexity"]

LOSS_UNITS: tuple[LossUnit, ...] = ("nats", "bits/char", "perplexity")
"""In the order in which a key goes through them."""

LOSS_UNIT_NAMES: dict[LossUnit, str] = {
    "nats": tr("nats"),
    "bits/char": tr("bits/char"),
    "perplexity": tr("perplexity"),
}


def in_unit(
    losses: Floats,
    unit: LossUnit,
    tokens_per_char: float | None,
    spelling_bits_per_char: float = 0.0,
) -> Floats:
    """Turn losses into a unit; NaN where that cannot be done.

    Args:
        losses: Nats per token, (N,).
        unit: What they are wanted in.
        tokens_per_char: Tokens of a character of the text; None while that is not known.
        spelling_bits_per_char: What spelling unknown tokens takes beyond the losses.

    Returns:
        The values, (N,); of the unit nats the same array.
    """
    match unit:
        case "nats":
            return losses
        case "bits/char":
            scale = math.nan if tokens_per_char is None else tokens_per_char / math.log(2)
            return np.asarray(losses * scale + spelling_bits_per_char, dtype=np.float64)
        case "perplexity":
            with np.errstate(over="ignore"):
                return np.asarray(np.exp(losses), dtype=np.float64)


def yardstick_in_unit(stick: Yardstick, unit: LossUnit) -> float:
    """Return what a yardstick reaches in a unit; NaN where it is no number."""
    value = stick.bits_per_char if unit == "bits/char" else stick.loss
    if value is None:
        return math.nan
    return value if unit == "bits/char" else float(in_unit(np.array([value]), unit, None)[0])
