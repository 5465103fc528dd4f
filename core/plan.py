"""The plan of a run: when it evaluates next, which bounds it has reached; no torch here."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from core.events import Reason
from core.settings import Value

BOUND_OF: dict[str, str] = {
    "finished": "epochs",
    "max_steps": "max_steps",
    "max_seconds": "max_seconds",
    "early_stop": "patience",
}
"""The setting that ended a run, by the reason of its end."""


def next_evaluation(step: int, *, every: int, steps_per_epoch: int) -> int:
    """Return the step of the next evaluation, an end by another bound of the plan aside.

    Args:
        step: Steps taken.
        every: The setting `eval_every`; 0 for the end of each epoch.
        steps_per_epoch: Steps of one pass over the data.
    """
    period = max(1, every or steps_per_epoch)
    return (step // period + 1) * period


class Plan(NamedTuple):
    """Hold what bounds a run beforehand; patience, which depends on how it goes, is not in it."""

    epochs: int
    max_steps: int
    """0 for no bound, as in the settings."""
    max_seconds: float

    @classmethod
    def of(cls, config: Mapping[str, Value]) -> Self:
        """Read the plan out of a run's settings by name, of an older version perhaps."""
        return cls(
            int(config.get("epochs", 0)),
            int(config.get("max_steps", 0)),
            float(config.get("max_seconds", 0.0)),
        )

    def reached(self, *, step: int, elapsed_s: float, steps_per_epoch: int) -> list[Reason]:
        """Return why the run is over where it stands: each bound that it has reached.

        Args:
            step: Steps taken.
            elapsed_s: Seconds of training.
            steps_per_epoch: Steps of one pass over the data; 0 where that is not known.
        """
        reached: list[tuple[Reason, bool]] = [
            ("finished", step >= self.epochs * steps_per_epoch > 0),
            ("max_steps", 0 < self.max_steps <= step),
            ("max_seconds", 0 < self.max_seconds <= elapsed_s),
        ]
        return [reason for reason, is_reached in reached if is_reached]
