"""The bounds of a run's plan: which of them it has reached, so that going on needs others."""

from collections.abc import Mapping

from core.settings import Value

BOUND_OF = {
    "finished": "epochs",
    "max_steps": "max_steps",
    "max_seconds": "max_seconds",
    "early_stop": "patience",
}
"""The setting that ended a run, by the reason of its end."""


def reached_bounds(
    config: Mapping[str, Value], *, step: int, elapsed_s: float, steps_per_epoch: int
) -> set[str]:
    """Return the settings each of which ends a run where it stands; patience is not among them.

    Args:
        config: Its settings by name.
        step: Steps taken.
        elapsed_s: Seconds of training.
        steps_per_epoch: Steps of one pass over the data; 0 where that is not known.
    """
    most_steps, most_s = int(config.get("max_steps", 0)), float(config.get("max_seconds", 0.0))
    reached = {
        "epochs": step >= int(config.get("epochs", 0)) * steps_per_epoch > 0,
        "max_steps": 0 < most_steps <= step,
        "max_seconds": 0 < most_s <= elapsed_s,
    }
    return {name for name, is_reached in reached.items() if is_reached}
