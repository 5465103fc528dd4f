"""A moving average over a growing curve, computed only for what is new."""

import math
import sys

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
        new, averages = column[self._length :], self._values[self._length : len(column)]
        begun = 0
        for gap in np.flatnonzero(np.isnan(new)).tolist():
            self._average(new[begun:gap], averages[begun:gap], kept)
            averages[gap] = math.nan
            self._sum = self._weight = 0.0
            begun = gap + 1
        self._average(new[begun:], averages[begun:], kept)
        self._length = len(column)

    def _average(self, values: Floats, averages: Floats, kept: float) -> None:
        """Go on over values without a gap."""
        if len(values):
            sums = _decayed_sums(values, kept, self._sum)
            weights = _decayed_sums(np.ones(len(values)), kept, self._weight)
            np.divide(sums, weights, out=averages)
            self._sum, self._weight = float(sums[-1]), float(weights[-1])


def _decayed_sums(values: Floats, kept: float, before: float) -> Floats:
    """Return the sums that each keep a share of the one before: s[k] = kept * s[k - 1] + v[k].

    After each round a sum holds twice as many values as before it; what no longer counts is left
    out (Hillis and Steele, "Data Parallel Algorithms", 1986).
    """
    sums = values.copy()
    sums[0] += kept * before
    distance = 1
    while distance < len(sums) and kept**distance > sys.float_info.epsilon:
        sums[distance:] += kept**distance * sums[:-distance]
        distance *= 2
    return sums
