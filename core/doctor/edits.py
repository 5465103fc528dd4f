"""The live edits of a run that have not led to a better model yet, and the settings before them."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from core.config import SETTINGS
from core.events import Diverged, Evaluated, Event, RunStarted, SettingsChanged
from core.settings import Value

UNINFLUENTIAL = frozenset(
    name for name, setting in SETTINGS.items() if setting.about.group == "run"
) | {"epochs", "max_steps", "max_seconds", "patience", "on_divergence"}
"""Settings whose change leaves what was seen before as true as it was."""

SAME_LOSS = UNINFLUENTIAL | {
    "learning_rate", "embedding_rate", "optimizer", "schedule", "lr_floor", "plateau_factor",
    "plateau_patience", "warmup_steps", "weight_decay", "max_grad_norm",
}  # fmt: skip
"""Settings that decide how a model learns, and not how its loss is counted."""

STEERING = tuple(
    name for name, setting in SETTINGS.items() if setting.about.live and name not in UNINFLUENTIAL
)
"""Settings that an edit can break a run by."""


class _Moment(NamedTuple):
    """Hold what was in force from a step on."""

    step: int
    config: dict[str, Value]
    """The values of `STEERING`."""
    before: dict[str, Value]
    """What the unproven edits have changed, as it was before the first of them."""


class Edits:
    """Fold a run's events to the edits that are not proven: no best model has come of them yet."""

    def __init__(self) -> None:
        self._moments = [_Moment(0, {}, {})]
        self._failed: list[dict[str, Value]] = []
        """Settings that have diverged."""
        self._has_best = False
        """Whether there is a model to be better than."""

    def take(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case RunStarted():
                self._start(event.start_step, event.config)
            case SettingsChanged():
                self._edit(event.step, {change.name: change.new for change in event.changes})
            case Evaluated(is_best=True):
                if self._has_best:  # the first of all is best, however bad it is
                    self._moments.append(_Moment(event.step, self._now.config, {}))
                self._has_best = True
            case Diverged():
                self._fail()
            case _:
                pass

    @property
    def before(self) -> dict[str, Value]:
        """The settings before the unproven edits; none where they have diverged themselves."""
        known = self._now.config | self._now.before
        has_failed = any(failed.items() <= known.items() for failed in self._failed)
        return {} if has_failed else dict(self._now.before)

    @property
    def have_raised_the_rate(self) -> bool:
        """Whether the learning rate was lower before the unproven edits."""
        known = self._now.config.get("learning_rate", 0.0)
        return float(self.before.get("learning_rate", math.inf)) < float(known)

    @property
    def lowest_failed_rate(self) -> float:
        """The lowest learning rate that has diverged; infinite where none has."""
        return min((float(failed.get("learning_rate", math.inf)) for failed in self._failed),
                   default=math.inf)  # fmt: skip

    @property
    def _now(self) -> _Moment:
        return self._moments[-1]

    def _start(self, step: int, config: Mapping[str, Value]) -> None:
        """Go back to a step; settings that differ from those of then are an edit."""
        wanted = {name: config[name] for name in STEERING if name in config}
        while len(self._moments) > 1 and self._now.step > step:
            self._moments.pop()
        if not self._now.config:
            self._moments = [_Moment(step, wanted, {})]
            return
        self._edit(step, wanted)
        # What an edit has done is gone with the steps after it.
        kept = {n: value for n, value in self._now.before.items() if self._now.config[n] != value}
        self._moments[-1] = _Moment(step, self._now.config, kept)

    def _edit(self, step: int, values: Mapping[str, Value]) -> None:
        config, before = self._now.config, self._now.before
        old = {n: config[n] for n, v in values.items() if n in config and config[n] != v}
        new = {n: v for n, v in values.items() if n in STEERING}
        self._moments.append(_Moment(step, config | new, old | before))

    def _fail(self) -> None:
        """Note the settings that diverged, unless an edit that was taken back is to blame."""
        config, before = self._now.config, self._now.before
        touched = {name: config[name] for name in before} if before else dict(config)
        if touched != before:
            self._failed.append(touched)
