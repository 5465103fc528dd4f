"""The way back of a run that has diverged: to which checkpoint, and with which settings."""

from typing import NamedTuple

from core.config import SETTINGS, make_config
from core.doctor.remedy import remedy_text, smaller_steps
from core.language import tr
from core.settings import Value
from tui.history import History


class WayBack(NamedTuple):
    """Hold where a run that has diverged can go on."""

    step: int | None
    """Of the checkpoint; None where no sane one is left, so that only a new run can help."""
    path: str | None
    """Of the checkpoint."""
    values: dict[str, Value]
    """The settings to go on with, by name."""
    undoes_edit: bool
    """Whether these are the settings before an edit."""

    @property
    def settings(self) -> str:
        """The settings in words."""
        return remedy_text(self.values, undoes_edit=self.undoes_edit)

    @property
    def label(self) -> str:
        """The offer in a line."""
        settings = self.settings
        if self.step is None:
            return tr("Start a new run with {settings}", settings=settings)
        return tr("Go back to step {step:,} with {settings}", step=self.step, settings=settings)


def way_back(history: History) -> WayBack | None:
    """Return the way back of a run; None where it has not diverged."""
    diverged = history.diverged
    if diverged is None:
        return None
    values = diverged.fix or _remedy_of_old(history)
    return WayBack(diverged.checkpoint_step, diverged.checkpoint, values, diverged.undoes_edit)


def _remedy_of_old(history: History) -> dict[str, Value]:
    """Return the remedy of a run from before its events held one."""
    known = {name: value for name, value in history.config.items() if name in SETTINGS}
    config = make_config(known)
    return smaller_steps(config, config.learning_rate)
