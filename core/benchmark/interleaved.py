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

    def ratio(self, base: "Figure") -> float:
        """Return the middle one of the ratios to another's values, taken round by round."""
        pairs = zip(self.values, base.values, strict=True)
        return statistics.median(value / reference for value, reference in pairs)


def measure(
    rivals: Mapping[str, Callable[[], float]],
    *,
    rounds: int,
    warm_up: int = 1,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[Figure]:
    """Measure each rival once a round and return a figure for each.

    Args:
        rivals: What to measure by name; each call returns one value.
        rounds: How many values to take of each.
        warm_up: Rounds before these that do not count.
        tell: Takes how many turns are over, of how many, after each turn.
    """
    values: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(warm_up + rounds):
        for place, (name, take) in enumerate(rivals.items(), start=1):
            value = take()
            if number >= warm_up:
                values[name].append(value)
            tell(number * len(rivals) + place, (warm_up + rounds) * len(rivals))
    return [Figure(name, taken) for name, taken in values.items()]
