"""Where an axis has its ticks and how they read; no drawing."""

import math
from collections.abc import Callable, Sequence

Format = Callable[[float], str]
"""Turns a value into a short text."""

_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))

_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)


def nice_step(span: float, count: int) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that cuts `span` in ≤ `count`."""
    raw = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(
        (factor * power for factor in (1, 2, 5) if factor * power >= raw * 0.999), 10 * power
    )


def linear_ticks(low: float, high: float, count: int, step: float | None = None) -> list[float]:
    """Return at most about `count` round values from `low` to `high`.

    Args:
        low: Lower end.
        high: Upper end, above the lower one.
        count: How many there is room for.
        step: The distance between ticks, where it is not a matter of taste.
    """
    step = step or nice_step(high - low, count)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def log_ticks(low: float, high: float, rows: int) -> list[float]:
    """Return round values for a logarithmic axis, at least about two rows apart.

    Args:
        low: Lower end, above 0.
        high: Upper end, above the lower one.
        rows: Cells of the axis.
    """
    decades = math.log10(high) - math.log10(low)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors, closest in (((1, 2, 3, 5), 1.5), ((1, 2, 5), 2.0), ((1, 3), 3.0), ((1,), 10.0)):
        ticks = [factor * 10.0**power for power in powers for factor in factors]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if math.log10(closest) * rows >= 2 * decades:
            break
    if len(ticks) < 2:
        counts = range(max(2, rows // 3), max(rows, 2) + 1)
        found = (linear_ticks(low, high, count) for count in counts)
        return next((ticks for ticks in found if ticks), [])
    return ticks[:: max(1, math.ceil(2 * len(ticks) / max(rows, 1)))]


def time_ticks(low: float, high: float, count: int) -> list[float]:
    """Return ticks in seconds that are round as a clock is round."""
    raw = (high - low) / max(count, 1)
    step = next((float(step) for step in _SECONDS if step >= raw * 0.999), None)
    if raw < 1:
        return linear_ticks(low, high, count)
    return linear_ticks(low, high, count, step or nice_step((high - low) / 3600, count) * 3600)


def row_scale(low: float, high: float, rows: int) -> tuple[float, float, float]:
    """Fit a range to rows of cells so that round values lie in the middle of evenly spaced rows.

    Args:
        low: Smallest value to be shown.
        high: Largest value to be shown.
        rows: Cells of the axis, at least 1.

    Returns:
        The values at the lower and the upper edge, and the distance between ticks.
    """
    span = high - low
    if span <= max(abs(low), abs(high)) * 1e-6 + 1e-12:
        span = max(abs(low) * 0.1, 1e-6)  # A flat curve still needs an axis.
    least = span / max(rows - 1, 0.5)
    power = 10.0 ** math.floor(math.log10(least))
    apart = (3, 4, 5) if rows >= 9 else (2, 3, 4)
    # From a tenth below to ten times above, so that the smallest that is enough is among them.
    found = (
        (factor * power * tens / cells, factor * power * tens)
        for tens in (1, 10, 100)
        for factor in (1, 2, 5)
        for cells in apart
    )
    a_row, step = min(pair for pair in found if pair[0] >= least * (1 - 1e-9))
    if rows == 1:
        return low - span / 10, high + span / 10, step
    bottom = (math.floor(low / a_row + 0.5) - 0.5) * a_row
    return bottom, bottom + rows * a_row, step


def number_texts(ticks: Sequence[float]) -> list[str]:
    """Write evenly spaced ticks in one unit, with as many digits as tell them apart.

    The largest chooses the unit and all have the same digits, so that labels align: 3.75k, 4.00k.
    """
    scale, sign = _unit_of(max(map(abs, ticks), default=0.0))
    exact = (
        digits
        for digits in range(7)
        if all(
            math.isclose(round(tick / scale, digits), tick / scale, abs_tol=1e-9) for tick in ticks
        )
    )
    digits = next(exact, 7)
    return [_tick_text(tick / scale, digits) + (sign if tick else "") for tick in ticks]


def decade_texts(ticks: Sequence[float]) -> list[str]:
    """Write the round ticks of a logarithmic axis, each in a unit of its own."""
    scaled = [(tick, *_unit_of(tick)) for tick in ticks]
    return [
        f"{tick / scale:.6g}{sign}" if tick >= 1e-3 else f"{tick:.0e}".replace("e-0", "e-")
        for tick, scale, sign in scaled
    ]


def log_minor_ticks(low: float, high: float, rows: int) -> list[float]:
    """Return what divides each decade of a logarithmic axis, as many as its rows tell apart."""
    rows_of_decade = rows / max(math.log10(high) - math.log10(low), 1e-9)
    factors = range(1, 10) if rows_of_decade >= 8 else (1, 2, 5) if rows_of_decade >= 4 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = (factor * 10.0**power for power in powers for factor in factors)
    return [tick for tick in ticks if low <= tick <= high]


def time_texts(ticks: Sequence[float]) -> list[str]:
    """Write ticks in seconds as a clock shows them; with digits where they are closer than one."""
    if len(ticks) > 1 and ticks[1] - ticks[0] < 0.999:
        return [f"{text}s" for text in number_texts(ticks)]
    return [clock(tick) for tick in ticks]


def _tick_text(tick: float, digits: int) -> str:
    if abs(tick) < 10.0**-digits / 2:
        return "0"
    return f"{tick:.{digits}f}" if digits < 7 else f"{tick:.0e}".replace("e-0", "e-")


def _unit_of(size: float) -> tuple[float, str]:
    """Return what a value of a size is counted in, and its sign; thousands as k and so on."""
    return next((unit for unit in _UNITS if abs(size) >= 0.9995 * unit[0]), (1.0, ""))


def short_number(value: float) -> str:
    """Write a measure with three significant digits, thousands as k: 0.300, 4.00k, 9.0e-3.

    Digits do not come and go with the value, so that columns align and nothing jumps.
    """
    if not math.isfinite(value):
        return "inf" if value > 0 else "—"
    size = abs(value)
    if size >= 1e15 or 0 < size < 0.00995:
        return f"{value:.1e}".replace("e-0", "e-").replace("e+", "e")
    scale, sign = _unit_of(size)
    if size < 0.9995:
        return f"{value:.3f}" if size else "0"
    digits = next(digits for digits in (2, 1, 0) if size / scale < 9.995 * 10.0 ** (2 - digits))
    return f"{value / scale:.{digits}f}{sign}"


def short_count(value: float) -> str:
    """Write how many there are: whole below a thousand, then as a measure."""
    return f"{value:.3g}" if abs(value) < 999.5 else short_number(value)


def clock(seconds: float) -> str:
    """Write seconds as `8s`, `1:05` or `2:03:04`, days in front."""
    if not math.isfinite(seconds):
        return "—"
    if 0 < seconds < 1:
        return f"{seconds:.2g}s"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days}d {hours}h"
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
