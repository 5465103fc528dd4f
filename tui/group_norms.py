"""The fold of what was measured of the parameter groups: all figures at a time are of one step."""

from collections import deque
from typing import NamedTuple

from core.doctor.gradient_levels import explodes, whole_norm
from core.events import StepsDone
from tui.rows import nan

MOST_KEPT = 512


class _Measured(NamedTuple):
    step: int
    grad_norms: dict[str, float | None]
    update_ratios: dict[str, float | None]


class GroupNorms:
    """Remember the newest measurements; groups are measured at some steps only."""

    def __init__(self) -> None:
        self._measured: deque[_Measured] = deque(maxlen=MOST_KEPT)
        self._judged_from = 0
        self.threshold = 0.0
        """The clipping threshold in force; 0 for none."""

    def take(self, event: StepsDone) -> None:
        """Take in a report, where it has measurements."""
        self.threshold = event.max_grad_norm
        if event.grad_norms:
            self._measured.append(_Measured(event.step, event.grad_norms, event.update_ratios))

    def go_back_to(self, step: int) -> None:
        """Forget what was measured after a step."""
        self._measured = deque((m for m in self._measured if m.step <= step), maxlen=MOST_KEPT)
        self.begin_judging_at(step)

    def begin_judging_at(self, step: int) -> None:
        """Judge by what comes after a step alone, as the doctor does: other settings hold there."""
        self._judged_from = step

    @property
    def explode(self) -> bool:
        """Whether the whole gradient explodes."""
        newest = [m for m in self._measured if m.step > self._judged_from]
        return explodes([nan(whole_norm(m.grad_norms)) for m in newest], self.threshold)

    @property
    def grad_norms(self) -> dict[str, float | None]:
        """The newest norm of each group, in the model's order."""
        return self._measured[-1].grad_norms if self._measured else {}

    @property
    def update_ratios(self) -> dict[str, float | None]:
        """‖update‖ / ‖weights‖ of each group at the same step."""
        return self._measured[-1].update_ratios if self._measured else {}

    @property
    def whole(self) -> float | None:
        """The norm of the whole gradient at the same step; None where it is not finite or known."""
        return whole_norm(self.grad_norms)

    @property
    def whole_trend(self) -> list[float]:
        """The norms of the whole gradient, the oldest first; NaN where not finite."""
        return [nan(whole_norm(measured.grad_norms)) for measured in self._measured]

    @property
    def steps(self) -> list[int]:
        """The steps at which groups were measured, those of the trends."""
        return [measured.step for measured in self._measured]

    def ratio_trend(self, group: str) -> list[float]:
        """Return ‖update‖ / ‖weights‖ of a group, the oldest first; NaN where not finite."""
        return [nan(measured.update_ratios.get(group)) for measured in self._measured]

    def trend(self, group: str) -> list[float]:
        """Return a group's norms, the oldest first; NaN where not finite or not measured."""
        return [nan(measured.grad_norms.get(group)) for measured in self._measured]
