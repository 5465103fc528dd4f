"""The mailbox between engine and screen: bounded, in order, and nothing that counts is lost."""

import math

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.events import Event, Noticed, PhaseChanged, StepsDone, TextSampled
from tui.engine import Mailbox
from tui.merging import MOST_LOSSES, compact


def steps(first: int, losses: list[float | None], *, norms: bool = True) -> StepsDone:
    """Make a report of some steps."""
    known = [loss for loss in losses if loss is not None]
    mean = sum(known) / len(known) if len(known) == len(losses) else None
    return StepsDone(
        first_step=first, step=first + len(losses) - 1, epoch=1, loss=mean, grad_norm=1.0,
        losses=losses, perplexity=None if mean is None else math.exp(mean), learning_rate=0.1,
        tokens_per_s=10.0, elapsed_s=1.0, tokens=1, clipped=1, max_grad_norm=1.0,
        grad_norms={"output": 0.5} if norms else {}, update_ratios={},
    )  # fmt: skip


def fragment(sample: int, text: str, *, done: bool = False) -> TextSampled:
    """Make a fragment of a sample."""
    return TextSampled(
        sample=sample, step=1, origin="console", prompt="", tokens=list(text),
        probabilities=[0.5] * len(text), done=done,
    )  # fmt: skip


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Draw a plausible stream of events, its steps numbered without gaps."""
    events: list[Event] = []
    step = 1
    for kind in draw(st.lists(st.sampled_from("sstttnp"), max_size=60)):
        match kind:
            case "s":
                losses = draw(st.lists(st.none() | st.floats(0, 9), min_size=1, max_size=3))
                events.append(steps(step, losses))
                step += len(losses)
            case "t":
                events.append(fragment(draw(st.integers(1, 2)), draw(st.text("ab", max_size=3))))
            case "n":
                events.append(Noticed(message=f"note {len(events)}"))
            case _:
                events.append(PhaseChanged(phase="saving", step=step))
    return events


@given(streams(), st.integers(1, 8))
def test_nothing_is_lost_when_full(events: list[Event], capacity: int) -> None:
    """Each step's loss, each token and each notice arrive once and in order, however full."""
    mailbox = Mailbox(capacity)
    for event in events:
        mailbox.put(event)
    arrived = mailbox.drain()
    for pick in (_losses, _tokens, _notices):
        assert pick(arrived) == pick(events)
    assert mailbox.drain() == []


def test_stays_small_while_the_screen_stalls() -> None:
    """A thousand reports to a screen that does not look take no more room than the mailbox has."""
    mailbox = Mailbox(capacity=10)
    for step in range(1, 1001):
        mailbox.put(steps(step, [1.0]))
    assert len(mailbox) <= 10
    assert sum(len(event.losses) for event in mailbox.drain() if isinstance(event, StepsDone)) == (
        1000
    )


def test_merged_steps_keep_the_largest_norm() -> None:
    """A spike is not averaged away; one that is not finite stays unknown."""

    def spike(first: int, norm: float | None) -> StepsDone:
        return msgspec.structs.replace(steps(first, [1.0]), largest_grad_norm=norm)

    for norms, largest in (((9.0, 2.0), 9.0), ((1.0, None), None)):
        [merged] = compact([spike(1, norms[0]), spike(2, norms[1])])
        assert isinstance(merged, StepsDone) and merged.largest_grad_norm == largest


def test_few_events_are_not_merged() -> None:
    """A screen that keeps up sees each event as it was sent."""
    mailbox = Mailbox(capacity=10)
    sent: list[Event] = [steps(1, [1.0]), steps(2, [2.0]), fragment(1, "a"), fragment(1, "b")]
    for event in sent:
        mailbox.put(event)
    assert mailbox.drain() == sent


def test_merged_steps_have_right_means() -> None:
    """Means are weighted by steps, perplexity follows the loss, group norms are the last known."""
    [merged] = compact([steps(1, [1.0, 1.0, 1.0]), steps(4, [5.0], norms=False)])
    assert isinstance(merged, StepsDone)
    assert merged.loss == 2.0
    assert merged.perplexity == math.exp(2.0)
    assert (merged.first_step, merged.step, merged.clipped) == (1, 4, 2)
    assert merged.grad_norms == {"output": 0.5}
    [unknown] = compact([steps(1, [1.0]), steps(2, [None])])
    assert isinstance(unknown, StepsDone)
    assert unknown.loss is None


def test_what_does_not_belong_together_stays_apart() -> None:
    """Steps with a gap, other samples, ended samples and huge reports are not merged."""
    huge: list[float | None] = [1.0] * MOST_LOSSES
    pairs: list[list[Event]] = [
        [steps(1, [1.0]), steps(5, [1.0])],
        [fragment(1, "a"), fragment(2, "b")],
        [fragment(1, "a", done=True), fragment(1, "b")],
        [steps(1, huge), steps(MOST_LOSSES + 1, [1.0])],
        [steps(1, [1.0]), Noticed(message="between"), steps(2, [1.0])],
    ]
    for apart in pairs:
        assert compact(apart) == apart


def test_kinds_that_merge_do_so_across_each_other() -> None:
    """Many kinds in turn become one event of each, phases first, between others that stay."""
    turns = [
        event
        for step in range(1, 101)
        for event in (
            steps(step, [float(step)]), fragment(1, "a"),
            PhaseChanged(phase="saving" if step % 2 else "training", step=step),
        )
    ]  # fmt: skip
    phase, report, sample, notice, last = compact([*turns, Noticed(message="now"), turns[0]])
    assert phase == PhaseChanged(phase="training", step=100)
    assert isinstance(report, StepsDone) and (report.first_step, report.step) == (1, 100)
    assert isinstance(sample, TextSampled) and sample.tokens == ["a"] * 100
    assert (notice, last) == (Noticed(message="now"), turns[0])


def _losses(events: list[Event]) -> list[float | None]:
    return [loss for event in events if isinstance(event, StepsDone) for loss in event.losses]


def _tokens(events: list[Event]) -> list[tuple[int, str]]:
    return [(e.sample, t) for e in events if isinstance(e, TextSampled) for t in e.tokens]


def _notices(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Noticed)]
