"""Between a learner in memory and the tensors of a checkpoint: everything a resume needs."""

import msgspec
import torch
from torch import Tensor

from core.config import Config, config_values
from core.errors import CheckpointError
from core.language import tr
from core.models.recurrence import state_from_tensors, state_tensors
from core.training.checkpoint import FORMAT_VERSION, CheckpointHeader
from core.training.learner import Learner
from core.training.model_weights import check_weights, load_weights, weights_of
from core.training.progress import Progress
from core.training.task import Task

MOMENTS = {"step", "exp_avg", "exp_avg_sq"}
"""What Adam keeps of each weight."""


def describe(
    task: Task, config: Config, progress: Progress, *, name: str, val_loss: float | None
) -> CheckpointHeader:
    """Say what a checkpoint of a run as it stands holds.

    Args:
        task: What is learned.
        config: Settings in force.
        progress: Where the run stands.
        name: The run's.
        val_loss: What the last evaluation found.
    """
    return CheckpointHeader(
        format_version=FORMAT_VERSION,
        name=name,
        config=config_values(config),
        vocabulary=task.vocabulary.to_dict(),
        labels=list(task.labels),
        progress=msgspec.structs.replace(progress),
        corpus_name=task.facts.name,
        corpus_digest=task.facts.digest,
        val_loss=val_loss if progress.last_eval_step == progress.step else None,
    )


def capture(learner: Learner, task: Task) -> dict[str, Tensor]:
    """Copy weights, optimizer moments, random generators and carried state."""
    tensors = weights_of(learner.model)
    for name, weight in learner.model.named_parameters():
        for key, value in learner.optimizer.state.get(weight, {}).items():
            tensors[f"optimizer/{name}/{key}"] = value
    # Dropout draws from torch's global generator, which the training thread owns.
    tensors["rng/torch"] = torch.get_rng_state()
    for name, generator in task.generators.items():
        tensors[f"rng/{name}"] = generator.get_state()
    if learner.device.type == "cuda":
        tensors["rng/cuda"] = torch.cuda.get_rng_state(learner.device)
    if learner.state is not None:
        for number, tensor in enumerate(state_tensors(learner.state)):
            tensors[f"state/{number}"] = tensor
    return {name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}


def restore(learner: Learner, task: Task, tensors: dict[str, Tensor]) -> None:
    """Put what `capture` copied back, to the last bit.

    Raises:
        CheckpointError: A tensor is missing or does not fit the model.
    """
    check_weights(learner.model, tensors)
    load_weights(learner.model, tensors)
    learner.forget()
    _restore_moments(learner, tensors)
    try:
        torch.set_rng_state(tensors["rng/torch"])
        for name, generator in task.generators.items():
            generator.set_state(tensors[f"rng/{name}"])
        if learner.device.type == "cuda" and "rng/cuda" in tensors:
            torch.cuda.set_rng_state(tensors["rng/cuda"], learner.device)
    except (KeyError, RuntimeError, TypeError) as error:
        raise CheckpointError(
            tr("the checkpoint's random state is not valid: {error}", error=error)
        ) from error
    carried = [tensors[f"state/{n}"] for n in range(2) if f"state/{n}" in tensors]
    if carried:
        on_device = [tensor.to(learner.device) for tensor in carried]
        learner.state = state_from_tensors(on_device)


def _restore_moments(learner: Learner, tensors: dict[str, Tensor]) -> None:
    for name, weight in learner.model.named_parameters():
        prefix = f"optimizer/{name}/"
        found = {
            key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)
        }
        if found and found.keys() != MOMENTS:
            raise CheckpointError(
                tr("the checkpoint's optimizer state of {name} is not whole", name=name)
            )
        for key, tensor in found.items():
            if key != "step" and tensor.shape != weight.shape:
                raise CheckpointError(
                    tr(
                        "the checkpoint's {prefix}{key} does not fit the model",
                        prefix=prefix,
                        key=key,
                    )
                )
        if found:
            learner.optimizer.state[weight] = {
                # A copy, since the optimizer writes into it.
                key: tensor.to(learner.device, copy=True)
                for key, tensor in found.items()
            }
