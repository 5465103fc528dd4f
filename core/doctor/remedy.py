"""The one remedy for a run that has diverged: the settings before the edit that broke it, or less.

The divergence dialog, the doctor, the command line and a rollback all propose what stands here.
"""

from typing import NamedTuple

from core.config import Config
from core.doctor.findings import rounded, usual_rate
from core.doctor.observations import Observations
from core.language import joined, tr
from core.settings import Value, text_of


class Remedy(NamedTuple):
    """Hold the settings to go back with."""

    values: dict[str, Value]
    """Live settings by name."""
    undoes_edit: bool
    """Whether they are those before an edit."""

    @property
    def text(self) -> str:
        """The settings in words."""
        return remedy_text(self.values, undoes_edit=self.undoes_edit)


def remedy(seen: Observations) -> Remedy:
    """Return what to change before a run that has diverged goes on from its last good state."""
    if before := seen.edits.before:
        return Remedy(before, undoes_edit=True)
    return Remedy(_smaller_steps_than_failed(seen), undoes_edit=False)


def gentler_steps(seen: Observations) -> dict[str, Value]:
    """Return what to change where steps are too large, whether they have diverged or not.

    An edit is to blame that has raised the rate; any other is where the run has diverged.
    """
    if seen.diverged is not None or seen.edits.have_raised_the_rate:
        return remedy(seen).values
    return _smaller_steps_than_failed(seen)


def _smaller_steps_than_failed(seen: Observations) -> dict[str, Value]:
    tried = min(seen.config.learning_rate, seen.edits.lowest_failed_rate)
    return smaller_steps(seen.config, tried)


def smaller_steps(config: Config, rate: float) -> dict[str, Value]:
    """Return what a run that no edit has broken needs: clipping, else a third of the rate.

    A rate above the usual one goes down to that in any case.

    Args:
        config: The settings that diverged.
        rate: The lowest learning rate that has diverged.
    """
    values: dict[str, Value] = {}
    usual = usual_rate(config)
    if not config.max_grad_norm:
        values["max_grad_norm"] = 1.0
    if config.max_grad_norm or rate > usual:
        values["learning_rate"] = rounded(min(usual, rate / 3))
    return values


def remedy_text(values: dict[str, Value], *, undoes_edit: bool) -> str:
    """Write a remedy's settings for people."""
    settings = joined(f"{name} {text_of(value)}" for name, value in values.items())
    if undoes_edit:
        return tr("{settings}, as before the edit", settings=settings)
    return settings
