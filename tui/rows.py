"""What an event becomes in the tables of measurements: a row a step, or a row an evaluation."""

import math

import numpy as np

from core.events import Evaluated, Previewed, RunStarted, StepsDone
from tui.series import Floats, Series

Rows = dict[str, float | Floats]
"""Rows by column; a single number holds for all of them."""

TRAINING_COLUMNS = ("loss", "grad_norm", "learning_rate", "tokens_per_s", "accuracy")
"""What is known of a step, besides where it is."""

VALIDATION_COLUMNS = ("loss", "accuracy", "macro_f1")
"""What is known of an evaluation, besides where it is."""


def step_rows(event: StepsDone, steps_per_epoch: int, since_s: float) -> Rows:
    """Return a row for each step of a report.

    Args:
        event: The report.
        steps_per_epoch: Steps in an epoch, at least 1.
        since_s: Seconds of training before its first step.
    """
    # numpy reads None as NaN.
    losses = np.array(event.losses or [event.loss], dtype=np.float64)
    steps = np.arange(event.step - len(losses) + 1, event.step + 1, dtype=np.float64)
    return {
        "step": steps,
        "epoch": steps / steps_per_epoch,
        "elapsed_s": np.linspace(since_s, event.elapsed_s, len(losses) + 1)[1:],
        "loss": losses,
        "grad_norm": nan(event.grad_norm),
        "learning_rate": event.learning_rate,
        "tokens_per_s": event.tokens_per_s,
        "accuracy": nan(event.accuracy),
    }


def evaluation_row(event: Evaluated | Previewed, steps_per_epoch: int) -> Rows:
    """Return the row of an evaluation."""
    return {
        "step": event.step,
        "epoch": event.step / steps_per_epoch,
        "elapsed_s": event.elapsed_s,
        "loss": nan(event.val_loss),
        "accuracy": nan(event.accuracy),
        "macro_f1": nan(event.macro_f1),
    }


def best_before(event: RunStarted, validation: Series) -> tuple[float | None, int | None]:
    """Return the best loss on the way to where a run begins, and the step of its model.

    Args:
        event: The start; of older runs it does not tell, but the evaluations that are left do.
        validation: The evaluations up to there.
    """
    losses = validation["loss"]
    if event.best_val_loss is not None or not np.isfinite(losses).any():
        return event.best_val_loss, event.best_step
    at = int(np.nanargmin(losses))
    return float(losses[at]), int(validation["step"][at])


def gap_row(step: int, steps_per_epoch: int, elapsed_s: float) -> Rows:
    """Return the row of a step that was not taken."""
    unknown = dict.fromkeys(TRAINING_COLUMNS, math.nan)
    return {"step": step, "epoch": step / steps_per_epoch, "elapsed_s": elapsed_s, **unknown}


def nan(value: float | None) -> float:
    """Return the value, or NaN where it is unknown or not finite."""
    return value if value is not None and math.isfinite(value) else math.nan
