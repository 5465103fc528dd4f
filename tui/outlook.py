"""How far a run is on its way to its planned end, and how long the rest will take."""

from collections.abc import Mapping
from typing import NamedTuple

from core.experiment_budget import ENDLESS_EPOCHS
from core.plan import next_evaluation
from core.settings import Value
from tui.held_out import holds_text_out


class Outlook(NamedTuple):
    """Hold where a run stands, what it plans, and how fast it goes."""

    config: Mapping[str, Value]
    """Every setting by name."""
    step: int
    elapsed_s: float
    steps_per_epoch: int
    planned_steps: int | None
    """Steps to the planned end; None where that is not counted in steps."""
    steps_per_s: float | None
    """Of training; None where unknown."""

    @property
    def eta_s(self) -> float | None:
        """Return the seconds of training to the planned end; None where unknown."""
        candidates = []
        if self.steps_per_s and self.planned_steps is not None:
            candidates.append((self.planned_steps - self.step) / self.steps_per_s)
        if self._max_seconds:
            candidates.append(self._max_seconds - self.elapsed_s)
        return max(0.0, min(candidates)) if candidates else None

    @property
    def next_evaluation_s(self) -> float | None:
        """Return the seconds of training to the next evaluation; None where unknown or never."""
        every = int(self.config.get("eval_every", 0))
        if not self.steps_per_s or not (every or self.steps_per_epoch):
            return None
        if not holds_text_out(self.config):
            return None
        at = next_evaluation(self.step, every=every, steps_per_epoch=self.steps_per_epoch)
        left_s, eta_s = (at - self.step) / self.steps_per_s, self.eta_s
        return left_s if eta_s is None else min(left_s, eta_s)  # the end evaluates, too

    @property
    def nearest_steps(self) -> int | None:
        """Return the step that ends the run; None where its seconds are used up before.

        What is further on its way counts, as in `share_done` of core/training/schedule.py.
        """
        steps_done, time_done = self._shares_done
        ends_by_time = time_done is not None and time_done >= (steps_done or 0.0)
        return None if ends_by_time else self.planned_steps

    @property
    def share_done(self) -> float | None:
        """Return how much of its plan lies behind the run, 0 to 1; None where nothing ends it."""
        return max(
            (min(share, 1.0) for share in self._shares_done if share is not None), default=None
        )

    @property
    def planned_epochs(self) -> int | None:
        """Return the passes over the data that end the run; None where something else does."""
        epochs = int(self.config.get("epochs", 0))
        steps = epochs * self.steps_per_epoch
        is_later = self.nearest_steps is None or steps > self.nearest_steps
        return None if is_later or not 0 < epochs < ENDLESS_EPOCHS else epochs

    @property
    def _max_seconds(self) -> float:
        return float(self.config.get("max_seconds", 0.0))

    @property
    def _shares_done(self) -> tuple[float | None, float | None]:
        """How much of its steps and of its seconds is used; None where they are not counted."""
        return (
            self.step / self.planned_steps if self.planned_steps else None,
            self.elapsed_s / self._max_seconds if self._max_seconds else None,
        )
