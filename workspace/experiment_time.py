"""How long an experiment will train, told from the speed of a run that was trained before."""

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

SHAPE = (
    "model_type", "hidden_size", "num_layers", "embedding_dim", "batch_size", "seq_length",
    "vocab_type", "threads",
)  # fmt: skip
"""Settings that decide how long a step takes."""


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
    seconds, likest, most = 0.0, 0, -1
    for config in configs:
        found = max(known, key=lambda run: _likeness(run, config), default=None)
        work = None if found is None else _work_of(found)
        if found is None or work is None:
            return None
        seconds += steps * found.elapsed_s / found.step * _work(config) / work
        if _likeness(found, config) > most:
            likest, most = found.run, _likeness(found, config)
    return Expectation(seconds, likest)


def _likeness(run: Run, config: Config) -> int:
    """Count the settings that decide on the speed and are the same."""
    return sum(run.config.get(name) == getattr(config, name) for name in SHAPE)


def _work_of(run: Run) -> float | None:
    try:
        return _work(make_config(run.config))
    except SettingsError:  # of another version
        return None


def _work(config: Config) -> float:
    """Return the products of a step, but for a factor that all models have."""
    return config.batch_size * config.seq_length * parameter_count(config, VOCABULARY, 2)
