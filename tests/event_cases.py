"""Events of a made-up run, for tests of what is drawn from them."""

from collections.abc import Sequence

import msgspec

from core.config import config_values, make_config
from core.events import Evaluated, Previewed, RunEnded, RunStarted, StepsDone

GROUPS = ["embedding", "l0.input", "l0.recurrent", "output"]


def started(**changes: object) -> RunStarted:
    """Return the start of a run of 1,000 steps in 10 epochs."""
    event = RunStarted(
        run=14,
        name="shakes-lstm",
        config=config_values(make_config({"epochs": 10})),
        parameters=1000,
        vocab_size=65,
        train_tokens=10_000,
        val_tokens=1000,
        steps_per_epoch=100,
        planned_steps=1000,
        start_step=0,
        device="cpu",
        threads=2,
        corpus_name="tiny",
        grad_groups=GROUPS,
    )
    return msgspec.structs.replace(event, **changes)


def steps(first: int, losses: Sequence[float | None], **changes: object) -> StepsDone:
    """Return a report of consecutive steps, a tenth of a second each."""
    step = first + len(losses) - 1
    event = StepsDone(
        first_step=first,
        step=step,
        epoch=step // 100 + 1,
        loss=losses[-1],
        grad_norm=0.8,
        losses=list(losses),
        perplexity=5.0,
        learning_rate=0.001,
        tokens_per_s=31_234.0,
        elapsed_s=step / 10,
        tokens=step * 10,
        clipped=0,
        max_grad_norm=1.0,
        grad_norms=dict.fromkeys(GROUPS, 0.4),
        update_ratios=dict.fromkeys(GROUPS, 1e-3),
    )
    return msgspec.structs.replace(event, **changes)


def evaluated(step: int, loss: float | None, *, best: float, is_best: bool = True) -> Evaluated:
    """Return an evaluation."""
    return Evaluated(
        step=step,
        epoch=1,
        val_loss=loss,
        val_perplexity=None,
        bits_per_char=None,
        nats_per_word=None,
        is_best=is_best,
        best_val_loss=best,
        elapsed_s=step / 10,
        eval_s=0.5,
    )


def previewed(step: int, loss: float) -> Previewed:
    """Return a first look at validation."""
    return Previewed(
        step=step,
        epoch=1,
        val_loss=loss,
        val_perplexity=None,
        bits_per_char=None,
        nats_per_word=None,
        elapsed_s=step / 10,
    )


def ended(**changes: object) -> RunEnded:
    """Return the end of the run by plan."""
    event = RunEnded(
        run=14, reason="finished", step=10, best_val_loss=1.5, checkpoint="/c", best_step=8
    )
    return msgspec.structs.replace(event, **changes)
