"""How far back a model's gradients reach: ‖∂L_T/∂h_{T−k}‖ against k, and its half-life.

Where this falls fast, training cannot connect what is k tokens apart (Bengio, Simard & Frasconi
1994; Pascanu, Mikolov & Bengio 2013, section 2).
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.insight.unrolled import LayerTrace
from core.models import LanguageModel
from core.models.recurrence import State


def gradients_through_time(model: LanguageModel, traces: list[LayerTrace], y: Tensor) -> Tensor:
    """Measure how much the loss of the last step depends on each hidden state before it.

    Args:
        model: The model that was unrolled, in evaluation mode.
        traces: From `unroll`, made with gradients enabled, of T steps.
        y: The token that follows the last step, int64 (B,).

    Returns:
        ‖∂L_T/∂h_{T−k}‖, where L_T is a sequence's loss at its last step alone; the mean over the
        sequences, by layer and by k from 0 on, float64 (L, T).
    """
    logits = model.head(traces[-1].hidden[-1])  # (B, V)
    loss = F.cross_entropy(logits, y, reduction="sum")
    states = [hidden for trace in traces for hidden in trace.hidden]
    found = torch.autograd.grad(loss, states)
    # In float64, since the square of a vanished gradient is 0 in float32.
    norms: Tensor = torch.stack(found).double().norm(dim=2).mean(dim=1)  # (L*T,)
    return norms.view(len(traces), -1).flip(1)


def recorded_gradients(model: LanguageModel, x: Tensor, state: State | None, y: Tensor) -> Tensor:
    """Measure the same in one backward pass of the kernels, where the recurrence `records`.

    Args:
        model: In evaluation mode.
        x: Tokens, int64 (B, T).
        state: Where to go on from; zeros if left out.
        y: The token that follows the last step, int64 (B,).

    Returns:
        What `gradients_through_time` returns, float64 (L, T).
    """
    norms = torch.empty(model.recurrence.num_layers, *x.shape, dtype=torch.float64)
    embedded = model.embedding(x).detach().requires_grad_()
    hidden, _ = model.recurrence(embedded, state, norms)  # (B, T, H)
    loss = F.cross_entropy(model.head(hidden[:, -1]), y, reduction="sum")
    torch.autograd.grad(loss, embedded)
    return norms.mean(dim=1).flip(1)


def half_life(lags: Sequence[int], norms: Sequence[float]) -> float:
    """Return in how many tokens the norm halves, by the straight line through its logarithm.

    Args:
        lags: How far back, in tokens, at least two different ones.
        norms: The norms there; those that are not positive and finite are left out.

    Returns:
        Tokens; infinite where the norm does not fall, NaN where too few norms are known.
    """
    sizes = np.asarray(norms, dtype=np.float64)
    known = np.isfinite(sizes) & (sizes > 0)
    if known.sum() < 2:
        return math.nan
    places = np.asarray(lags, dtype=np.float64)[known]
    slope = float(np.polyfit(places, np.log(sizes[known]), 1)[0])
    return math.log(2) / -slope if slope < -1e-12 else math.inf
