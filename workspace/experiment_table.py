"""What an experiment has found so far: a row for each combination, over its seeds."""

import statistics
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from core.events import Evaluated, StepsDone, perplexity
from core.settings import Value
from workspace.experiments import MemberState
from workspace.runs import Run, RunStore

Number = TypeVar("Number", int, float)


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the mean of some measurements and how far they lie apart."""

    mean: float
    std: float | None
    """Sample standard deviation (divided by count - 1); None of a single one."""
    count: int
    """How many were measured."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was found of one combination; a run that diverged counts with what it reached."""

    values: dict[str, Value]
    """What is varied, as this combination has it."""
    hidden_size: int
    runs: list[int]
    """Numbers of the runs that have begun."""
    statuses: list[str]
    """Of all members, in the order of their seeds."""
    val_loss: Spread | None
    """Lowest validation loss of each run, in mean nats per token or text."""
    perplexity: Spread | None
    """exp of each of these; None for a classifier."""
    accuracy: Spread | None
    """Of each run's best model, 0 to 1; None for a language model."""
    parameters: int | None
    """Trainable numbers; None before the first run has begun."""
    tokens_per_s: Spread | None
    """Of training alone."""
    seconds: Spread | None
    """Of training alone."""
    to_loss_s: Spread | None
    """Seconds of training to the first evaluation at the given loss; None unless all reached it."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the rows of an experiment."""

    to_loss: float | None
    """The validation loss that times are told to; None where nothing is measured yet."""
    rows: list[Row]


def experiment_table(
    runs: RunStore, members: Sequence[MemberState], to_loss: float | None = None
) -> Table:
    """Measure an experiment by the events that are stored, which works while it runs.

    Args:
        runs: Where the events are.
        members: All members.
        to_loss: The validation loss that times are told to; if left out, the best loss of the run
            that is worst by it, so that all reached it. Runs that failed or diverged do not count.
    """
    if to_loss is None:
        sound = [m for m in members if m.status not in ("failed", "diverged")]
        to_loss = max(_known(sound, lambda run: run.best_val_loss), default=None)
    combinations: list[list[MemberState]] = []
    for member in members:
        same = next((c for c in combinations if c[0].values == member.values), None)
        if same is None:
            combinations.append([member])
        else:
            same.append(member)
    return Table(to_loss=to_loss, rows=[_row(runs, same, to_loss) for same in combinations])


def spread(measured: Sequence[float]) -> Spread | None:
    """Sum up some measurements; None where there are none."""
    if not measured:
        return None
    std = statistics.stdev(measured) if len(measured) > 1 else None
    return Spread(mean=statistics.fmean(measured), std=std, count=len(measured))


def _row(runs: RunStore, members: Sequence[MemberState], to_loss: float | None) -> Row:
    losses = _known(members, lambda run: run.best_val_loss)
    is_language = members[0].config["task"] == "language"
    perplexities = [value for value in map(perplexity, losses) if value is not None]
    rates = [rate for member in members if (rate := _tokens_per_s(runs, member)) is not None]
    times = [time for member in members if (time := _time_to(runs, member, to_loss)) is not None]
    return Row(
        values=members[0].values,
        hidden_size=int(members[0].config["hidden_size"]),
        runs=[member.run.run for member in members if member.run is not None],
        statuses=[member.status for member in members],
        val_loss=spread(losses),
        perplexity=spread(perplexities) if is_language else None,
        accuracy=spread(_known(members, lambda run: run.best_accuracy)),
        parameters=next(iter(_known(members, lambda run: run.parameters)), None),
        tokens_per_s=spread(rates),
        seconds=spread(_known(members, lambda run: run.elapsed_s or None)),
        to_loss_s=spread(times) if len(times) == len(members) else None,
    )


def _known(members: Sequence[MemberState], of: Callable[[Run], Number | None]) -> list[Number]:
    """Return what is known of the members' runs."""
    found = (of(member.run) for member in members if member.run is not None)
    return [value for value in found if value is not None]


def _tokens_per_s(runs: RunStore, member: MemberState) -> float | None:
    """Return the rate of training over a whole run."""
    last = runs.newest(member.run.run, StepsDone) if member.run is not None else None
    return last.tokens / last.elapsed_s if last is not None and last.elapsed_s > 0 else None


def _time_to(runs: RunStore, member: MemberState, loss: float | None) -> float | None:
    """Return a run's seconds of training at its first evaluation that is as good as a loss."""
    if member.run is None or loss is None:
        return None
    evaluations = runs.of_kind(member.run.run, Evaluated)
    return next(
        (e.elapsed_s for e in evaluations if e.val_loss is not None and e.val_loss <= loss), None
    )
