"""Scheduled sampling: feed some time steps the model's own prediction instead of the truth."""

import torch
from torch import Tensor

from core.kernels.packing import fixed_weights
from core.models import LanguageModel
from core.models.recurrence import State


def forward_with_own_predictions(
    model: LanguageModel,
    x: Tensor,
    state: State | None,
    *,
    ratio: float,
    generator: torch.Generator,
) -> tuple[Tensor, State]:
    """Step a model through a window, feeding it its own argmax where a coin says so.

    Each sequence and time step has a coin of its own that falls for the truth with probability
    `ratio` (Bengio et al. 2015, section 2.4); the first step of a window is always fed the truth,
    since no prediction stands before it.

    Args:
        model: In training mode, so that dropout acts.
        x: True tokens, int64, (B, T).
        state: State before the window.
        ratio: Share of steps fed the truth, 0 to 1.
        generator: Draws the coins, on the CPU.

    Returns:
        Logits (B, T, V) and the state after the window.
    """
    batch, time = x.shape
    truth = torch.rand(batch, time, generator=generator) < ratio  # (B, T)
    truth[:, 0] = True
    truth = truth.to(x.device)
    fed = x[:, 0]  # (B,)
    steps = []
    with fixed_weights():
        for t in range(time):
            logits, state = model(fed.unsqueeze(1), state)  # (B, 1, V)
            steps.append(logits)
            if t + 1 < time:
                fed = torch.where(truth[:, t + 1], x[:, t + 1], logits[:, 0].detach().argmax(-1))
    if state is None:
        raise AssertionError("a window has at least one time step")
    return torch.cat(steps, dim=1), state  # (B, T, V)
