"""The events and sentences by which a run says how it begins and why it cannot go on."""

import math
from collections.abc import Sequence
from typing import Literal

import torch

from core.config import Config, config_values
from core.doctor.remedy import Remedy
from core.events import Diverged, Evaluated, Event, Noticed, Previewed, Reason, RunEnded, RunStarted
from core.language import joined_apart, tr
from core.training.device import device_name, free_bytes
from core.training.learner import Learner
from core.training.measures import Measures
from core.training.progress import Progress
from core.training.schedule import planned_steps
from core.training.task import Task


def run_started(learner: Learner, task: Task, progress: Progress, *, name: str) -> RunStarted:
    """Describe a run that is about to take its first step, or the next one from where it stands."""
    return RunStarted(
        run=None,
        name=name,
        config=config_values(learner.config),
        parameters=sum(weight.numel() for weight in learner.parameters),
        vocab_size=len(task.vocabulary),
        train_tokens=task.facts.train_tokens,
        val_tokens=task.facts.val_tokens,
        steps_per_epoch=task.steps_per_epoch,
        planned_steps=planned_steps(learner.config, task.steps_per_epoch),
        start_step=progress.step,
        device=device_name(learner.device),
        threads=torch.get_num_threads(),
        corpus_name=task.facts.name,
        grad_groups=list(learner.groups),
        labels=list(task.labels),
        train_texts=task.facts.train_texts,
        val_texts=task.facts.val_texts,
        corpus_digest=task.facts.digest,
        free_bytes=free_bytes(learner.device),
        best_val_loss=progress.best_val_loss,
        best_step=progress.best_step,
        best_accuracy=progress.best_accuracy,
    )


def run_ended(
    reason: Reason, progress: Progress, *, run: int | None = None, checkpoint: str | None = None
) -> RunEnded:
    """Describe the end of a run.

    Args:
        reason: Why it ended.
        progress: Where it stands.
        run: Its number, where known.
        checkpoint: Path of its newest checkpoint, where known.
    """
    return RunEnded(
        run=run,
        reason=reason,
        step=progress.step,
        best_val_loss=progress.best_val_loss,
        checkpoint=checkpoint,
        best_step=progress.best_step,
        elapsed_s=progress.elapsed_s,
        best_accuracy=progress.best_accuracy,
    )


def evaluated(
    measures: Measures, progress: Progress, task: Task, *, is_best: bool, eval_s: float
) -> list[Event]:
    """Say what an evaluation found: the event itself, then the details.

    Args:
        measures: What it found.
        progress: Where the run stands, this evaluation judged.
        task: What was evaluated.
        is_best: Whether it is the best so far.
        eval_s: Seconds that it took.
    """
    event = Evaluated(
        step=progress.step,
        epoch=max(0, progress.step - 1) // task.steps_per_epoch + 1,
        val_loss=measures.loss,
        val_perplexity=measures.perplexity,
        bits_per_char=measures.bits_per_char,
        nats_per_word=measures.nats_per_word,
        is_best=is_best,
        best_val_loss=progress.best_val_loss,
        elapsed_s=progress.elapsed_s,
        eval_s=eval_s,
        accuracy=measures.accuracy,
        macro_f1=measures.macro_f1,
        best_accuracy=progress.best_accuracy,
        spelling_bits_per_char=measures.spelling_bits_per_char,
    )
    return [event, *measures.details]


def previewed(measures: Measures, progress: Progress, task: Task) -> Previewed:
    """Say what a first look at a part of the validation data found, which counts for nothing."""
    return Previewed(
        step=progress.step,
        epoch=max(0, progress.step - 1) // task.steps_per_epoch + 1,
        val_loss=measures.loss,
        val_perplexity=measures.perplexity,
        bits_per_char=measures.bits_per_char,
        nats_per_word=measures.nats_per_word,
        elapsed_s=progress.elapsed_s,
        accuracy=measures.accuracy,
        macro_f1=measures.macro_f1,
        spelling_bits_per_char=measures.spelling_bits_per_char,
    )


def rate_was_cut(progress: Progress) -> Noticed:
    """Say that the plateau schedule has cut the learning rate."""
    return Noticed(
        message=tr(
            "validation stalled: learning rate cut to {share:g} of its peak",
            share=progress.plateau_scale,
        )
    )


def divergence(remedy: Remedy, step: int, loss: float, norm: float, parameter: str) -> Diverged:
    """Say that a step was not taken, what was not finite, and the way out.

    Args:
        remedy: The way out.
        step: The step that was not taken.
        loss: Its loss.
        norm: The norm of its gradient.
        parameter: The first parameter whose gradient is not finite.
    """
    if not math.isfinite(loss):
        message = tr(
            "step {step:,} was skipped: its loss is {loss}; the weights are as they were before "
            "it. {way_out}",
            step=step,
            loss=loss,
            way_out=_way_out(remedy),
        )
        return _diverged(step, "loss", parameter, message, remedy)
    message = tr(
        "step {step:,} was skipped: its gradient is {norm} (first in {parameter}); the weights "
        "are as they were before it. {way_out}",
        step=step,
        norm=norm,
        parameter=parameter,
        way_out=_way_out(remedy),
    )
    return _diverged(step, "gradient", parameter, message, remedy)


def spoiled_weights(remedy: Remedy, step: int, parameter: str) -> Diverged:
    """Say that weights are not finite though loss and gradient were, and the way out.

    Args:
        remedy: The way out.
        step: The last step taken.
        parameter: The first parameter that is not finite.
    """
    message = tr(
        "step {step:,} left {parameter} with values that are not finite, which are not saved. "
        "{way_out}",
        step=step,
        parameter=parameter,
        way_out=_way_out(remedy),
    )
    return _diverged(step, "weights", parameter, message, remedy)


def _way_out(remedy: Remedy) -> str:
    return tr("What helps: {settings}", settings=remedy.text)


def _diverged(
    step: int,
    what: Literal["loss", "gradient", "weights"],
    parameter: str,
    message: str,
    remedy: Remedy,
) -> Diverged:
    return Diverged(
        step=step,
        what=what,
        parameter=parameter,
        message=message,
        fix=remedy.values,
        undoes_edit=remedy.undoes_edit,
    )


def already_over(name: str, ends: Sequence[Reason], config: Config, progress: Progress) -> str:
    """Say that a resumed run has nothing left to do, and how to lengthen it.

    Args:
        name: The run's.
        ends: The bounds of its plan that it has reached.
        config: Settings in force.
        progress: Where it stands.
    """
    longer = {
        "finished": tr("a larger --epochs than {n}", n=max(config.epochs, progress.epoch)),
        "max_steps": tr("a larger --max_steps than {n}", n=max(config.max_steps, progress.step)),
        "max_seconds": tr(
            "a larger --max_seconds than {n:.0f}", n=max(config.max_seconds, progress.elapsed_s)
        ),
        "early_stop": tr("a larger --patience than {n}, or 0 for none", n=config.patience),
    }
    return tr(
        "{name} has already ended ({reason}); to resume it, give {options}",
        name=name,
        reason=ends[0],
        options=joined_apart(longer[reason] for reason in ends),
    )
