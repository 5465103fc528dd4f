"""Turns of rivals as a table of text."""

import subject  # noqa: F401 - says what is measured

from core.benchmark.interleaved import Figure, measure

__all__ = ["Figure", "measure", "table"]


def table(figures: list[Figure], unit: str) -> str:
    """Write medians, spreads and the median ratio to the first figure, which is the baseline."""
    base = figures[0]
    lines = [f"{'':28}{'median':>14} {unit:10}  {'spread':28}{'ratio to ' + base.name}"]
    lines += [
        f"{figure.name:28}{figure.median:14,.4g} {unit:10}  {figure.spread:28}"
        f"{figure.ratio(base):.3f}"
        for figure in figures
    ]
    return "\n".join(lines)
