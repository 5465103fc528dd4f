"""A comparison as it is asked for: what, how long, how many runs; and how that is said."""

from collections.abc import Sequence

import msgspec

from core.config import Config, make_config
from core.errors import SettingsError
from core.experiment import COMPARISONS, By
from core.experiment_budget import DEFAULT_SECONDS, DEFAULT_STEPS
from core.language import tr, trn
from tui.widgets.axes import clock
from workspace.experiment_time import expected_time
from workspace.records import Run


class Comparison(msgspec.Struct, frozen=True):
    """Answer what is compared."""

    name: str
    """One of the named comparisons."""
    by: By = "steps"
    """What all models get equally."""
    steps: int = DEFAULT_STEPS
    """How long each model trains, unless seconds count."""
    seconds: float = DEFAULT_SECONDS
    """How long each model trains, where seconds count."""
    seeds: int = 1
    """How often each model is trained, from another start."""
    parallel: int = 1
    """How many runs are trained at a time."""

    @property
    def amount(self) -> float:
        """How long each model trains, in what counts."""
        return self.seconds if self.by == "seconds" else self.steps

    @property
    def models(self) -> int:
        """How many models are compared."""
        return len(COMPARISONS[self.name].values)

    @property
    def runs(self) -> int:
        """How many runs this makes."""
        return self.models * self.seeds


def amount_text(by: By, amount: float) -> str:
    """Say how long each run trains."""
    if by == "seconds":
        return tr("{seconds:g} s", seconds=amount)
    return trn("{n:,} step", "{n:,} steps", int(amount))


def parallel_text(parallel: int) -> str:
    """Say how many runs train at a time."""
    if parallel == 1:
        return tr("1")
    return tr("{n}, sharing the threads", n=parallel)


def summary_text(chosen: Comparison, config: Config, runs: Sequence[Run]) -> str:
    """Say what begins, and roughly how long it takes, where that is known."""
    each = amount_text(chosen.by, chosen.amount)
    what = trn("{n} run of {each}", "{n} runs of {each}", chosen.runs, each=each)
    return tr("{what}: {more}", what=what, more=_time_text(chosen, config, runs))


def _time_text(chosen: Comparison, config: Config, runs: Sequence[Run]) -> str:
    if chosen.by == "seconds":
        rounds = -(-chosen.runs // chosen.parallel)
        return tr("{time} of training in all", time=clock(rounds * chosen.seconds))
    comparison = COMPARISONS[chosen.name]
    try:
        configs = [make_config({comparison.setting: v}, base=config) for v in comparison.values]
    except SettingsError as error:
        return str(error)
    if chosen.by == "parameters":
        configs = [config] * len(configs)
    found = expected_time(configs, chosen.steps, runs)
    if found is None:
        return tr("how long it takes shows once a run has trained")
    time = clock(found.seconds * chosen.seeds)
    return tr("about {time} of training, by the speed of run {run}", time=time, run=found.run)
