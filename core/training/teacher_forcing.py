"""Scheduled sampling: feed some time steps the model's own prediction instead of the truth."""

import torch
from torch import Tensor

from core.kernels.packing import fixed_weights
from core.models import LanguageModel
from core.models.recurrence import State
from core.models.recurrent_model import evaluating


@torch.no_grad()
def with_own_predictions(
    model: LanguageModel,
    x: Tensor,
    state: State | None,
    *,
    ratio: float,
    generator: torch.Generator,
) -> Tensor:
    """Put the model's argmax in the place of tokens where a coin says so.

    Each sequence and time step has a coin of its own that falls for the truth with probability
    `ratio` (Bengio et al. 2015, section 2.4); the first step of a window is always fed the truth,
    since no prediction stands before it. No gradient passes through a choice, so that the model
    steps through the window once to choose, and the loss is then of the whole window at once. What
    it chooses is what it would write: while it does, nothing is dropped.

    Args:
        model: Its mode is restored.
        x: True tokens, int64, (B, T).
        state: State before the window.
        ratio: Share of steps fed the truth, 0 to 1.
        generator: Draws the coins, on the CPU.

    Returns:
        The tokens to feed, int64, (B, T).
    """
    truth = torch.rand(x.shape, generator=generator) < ratio  # (B, T)
    truth = truth.to(x.device)
    fed = x.clone()
    with evaluating(model), fixed_weights():
        for t in range(1, x.shape[1]):
            hidden, state = model.hidden_states(fed[:, t - 1 : t], state)  # (B, 1, H)
            own = model.head(hidden[:, 0]).argmax(-1)  # (B,)
            fed[:, t] = torch.where(truth[:, t], x[:, t], own)
    return fed
