"""Equal numbers of parameters: the width of each model of an experiment, before any training."""

from collections.abc import Sequence

import msgspec

from core.config import SETTINGS, Config, config_values, make_config
from core.experiment import Member
from core.model_size import matching_hidden_size, parameter_count
from core.settings import Value
from core.text.corpus import Corpus
from workspace.data import load_data
from workspace.paths import Workspace

DATA_GROUPS = ("data", "classification")
"""Groups of the settings that the vocabulary depends on, beside the task and the seed."""


def with_equal_parameters(
    workspace: Workspace,
    base: Config,
    members: Sequence[Member],
) -> list[Member]:
    """Give each member the width at which it has as many parameters as the base settings.

    The vocabulary's size is part of it, so the data is read once for each way that it is read.

    Args:
        workspace: Where fetched corpora are.
        base: The settings whose model has the number of parameters that all get.
        members: The plan.

    Raises:
        InputError: The data cannot be read.
    """
    known: dict[bytes, tuple[int, int]] = {}

    def sizes(config: Config) -> tuple[int, int]:
        key = msgspec.json.encode(_data_values(config))
        if key not in known:
            known[key] = _sizes(workspace, config)
        return known[key]

    parameters = parameter_count(base, *sizes(base))
    sized = []
    for member in members:
        # All seeds of a combination have one width: that of the first seed's vocabulary.
        config = make_config({"seed": base.seed}, base=make_config(member.config))
        width = matching_hidden_size(config, parameters, *sizes(config))
        sized.append(
            msgspec.structs.replace(member, config={**member.config, "hidden_size": width})
        )
    return sized


def _sizes(workspace: Workspace, config: Config) -> tuple[int, int]:
    """Return how many tokens and classes the data has."""
    data = load_data(
        workspace, config, report=lambda _phase, _detail, _done: None, should_stop=lambda: False
    )
    classes = 0 if isinstance(data, Corpus) else len(data.labels)
    return len(data.vocabulary), classes


def _data_values(config: Config) -> dict[str, Value]:
    values = config_values(config)
    return {
        name: value
        for name, value in values.items()
        if SETTINGS[name].about.group in DATA_GROUPS or name in ("task", "seed")
    }
