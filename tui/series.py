"""Measurements over time in bounded memory: when the rows run out, neighbours become one."""

from collections.abc import Mapping

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

    def append(self, rows: Mapping[str, float | Floats]) -> None:
        """Append rows given by column; a single number holds for all of them."""
        count = max(np.size(column) for column in rows.values())
        block = np.empty((len(self._columns), count))
        for name, index in self._columns.items():
            block[index] = rows[name]
        if self._waiting.shape[1]:
            block = np.concatenate((self._waiting, block), axis=1)
        while True:
            room = self._capacity - self._length
            taken = min(block.shape[1] // self.stride, room) * self.stride
            self._add(self._merge(block[:, :taken], self.stride))
            block = block[:, taken:]
            if block.shape[1] < self.stride:
                break
            self._halve()
        self._waiting = block

    def cut(self, step: float) -> "Series":
        """Forget what lies after a step, since training went back to it; return that alone."""
        self._waiting = self._waiting[:, :0]
        kept = int(np.searchsorted(self["step"], step, side="right"))
        names = [name for name in self._columns if name not in self.POSITIONS]
        after = Series(*names, capacity=self._capacity)
        if kept < self._length:
            after.append({name: self[name][kept:] for name in self._columns})
            after.stride = self.stride
            self._length = kept
            self.generation += 1
        return after

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
        """Merge the rows of a full table in pairs; the capacity is even, so none is left over."""
        self._length //= 2
        self._rows[:, : self._length] = self._merge(self._rows[:, : 2 * self._length], 2)
        self.stride *= 2
        self.generation += 1

    def _merge(self, block: Floats, group: int) -> Floats:
        """Make one row of each `group` neighbouring ones."""
        if group == 1:
            return block
        grouped = block.reshape(len(self._columns), -1, group)
        merged: Floats = grouped.mean(axis=2)
        where = len(self.POSITIONS)
        merged[:where] = grouped[:where, :, -1]
        return merged
