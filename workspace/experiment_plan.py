"""From settings and what varies to an experiment in the store; nothing is trained yet."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from core.config import Config, make_config, refuse_foreign
from core.errors import SettingsError
from core.experiment import By, Member, check_given, plan_members
from core.experiment_budget import with_budget
from core.language import tr
from core.settings import Value
from core.thread_shares import shared_threads
from workspace.experiments import Experiment, ExperimentStore
from workspace.readable import READ_BY, require_readable
from workspace.requests import absolute_paths


def plan_experiment(
    store: ExperimentStore,
    base: Config,
    varied: Mapping[str, Sequence[Value]],
    *,
    name: str,
    is_named: bool,
    given: Collection[str] = (),
    seeds: int = 1,
    by: By = "steps",
    parallel: int = 1,
) -> Experiment:
    """Plan every combination with every seed, and keep the plan.

    The data is read to see that it can be; for equal parameters its vocabulary is built, too, which
    loads torch and takes as long as it does at the start of a run.

    Args:
        store: Where to keep it.
        base: The settings that do not vary.
        varied: Values by setting.
        name: What the experiment is called.
        is_named: Whether the user chose the name; one made up gets a number if it is taken.
        given: Names of the settings in `base` that the user chose; the budget and the evaluations
            of others may change.
        seeds: How many seeds, counted from that of `base`.
        by: What all models get equally.
        parallel: How many members are to be trained at a time; they share the threads.

    Raises:
        InputError: Something is refused; nothing was written.
    """
    refuse_foreign(base.task, varied)
    check_given(varied, given)
    if by == "parameters" and "hidden_size" in varied:
        raise SettingsError([tr("hidden_size is chosen for equal parameters; vary something else")])
    if is_named:
        store.check_name(name)
    # All models would be written over each other in one folder.
    base = with_budget(msgspec.structs.replace(base, save_dir=""), given, by)
    members = plan_members(
        msgspec.structs.replace(base, threads=shared_threads(base.threads, parallel)),
        {setting: _anchored(setting, values) for setting, values in varied.items()},
        [base.seed + number for number in range(seeds)],
    )
    _require_readable(store, members)
    if by == "parameters":
        # Imported here, since this is what loads torch.
        from workspace.experiment_sizes import with_equal_parameters

        members = with_equal_parameters(store.runs.workspace, base, members)
    return store.create(name, members, varied=varied, by=by, parallel=parallel, is_named=is_named)


def _require_readable(store: ExperimentStore, members: Sequence[Member]) -> None:
    """Read each text or table once, and see that all members can be trained on it."""
    read: dict[tuple[Value, ...], list[Config]] = {}
    for member in members:
        key = tuple(member.config[name] for name in READ_BY)
        read.setdefault(key, []).append(make_config(member.config))
    for configs in read.values():
        require_readable(store.runs.workspace, configs)


def _anchored(setting: str, values: Sequence[Value]) -> list[Value]:
    """Make paths absolute, so that the experiment goes on from any folder."""
    return [absolute_paths({setting: value})[setting] for value in values]
