"""How long an experiment will train, told from the speed of a run that was trained before."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from core.config import Config, make_config
from core.errors import SettingsError
from core.model_size import parameter_count
from workspace.records import Run

LEAST_STEPS = 10
"""Steps from which on a run tells its speed; the first ones are slow."""

VOCABULARY = 100
"""Tokens known, where that matters little: of a text's characters."""

KIND = ("model_type", "vocab_type", "data_file", "corpus", "threads")
"""Settings that decide how long a step takes, beside the model's size and the batch's."""

KIND_COUNTS = 0.5
"""How much a difference in one of these counts beside the logarithm of a ratio of sizes."""


class Expectation(NamedTuple):
    """Say how long something will train, roughly."""

    seconds: float
    """Of training alone, one run after the other."""
    run: int
    """The number of the run whose speed tells it."""


def expected_time(configs: Sequence[Config], steps: int, runs: Sequence[Run]) -> Expectation | None:
    """Guess how long some runs train, one after the other.

    A step is taken to cost as much as it has products: the tokens of a batch times the model's
    parameters.

    Args:
        configs: The settings of each run.
        steps: How many steps each takes.
        runs: The runs in the store, newest first.

    Returns:
        None where no run of the task has trained for long enough.
    """
    task = configs[0].task
    known = [r for r in runs if r.task == task and r.step >= LEAST_STEPS and r.elapsed_s > 0]
    sized = [(run, work) for run in known if (work := _work_of(run)) is not None]
    if not sized:
        return None
    seconds, least, nearest = 0.0, math.inf, 0
    for config in configs:
        apart = [_apart(run, work, config) for run, work in sized]
        run, work = sized[apart.index(min(apart))]
        seconds += steps * run.elapsed_s / run.step * _work(config) / work
        if min(apart) < least:
            least, nearest = min(apart), run.run
    return Expectation(seconds, nearest)


def _apart(run: Run, work: float, config: Config) -> float:
    """Say how little the speed of a run tells of a model: not at all the same is large."""
    differ = sum(bool(run.config.get(name) != getattr(config, name)) for name in KIND)
    return abs(math.log(_work(config) / work)) + KIND_COUNTS * differ


def _work_of(run: Run) -> float | None:
    try:
        return _work(make_config(run.config))
    except SettingsError:  # of another version
        return None


def _work(config: Config) -> float:
    """Return the products of a step, but for a factor that all models have."""
    return config.batch_size * config.seq_length * parameter_count(config, VOCABULARY, 2)
