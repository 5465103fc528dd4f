"""Which value comes next when a setting is nudged; it is always one that is allowed."""

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from core.settings import Setting, Value

SERIES = (1, 2, 5)
"""Mantissas of the 1-2-5 series, which is even on a logarithmic scale."""

SHARE_STEP = Decimal("0.05")
"""Step of settings that run between fixed ends, such as dropout."""

POWERS_OF_TWO = frozenset(
    {
        "hidden_size", "embedding_dim", "batch_size", "seq_length", "max_text_length",
        "sample_length", "max_length",
    }
)  # fmt: skip
"""Sizes that one tries in doublings."""

BY_ONE = frozenset(
    {
        "num_layers", "epochs", "plateau_patience", "patience", "keep_checkpoints", "seed",
        "threads",
    }
)  # fmt: skip
"""Counts that one tries one by one."""

SMALLEST = 1e-6
"""The last step of a 1-2-5 series before it reaches zero."""


def nudge(setting: Setting, value: Value, direction: int, choices: Sequence[str] = ()) -> Value:
    """Return the next value of a setting up or down, or the same one at the end of its range.

    Args:
        setting: The setting, which gives kind and range.
        value: A value that the setting allows.
        direction: 1 for up, -1 for down.
        choices: Texts to walk through, for a setting that holds a text.
    """
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return _next_choice(setting.choices or tuple(choices), value, direction)
    if setting.name in BY_ONE:
        stepped = value + direction  # Not as a float, which has too few digits for a seed.
    elif setting.name in POWERS_OF_TWO:
        stepped = _next_power(value, direction)
    elif setting.kind == "float" and _runs_between_ends(setting):
        stepped = _next_multiple(value, direction)
    else:
        stepped = _next_in_series(value, direction, whole=setting.kind == "int")
    fitted = _within(setting, stepped, value)
    return int(fitted) if setting.kind == "int" else fitted


def _next_choice(choices: Sequence[str], value: str, direction: int) -> str:
    if not choices:
        return value
    if value not in choices:
        return choices[0]
    return choices[(choices.index(value) + direction) % len(choices)]


def _next_power(value: float, direction: int) -> float:
    if value < 1 or (value <= 1 and direction < 0):
        return 1.0 if direction > 0 else 0.0
    exponent = math.log2(value)
    whole = math.floor(exponent) + 1 if direction > 0 else math.ceil(exponent) - 1
    return float(2**whole)


def _runs_between_ends(setting: Setting) -> bool:
    high = setting.about.high
    return high is not None and high <= 1.0


def _next_multiple(value: float, direction: int) -> float:
    steps = Decimal(repr(value)) / SHARE_STEP
    if direction > 0:
        return float((steps.to_integral_value(ROUND_FLOOR) + 1) * SHARE_STEP)
    return float((steps.to_integral_value(ROUND_CEILING) - 1) * SHARE_STEP)


def _next_in_series(value: float, direction: int, *, whole: bool) -> float:
    """Return the neighbour in the series 0, …, 0.1, 0.2, 0.5, 1, 2, 5, 10, and so on."""
    smallest = 1.0 if whole else SMALLEST
    if value < smallest or (value <= smallest and direction < 0):
        return smallest if direction > 0 else 0.0
    exponent = math.floor(math.log10(value)) - 1
    members = [
        float(f"{mantissa}e{power}")
        for power in range(exponent, exponent + 4)
        for mantissa in SERIES
    ]
    if direction > 0:
        return next(member for member in members if member > value)
    return next(member for member in reversed(members) if member < value)


def _within(setting: Setting, stepped: float, value: float) -> float:
    """Clamp to the range; stay at the old value where an end itself is refused."""
    low, high = setting.about.low, setting.about.high
    if low is not None and (stepped < low or (setting.about.low_open and stepped <= low)):
        return value if setting.about.low_open else low
    if high is not None and (stepped > high or (setting.about.high_open and stepped >= high)):
        return value if setting.about.high_open else high
    return stepped
