"""Measurements over time in bounded memory: when the rows run out, neighbours become one."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Series:
    """Keep rows of numbers by step, the oldest first, in at most `capacity` rows.

    A full table halves itself: each two neighbouring rows become one, and from then on each row
    stands for twice as many appended ones (`stride`). Rows stay evenly spaced, so a moving
    average means the same in all of the curve. NaN is a gap, and stays one.
    """

    POSITIONS = ("step", "epoch", "elapsed_s")
    """Columns that say where a row is; merged rows keep the later one."""

    def __init__(self, *values: str, capacity: int = 1 << 16) -> None:
        """Begin an empty table.

        Args:
            values: Names of the columns besides `POSITIONS`; merged rows keep their mean.
            capacity: Most rows ever held; even, at least 2.
        """
        self._columns = {name: index for index, name in enumerate((*self.POSITIONS, *values))}
        self._capacity = capacity
        self._rows: Floats = np.empty((len(self._columns), min(capacity, 1024)))
        self._waiting: Floats = np.empty((len(self._columns), 0))
        self._length = 0
        self.stride = 1
        """How many appended rows one row stands for."""
        self.generation = 0
        """Changes when rows that were there before changed, so that caches begin anew."""

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, name: str) -> Floats:
        """Return one column, as a view that the next append may change."""
        return self._rows[self._columns[name], : self._length]

    def append(self, rows: Mapping[str, float | Sequence[float] | Floats]) -> None:
        """Append rows given by column; a single number holds for all of them."""
        columns = [np.asarray(rows[name], dtype=np.float64) for name in self._columns]
        block = np.stack(np.broadcast_arrays(*(np.atleast_1d(column) for column in columns)))
        block = np.concatenate((self._waiting, block), axis=1)
        while True:
            whole = block.shape[1] // self.stride
            if self._length + whole <= self._capacity:
                break
            self._halve()
        self._waiting = block[:, whole * self.stride :]
        self._add(self._merge(block[:, : whole * self.stride], self.stride))

    def cut(self, step: float) -> None:
        """Forget what lies after a step, since training went back to it."""
        self._waiting = self._waiting[:, :0]
        kept = int(np.searchsorted(self["step"], step, side="right"))
        if kept < self._length:
            self._length = kept
            self.generation += 1

    def _add(self, block: Floats) -> None:
        needed = self._length + block.shape[1]
        if needed > self._rows.shape[1]:
            size = min(self._capacity, max(needed, 2 * self._rows.shape[1]))
            grown = np.empty((len(self._columns), size))
            grown[:, : self._length] = self._rows[:, : self._length]
            self._rows = grown
        self._rows[:, self._length : needed] = block
        self._length = needed

    def _halve(self) -> None:
        pairs = self._length // 2
        left_over = self._rows[:, 2 * pairs : self._length].copy()
        self._rows[:, :pairs] = self._merge(self._rows[:, : 2 * pairs], 2)
        self._rows[:, pairs : pairs + left_over.shape[1]] = left_over
        self._length = pairs + left_over.shape[1]
        self.stride *= 2
        self.generation += 1

    def _merge(self, block: Floats, group: int) -> Floats:
        """Make one row of each `group` neighbouring ones."""
        grouped = block.reshape(len(self._columns), -1, group)
        merged: Floats = grouped.mean(axis=2)
        where = len(self.POSITIONS)
        merged[:where] = grouped[:where, :, -1]
        return merged
