"""How events become fewer when the screen falls behind the engine."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import mul
from typing import TypeVar

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
from tui.questions import is_of_walk

_E = TypeVar("_E", bound=Event)

MOST_LOSSES = 20_000
"""Steps whose single losses one event may carry; more are not merged into it."""

MERGEABLE = (PhaseChanged, StepsDone, TextSampled, TextClassified, TextInspected)
"""Events that mean the same however those of different kinds lie among each other, except that
steps end whatever phase prepared them: phases come first."""


def compact(events: Iterable[Event]) -> list[Event]:
    """Merge what can be between any two events that cannot; these keep their places.

    Steps and fragments of one sample add up; of phases, and of the answers to what is being typed,
    the newest is enough.
    """
    kept: list[Event] = []
    for can_merge, group in groupby(events, lambda event: isinstance(event, MERGEABLE)):
        stretch = list(group)
        kept += _merged(stretch) if can_merge else stretch
    return kept


def _merged(stretch: Iterable[Event]) -> list[Event]:
    phases: list[Event] = []
    steps: list[StepsDone] = []
    fragments: list[TextSampled] = []
    answers: dict[tuple[type[Event], bool], Event] = {}
    for event in stretch:
        match event:
            case StepsDone():
                steps.append(event)
            case TextSampled():
                fragments.append(event)
            case PhaseChanged():
                phases = [event]
            case _:
                walks = isinstance(event, TextInspected) and is_of_walk(event)
                answers[type(event), walks] = event
    return [
        *phases,
        *map(_merged_steps, _chains(steps, _goes_on)),
        *map(_merged_fragments, _chains(fragments, _tells_more)),
        *answers.values(),
    ]


def _chains(events: Iterable[_E], follows: Callable[[Sequence[_E], _E], bool]) -> list[list[_E]]:
    """Split events where one does not follow those before it."""
    chains: list[list[_E]] = []
    for event in events:
        if chains and follows(chains[-1], event):
            chains[-1].append(event)
        else:
            chains.append([event])
    return chains


def _goes_on(chain: Sequence[StepsDone], newer: StepsDone) -> bool:
    """Tell whether a report goes on where others end, and still fits to them."""
    return chain[-1].step + 1 == newer.first_step and newer.step - chain[0].first_step < MOST_LOSSES


def _tells_more(chain: Sequence[TextSampled], newer: TextSampled) -> bool:
    """Tell whether a fragment belongs to the sample of others."""
    return chain[-1].sample == newer.sample and not chain[-1].done


def _merged_fragments(chain: Sequence[TextSampled]) -> TextSampled:
    if len(chain) == 1:
        return chain[0]
    return msgspec.structs.replace(
        chain[-1],
        tokens=[token for fragment in chain for token in fragment.tokens],
        probabilities=[value for fragment in chain for value in fragment.probabilities],
    )


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
