"""How two neighbouring events become one when the screen falls behind the engine."""

from collections.abc import Iterable, Sequence
from operator import mul

import msgspec

from core.events import (
    Event,
    PhaseChanged,
    StepsDone,
    TextClassified,
    TextInspected,
    TextSampled,
    finite,
    perplexity,
)

MOST_LOSSES = 20_000
"""Steps whose single losses one event may carry; more are not merged into it."""


def merge(older: Event, newer: Event) -> Event | None:
    """Return one event that says what both say, or None where nothing would do.

    Steps and fragments of one sample add up; of one phase's progress, and of the answers to what
    is being typed, the newest is enough.
    """
    match older, newer:
        case StepsDone(), StepsDone() if _follows(older, newer, len(older.losses)):
            return _merged_steps([older, newer])
        case TextSampled(), TextSampled() if older.sample == newer.sample and not older.done:
            return msgspec.structs.replace(
                newer,
                tokens=older.tokens + newer.tokens,
                probabilities=older.probabilities + newer.probabilities,
            )
        case PhaseChanged(), PhaseChanged() if older.phase == newer.phase:
            return newer
        case (TextClassified(), TextClassified()) | (TextInspected(), TextInspected()):
            return newer
        case _:
            return None


def compact(events: Iterable[Event]) -> list[Event]:
    """Merge all neighbours that can be, keeping the order."""
    kept: list[Event] = []
    run: list[StepsDone] = []
    losses = 0
    for event in events:
        if isinstance(event, StepsDone):
            if run and not _follows(run[-1], event, losses):
                kept.append(_merged_steps(run))
                run, losses = [], 0
            run.append(event)
            losses += len(event.losses)
            continue
        if run:
            kept.append(_merged_steps(run))
            run, losses = [], 0
        merged = merge(kept[-1], event) if kept else None
        if merged is None:
            kept.append(event)
        else:
            kept[-1] = merged
    return [*kept, _merged_steps(run)] if run else kept


def _follows(older: StepsDone, newer: StepsDone, losses: int) -> bool:
    """Tell whether a report goes on where another ends, and still fits to so many losses."""
    return older.step + 1 == newer.first_step and losses + len(newer.losses) <= MOST_LOSSES


def _merged_steps(run: Sequence[StepsDone]) -> StepsDone:
    """Make one report of some that follow each other, in time that grows with their steps only."""
    if len(run) == 1:
        return run[0]
    weights = [max(len(report.losses), 1) for report in run]
    loss = _mean([report.loss for report in run], weights)
    return msgspec.structs.replace(
        run[-1],
        first_step=run[0].first_step,
        loss=loss,
        grad_norm=_mean([report.grad_norm for report in run], weights),
        losses=[loss for report in run for loss in report.losses],
        perplexity=perplexity(loss),
        clipped=sum(report.clipped for report in run),
        grad_norms=next((r.grad_norms for r in reversed(run) if r.grad_norms), {}),
        update_ratios=next((r.update_ratios for r in reversed(run) if r.update_ratios), {}),
        accuracy=_mean([report.accuracy for report in run], weights),
        largest_grad_norm=_largest([report.largest_grad_norm for report in run]),
    )


def _largest(norms: Sequence[float | None]) -> float | None:
    """Return the largest one; unknown where any is."""
    known = [norm for norm in norms if norm is not None]
    return max(known) if len(known) == len(norms) else None


def _mean(values: Sequence[float | None], weights: Sequence[int]) -> float | None:
    """Return the weighted mean; unknown where any is not finite, as in one report."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return finite(sum(map(mul, known, weights)) / sum(weights))
