"""Experiments in a workspace of their own, for the tests of their store, table and processes."""

from collections.abc import Mapping, Sequence

import msgspec

from core.config import config_values, make_config
from core.events import Evaluated, Event
from core.experiment import plan_members
from core.settings import Value
from store_cases import ended, evaluated, started, steps_done
from workspace.experiments import Experiment, ExperimentStore
from workspace.requests import MemberKey


def planned_experiment(
    store: ExperimentStore,
    varied: Mapping[str, Sequence[Value]],
    *,
    seeds: int = 1,
    name: str = "cells",
    parallel: int = 1,
    **settings: Value,
) -> Experiment:
    """Plan an experiment that trains nothing yet."""
    base = make_config(settings)
    seeded = [base.seed + number for number in range(seeds)]
    members = plan_members(base, varied, seeded)
    return store.create(name, members, varied=varied, by="steps", parallel=parallel)


def begin_member(store: ExperimentStore, experiment: int, member: int) -> int:
    """Make a member's run, as a session does, and return its number."""
    planned = store.member(experiment, member)
    key = MemberKey(experiment, member)
    return store.runs.create_run(planned.name, make_config(planned.config), key).run


def train_member(
    store: ExperimentStore, experiment: int, member: int, *events: Event, reason: str = "max_steps"
) -> int:
    """Keep a member's run that has ended, and return its number."""
    run = begin_member(store, experiment, member)
    config = store.member(experiment, member).config
    begun = msgspec.structs.replace(started(), config=config_values(make_config(config)))
    best = [event.best_val_loss for event in events if isinstance(event, Evaluated)]
    end = msgspec.structs.replace(
        ended(step=9, reason=reason), best_val_loss=best[-1] if best else None, elapsed_s=3.0
    )
    for event in (begun, *events, end):
        store.runs.record(run, event)
    return run


def measured(*losses: float, seconds: float = 1.0, tokens: int = 100) -> list[Event]:
    """Return the events of evaluations that find these losses, `seconds` of training apart."""
    events: list[Event] = []
    for number, loss in enumerate(losses, 1):
        at = seconds * number
        step = msgspec.structs.replace(steps_done(number), elapsed_s=at, tokens=tokens * number)
        best = min(losses[:number])
        found = msgspec.structs.replace(
            evaluated(number, loss), elapsed_s=at, best_val_loss=best, is_best=loss == best
        )
        events += [step, found]
    return events
