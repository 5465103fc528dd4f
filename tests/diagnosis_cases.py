"""Events of made-up runs that are healthy but for what a test changes, for the doctor's tests."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from core.config import config_values, make_config
from core.decoding import Decoding
from core.doctor import Doctor
from core.events import (
    Diagnosed,
    DiagnosisEnded,
    Evaluated,
    Event,
    GatesMeasured,
    GradientsThroughTime,
    LayerActivity,
    RunStarted,
    TextSampled,
    ValueShares,
)
from core.settings import Value
from event_cases import GROUPS, evaluated, started, steps
from tui.findings import Findings

CHANCE = 4.17
"""ln 65, of the 65 tokens of the made-up run."""


def began(settings: dict[str, Value], **facts: object) -> RunStarted:
    """Return the start of a run with some settings, without warm-up unless they have one."""
    config = make_config({"warmup_steps": 0, **settings})
    return started(config=config_values(config), **{"train_tokens": 1_000_000, **facts})


def reports(
    count: int = 200,
    loss: Callable[[int], float] | float = 2.5,
    *,
    first: int = 1,
    ratio: float = 5e-3,
    **changes: object,
) -> list[Event]:
    """Return reports of five steps each.

    Args:
        count: Steps in all.
        loss: Of each step, or by step.
        first: The first step.
        ratio: Of update to weights, in every group.
        changes: Of each report.
    """
    made: list[Event] = []
    for begin in range(first, first + count, 5):
        losses = [
            loss if isinstance(loss, float) else loss(step) for step in range(begin, begin + 5)
        ]
        ratios = dict.fromkeys(GROUPS, ratio)
        made.append(steps(begin, losses, **{"update_ratios": ratios, **changes}))
    return made


def falling(step: int) -> float:
    """Return a loss that falls as it should."""
    return 1.0 + 3.0 * 0.99**step


def trials(*losses: float, every: int = 50) -> list[Evaluated]:
    """Return evaluations of these losses, so many steps apart."""
    return [
        evaluated(every * number, loss, best=min(losses[:number]))
        for number, loss in enumerate(losses, 1)
    ]


def look_at_gradients(step: int, left: float, half_life: float | None = 8.0) -> Event:
    """Return a look at gradients of which a share is left at the far end."""
    return GradientsThroughTime(step=step, lags=[0, 1], norms=[[1.0, left]], half_lives=[half_life])


def look_at_gates(step: int, *, dead: int = 0, at_ends: float = 0.1) -> Event:
    """Return a look at a layer of 40 units."""
    hidden = ValueShares(
        name="hidden", low=-1.0, shares=[], at_low=at_ends / 2, at_high=at_ends / 2
    )
    return GatesMeasured(step=step, layers=[LayerActivity(values=[hidden], units=40, dead=dead)])


def sample(
    tokens: Sequence[str], probability: float, *, done: bool = True, **decoding: object
) -> TextSampled:
    """Return a sample that was asked for."""
    return TextSampled(
        sample=1,
        step=150,
        origin="console",
        prompt="",
        tokens=list(tokens),
        probabilities=[probability] * len(tokens),
        done=done,
        decoding=msgspec.structs.replace(Decoding(), **decoding),
    )


def in_order(*groups: Iterable[Event]) -> list[Event]:
    """Put events in the order of their steps; those of one step stay as they are given."""

    def step_of(event: Event) -> int:
        return -1 if isinstance(event, RunStarted) else int(getattr(event, "step", 0))

    return sorted((event for group in groups for event in group), key=step_of)


def sayings(events: Iterable[Event]) -> list[Diagnosed | DiagnosisEnded]:
    """Return all that a fresh doctor says of some events."""
    doctor = Doctor()
    return [said for event in events for said in doctor.take(event)]


def diagnoses(events: Iterable[Event]) -> list[Diagnosed]:
    """Return all that a fresh doctor finds in some events."""
    return [said for said in sayings(events) if isinstance(said, Diagnosed)]


def standing(events: Iterable[Event]) -> list[str]:
    """Return the codes of what a fresh doctor holds to be wrong after some events."""
    doctor, findings = Doctor(), Findings()
    for event in events:
        if isinstance(event, RunStarted):
            findings.take(event)
        for said in doctor.take(event):
            findings.take(said)
    return [said.code for said in findings.standing]


def codes(events: Iterable[Event]) -> list[str]:
    """Return the codes of all that a fresh doctor says of some events."""
    return [said.code for said in diagnoses(events)]
