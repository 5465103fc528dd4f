"""An experiment as data: which settings vary over which values, and the runs that this makes."""

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Literal

import msgspec

from core.config import SETTINGS, Config, config_values, make_config
from core.errors import InputError, SettingsError
from core.language import tr
from core.settings import Value, parse, text_of, unknown_name

By = Literal["steps", "seconds", "parameters"]
"""What all models of an experiment get equally; with equal parameters, the steps are equal too."""

MOST_MEMBERS = 1000
"""Runs that one experiment may have."""

BUDGET = frozenset({"epochs", "max_steps", "max_seconds"})

_NOT_VARIED = {
    "task": tr("compare models of one task"),
    "seed": tr("--seeds N repeats each model with N seeds, counted from --seed"),
    "save_dir": tr("rnnstudio runs export writes a model's files"),
    "device": tr("it says where to run, not what is learned"),
    "threads": tr("it says where to run, not what is learned"),
} | dict.fromkeys(BUDGET, tr("all models get the same budget"))
"""Settings that do not vary, and why or what does it instead."""


class Comparison(msgspec.Struct, frozen=True):
    """Describe a comparison that has a name."""

    setting: str
    """What varies."""
    values: tuple[Value, ...]
    summary: str
    """What it compares, in a sentence without a full stop."""


COMPARISONS: dict[str, Comparison] = {
    "model-types": Comparison(
        "model_type", ("rnn", "lstm", "gru"), tr("Compare the cells: plain, LSTM and GRU")
    ),
    "hidden-sizes": Comparison(
        "hidden_size", (128, 256, 512), tr("Compare widths of the hidden state: 128, 256 and 512")
    ),
    "sequence-lengths": Comparison(
        "seq_length", (32, 64, 128), tr("Compare sequence lengths: 32, 64 and 128 tokens")
    ),
    "dropout": Comparison("dropout", (0.1, 0.3, 0.5), tr("Compare dropout: 0.1, 0.3 and 0.5")),
    "clipping": Comparison(
        "max_grad_norm", (0.5, 1.0, 5.0), tr("Compare thresholds of clipping: 0.5, 1 and 5")
    ),
}
"""Comparisons that start by name."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Plan one run of an experiment."""

    member: int
    """Its number in the experiment, from 1."""
    values: dict[str, Value]
    """What is varied, as this run has it."""
    seed: int
    config: dict[str, Value]
    """Every setting by name."""


def parsed_variation(texts: Sequence[str]) -> dict[str, list[Value]]:
    """Read what a user wants to vary.

    Args:
        texts: `NAME=V1,V2,...` each.

    Raises:
        SettingsError: A setting is unknown, does not vary or is named twice, or a value is none of
            its or stands twice; lists every problem.
    """
    varied: dict[str, list[Value]] = {}
    problems: list[str] = []
    for text in texts:
        typed, equals, listed = text.partition("=")
        name = typed.strip().removeprefix("--").replace("-", "_")
        if not equals or not name:
            problems.append(
                tr("--vary needs NAME=V1,V2, as in model_type=rnn,lstm, got {text!r}", text=text)
            )
        elif name in varied:
            problems.append(tr("{name} is varied twice; name all of its values at once", name=name))
        elif problem := _unfit(name):
            problems.append(problem)
        else:
            try:
                varied[name] = _values(name, listed)
            except SettingsError as error:
                problems += error.problems
    if problems:
        raise SettingsError(problems)
    return varied


def _unfit(name: str) -> str:
    """Say why a setting cannot vary; empty if it can."""
    if name not in SETTINGS:
        return unknown_name(name, list(SETTINGS))
    if name in _NOT_VARIED:
        return tr("{name} cannot vary; {why}", name=name, why=_NOT_VARIED[name])
    return ""


def _values(name: str, listed: str) -> list[Value]:
    texts = [text.strip() for text in listed.split(",")]
    if "" in texts:
        raise SettingsError(
            [tr("{name} needs a value between commas, got {listed!r}", name=name, listed=listed)]
        )
    values = [parse(SETTINGS[name], text) for text in texts]
    twice = next((value for at, value in enumerate(values) if value in values[:at]), None)
    if twice is not None:
        raise SettingsError([tr("{name} is given {value} twice", name=name, value=text_of(twice))])
    return values


def plan_members(
    base: Config, varied: Mapping[str, Sequence[Value]], seeds: Sequence[int]
) -> list[Member]:
    """Return every combination of values with every seed, all combinations of a seed first.

    Args:
        base: The settings that do not vary, the budget among them.
        varied: Values by setting.
        seeds: Of initialisation, order and dropout.

    Raises:
        SettingsError: A combination is refused.
        InputError: There are too many.
    """
    combinations = [dict(zip(varied, values, strict=True)) for values in product(*varied.values())]
    count = len(combinations) * len(seeds)
    if count > MOST_MEMBERS:
        raise InputError(
            tr(
                "these are {count:,} runs, and an experiment has at most {most}",
                count=count,
                most=MOST_MEMBERS,
            )
        )
    members: list[Member] = []
    for seed in seeds:
        for values in combinations:
            # A corpus is used only where no file is named.
            freed = {"data_file": ""} if "corpus" in values else {}
            config = make_config({**freed, **values, "seed": seed}, base=base)
            members.append(
                Member(
                    member=len(members) + 1, values=values, seed=seed, config=config_values(config)
                )
            )
    return members


def combination_text(values: Mapping[str, Value], seed: int | None = None) -> str:
    """Write what tells a run of an experiment from the others: `hidden_size 128, seed 1`."""
    parts = [f"{name} {text_of(value)}" for name, value in values.items()]
    return ", ".join(parts + ([] if seed is None else [f"seed {seed}"]))


def check_given(varied: Collection[str], given: Collection[str]) -> None:
    """Refuse a setting that is both varied and given one value.

    Raises:
        SettingsError: Lists every one.
    """
    both = [
        tr("{name} is both varied and given; leave one out", name=name)
        for name in varied
        if name in given
    ]
    if both:
        raise SettingsError(both)
