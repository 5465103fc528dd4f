"""Time rivals in turn, round after round, so that a machine's drift falls on all of them alike."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Hold one rival's measurements, of the same quantity, a value a round."""

    name: str
    values: list[float]

    @property
    def median(self) -> float:
        """Return the middle value."""
        return statistics.median(self.values)

    @property
    def spread(self) -> str:
        """Return the smallest and the largest value."""
        return f"{min(self.values):,.4g} to {max(self.values):,.4g}"


def measure(
    rivals: Mapping[str, Callable[[], float]], *, rounds: int, warm_up: int = 1
) -> list[Figure]:
    """Measure each rival once a round and return a figure for each.

    Args:
        rivals: What to measure by name; each call returns one value.
        rounds: How many values to take of each.
        warm_up: Rounds before these that do not count.
    """
    values: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(warm_up + rounds):
        for name, take in rivals.items():
            value = take()
            if number >= warm_up:
                values[name].append(value)
    return [Figure(name, taken) for name, taken in values.items()]


def table(figures: list[Figure], unit: str) -> str:
    """Write medians, spreads and the median ratio to the first figure, which is the baseline."""
    base = figures[0]
    lines = [f"{'':28}{'median':>14} {unit:10}  {'spread':28}{'ratio to ' + base.name}"]
    for figure in figures:
        pairs = zip(figure.values, base.values, strict=True)
        ratio = statistics.median(value / reference for value, reference in pairs)
        lines.append(
            f"{figure.name:28}{figure.median:14,.4g} {unit:10}  {figure.spread:28}{ratio:.3f}"
        )
    return "\n".join(lines)
