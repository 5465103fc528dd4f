"""Which hidden units track a property of the text, and how much of that would be chance.

T is the number of tokens, U that of all units of all layers, P that of properties.
"""

import numpy as np
import numpy.typing as npt

from core.events import UnitTracker
from core.insight.text_properties import PROPERTIES, Values
from core.insight.token_offsets import Offsets

SHUFFLES = 20
"""How often the labels are shuffled to see what chance finds."""

Activations = npt.NDArray[np.float64]


def unit_trackers(activations: Activations, text: str, offsets: Offsets) -> list[UnitTracker]:
    """Find the unit that follows each property best, by the size of Pearson's correlation.

    A unit is compared with the property at the last character of each token. Beside it stands
    the largest correlation that any unit reaches with shuffled labels, the mean over 20 shuffles:
    with many units and few tokens, some unit always fits.

    Args:
        activations: Hidden states after each token, by layer and unit, (L, T, H).
        text: What was read.
        offsets: Where each token begins in it, and where the last one ends, (T + 1,).

    Returns:
        A tracker for each property that the text has at some places and not at all; the
        strongest first.
    """
    layers, tokens, size = activations.shape
    if tokens < 3:
        return []
    ends = offsets[1:] - 1
    units = _standardised(activations.transpose(1, 0, 2).reshape(tokens, layers * size))  # (T, U)
    generator = np.random.default_rng(0)
    trackers = []
    for name, of_characters in PROPERTIES.items():
        labels = _standardised(of_characters(text)[ends][:, None])[:, 0]  # (T,)
        if not labels.any():
            continue
        correlations = labels @ units / tokens  # (U,)
        best = int(np.abs(correlations).argmax())
        shuffled = np.stack([generator.permutation(labels) for _ in range(SHUFFLES)])
        by_chance = np.abs(shuffled @ units / tokens).max(axis=1).mean()
        trackers.append(
            UnitTracker(
                property=name,
                layer=best // size,
                unit=best % size,
                correlation=round(float(correlations[best]), 4),
                by_chance=round(float(by_chance), 4),
            )
        )
    return sorted(trackers, key=lambda tracker: -abs(tracker.correlation))


def _standardised(values: Values) -> Values:
    """Shift and scale each column to mean 0 and deviation 1; one that does not vary is all 0."""
    deviations = values.std(axis=0)
    # What rounding alone makes of a constant is no variation.
    varies = deviations > 1e-9 * (1 + np.abs(values).max(axis=0))
    scaled: Values = np.where(
        varies, (values - values.mean(axis=0)) / np.where(varies, deviations, 1), 0
    )
    return scaled
