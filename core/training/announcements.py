"""The events and sentences by which a run says how it begins and why it cannot go on."""

import math

import torch

from core.config import Config, config_values
from core.events import Diverged, Reason, RunStarted
from core.text.corpus import Corpus
from core.training.device import device_name
from core.training.learner import Learner
from core.training.progress import Progress
from core.training.schedule import planned_steps


def run_started(
    learner: Learner, corpus: Corpus, *, name: str, start_step: int, steps_per_epoch: int
) -> RunStarted:
    """Describe a run that is about to take its first step."""
    return RunStarted(
        run=None,
        name=name,
        config=config_values(learner.config),
        parameters=sum(weight.numel() for weight in learner.parameters),
        vocab_size=len(corpus.vocabulary),
        train_tokens=len(corpus.train),
        val_tokens=len(corpus.val),
        steps_per_epoch=steps_per_epoch,
        planned_steps=planned_steps(learner.config, steps_per_epoch),
        start_step=start_step,
        device=device_name(learner.device),
        threads=torch.get_num_threads(),
        corpus_name=corpus.name,
        grad_groups=list(learner.groups),
    )


def divergence(config: Config, step: int, loss: float, norm: float, parameter: str) -> Diverged:
    """Say that a step was not taken, what was not finite, and the way out.

    Args:
        config: Settings in force.
        step: The step that was not taken.
        loss: Its loss.
        norm: The norm of its gradient.
        parameter: The first parameter whose gradient is not finite.
    """
    of_loss = not math.isfinite(loss)
    what = f"loss is {loss}" if of_loss else f"gradient is {norm} (first in {parameter})"
    return Diverged(
        step=step,
        what="loss" if of_loss else "gradient",
        parameter=parameter,
        message=f"step {step} was not taken: its {what}; the weights are as they were before it. "
        f"Lower learning_rate (now {config.learning_rate:g}) or max_grad_norm "
        f"(now {config.max_grad_norm:g}) and resume",
    )


def already_over(name: str, reason: Reason, config: Config, progress: Progress) -> str:
    """Say that a resumed run has nothing left to do, and how to lengthen it."""
    match reason:
        case "max_steps":
            way_out = f"give a larger --max_steps than {max(config.max_steps, progress.step)}"
        case "max_seconds":
            seconds = max(config.max_seconds, progress.elapsed_s)
            way_out = f"give a larger --max_seconds than {seconds:.0f}"
        case "early_stop":
            way_out = f"give a larger --patience than {config.patience}, or 0 for none"
        case _:
            way_out = f"give a larger --epochs than {max(config.epochs, progress.epoch)}"
    return f"{name} has already ended ({reason}); to go on, {way_out}"


def short_text(config: Config, batch_size: int) -> str:
    """Say that the text is too short for as many sequences a step as were asked for."""
    return (
        f"the text is short: {batch_size} sequences a step instead of batch_size "
        f"{config.batch_size}, each of at least seq_length {config.seq_length}"
    )


def out_of_memory(config: Config) -> str:
    """Say that memory ran out, and which settings need less of it."""
    return (
        f"out of memory; a smaller batch_size (now {config.batch_size}), seq_length "
        f"({config.seq_length}) or hidden_size ({config.hidden_size}) needs less"
    )
