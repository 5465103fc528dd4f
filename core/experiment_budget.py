"""How long the models of an experiment train: equally long, as it is measured."""

from collections.abc import Collection
from math import ceil

import msgspec

from core.config import Config
from core.errors import SettingsError
from core.experiment import By
from core.language import tr

DEFAULT_STEPS = 300
"""Steps of each model where no budget is given: enough to see which one leads."""

DEFAULT_SECONDS = 60.0
"""The same in seconds of training."""

EVALUATIONS = 10
"""Evaluations of each model where none are asked for, so that times to a loss can be told."""

EVAL_EVERY_STEPS = 100
"""The same where seconds count, and the number of steps is not known."""

ENDLESS_EPOCHS = 1_000_000
"""More than fit in any budget of seconds."""


def with_budget(config: Config, given: Collection[str], by: By) -> Config:
    """Give a run of an experiment its budget.

    Args:
        config: The settings as they are.
        given: Names of the settings that the user gave; defaults of others may change.
        by: What all models get equally.

    Raises:
        SettingsError: A limit was given that makes budgets unequal.
    """
    wrong = {"epochs", "max_steps"} if by == "seconds" else {"max_seconds"}
    unequal = sorted(wrong & set(given))
    problems = [
        tr("{name} does not go with --by {by}; leave it out", name=name, by=by) for name in unequal
    ]
    if problems:
        raise SettingsError(problems)
    if by == "seconds":
        return _of_seconds(config, given)
    return _of_steps(config, given)


def _of_seconds(config: Config, given: Collection[str]) -> Config:
    asked = config.max_seconds if "max_seconds" in given else 0.0
    return msgspec.structs.replace(
        config,
        max_seconds=asked or DEFAULT_SECONDS,
        max_steps=0,
        epochs=ENDLESS_EPOCHS,
        eval_every=config.eval_every or ("eval_every" not in given) * EVAL_EVERY_STEPS,
    )


def _of_steps(config: Config, given: Collection[str]) -> Config:
    max_steps = config.max_steps if "max_steps" in given else 0
    if not max_steps and "epochs" not in given:
        max_steps = DEFAULT_STEPS
    # An epoch has one step at least, so that this many never end first.
    epochs = config.epochs if "epochs" in given else max_steps
    rhythm = ceil(max_steps / EVALUATIONS) if "eval_every" not in given else 0
    return msgspec.structs.replace(
        config,
        max_seconds=0.0,
        max_steps=max_steps,
        epochs=epochs,
        eval_every=config.eval_every or rhythm,
    )


def budget_text(config: Config) -> str:
    """Say how long each model trains."""
    if config.max_seconds:
        return tr("{max_seconds:g} s of training each", max_seconds=config.max_seconds)
    if config.max_steps:
        return tr("{max_steps:,} steps each", max_steps=config.max_steps)
    return tr("{epochs:,} epochs each", epochs=config.epochs)
