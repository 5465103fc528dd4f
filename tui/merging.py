"""How two neighbouring events become one when the screen falls behind the engine."""

from collections.abc import Sequence

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
        case StepsDone(), StepsDone():
            return _merge_steps(older, newer)
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


def compact(events: Sequence[Event]) -> list[Event]:
    """Merge all neighbours that can be, keeping the order."""
    kept: list[Event] = []
    for event in events:
        merged = merge(kept[-1], event) if kept else None
        if merged is None:
            kept.append(event)
        else:
            kept[-1] = merged
    return kept


def _merge_steps(older: StepsDone, newer: StepsDone) -> StepsDone | None:
    if older.step + 1 != newer.first_step:
        return None
    if len(older.losses) + len(newer.losses) > MOST_LOSSES:
        return None
    weights = (max(len(older.losses), 1), max(len(newer.losses), 1))
    loss = _mean(older.loss, newer.loss, weights)
    return msgspec.structs.replace(
        newer,
        first_step=older.first_step,
        loss=loss,
        grad_norm=_mean(older.grad_norm, newer.grad_norm, weights),
        losses=older.losses + newer.losses,
        perplexity=perplexity(loss),
        clipped=older.clipped + newer.clipped,
        grad_norms=newer.grad_norms or older.grad_norms,
        update_ratios=newer.update_ratios or older.update_ratios,
        accuracy=_mean(older.accuracy, newer.accuracy, weights),
        largest_grad_norm=_largest(older.largest_grad_norm, newer.largest_grad_norm),
    )


def _largest(older: float | None, newer: float | None) -> float | None:
    """Return the larger one; unknown where either is."""
    return None if older is None or newer is None else max(older, newer)


def _mean(older: float | None, newer: float | None, weights: tuple[int, int]) -> float | None:
    """Return the weighted mean; unknown where either is not finite, as in one report."""
    if older is None or newer is None:
        return None
    return finite((older * weights[0] + newer * weights[1]) / sum(weights))
