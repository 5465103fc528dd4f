"""A moving average over a growing curve, computed only for what is new."""

import math

import numpy as np

from tui.series import Floats, Series

STRENGTHS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Steps of the smoothing keys: how much of the average so far is kept at each training step."""


class Smoother:
    """Average one column of a series exponentially.

    The mean is corrected for its start, as in Kingma and Ba, "Adam" (2015), section 3, so that
    the first points are not drawn towards zero. A gap ends the average, and it begins anew.
    """

    def __init__(self, series: Series, column: str) -> None:
        self._series, self._column = series, column
        self._key: tuple[int, float] | None = None
        self._values: Floats = np.empty(0)
        self._length = 0
        self._sum = self._weight = 0.0

    def values(self, strength: float) -> Floats:
        """Return the average at each row; the column itself for strength 0."""
        column = self._series[self._column]
        if not strength:
            return column
        key = (self._series.generation, strength)
        if key != self._key or len(column) < self._length:
            self._key, self._length, self._sum, self._weight = key, 0, 0.0, 0.0
        self._extend(column, strength**self._series.stride)
        return self._values[: self._length]

    def _extend(self, column: Floats, kept: float) -> None:
        if len(column) > len(self._values):
            grown = np.empty(max(len(column), 2 * len(self._values)))
            grown[: self._length] = self._values[: self._length]
            self._values = grown
        total, weight = self._sum, self._weight
        averages = []
        for value in column[self._length :].tolist():
            if math.isnan(value):
                total = weight = 0.0
                averages.append(math.nan)
                continue
            total = kept * total + value
            weight = kept * weight + 1.0
            averages.append(total / weight)
        self._values[self._length : len(column)] = averages
        self._length, self._sum, self._weight = len(column), total, weight
