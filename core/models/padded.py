"""Recurrent layers over texts of different lengths, padded at the end, exactly as each alone.

Packed sequences do the same, but on a CPU torch takes them apart step by step. Here each layer and
direction is one call over the whole batch, which reaches the fused kernel where there is one.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def run_padded(recurrence: nn.RNNBase, x: Tensor, lengths: Tensor) -> Tensor:
    """Run a stack of layers from a zero state over a batch of texts.

    What stands past the end of a text changes neither a hidden state nor a gradient. Forward, it
    comes too late to matter; backward, each text is turned round within its own length, so that
    what is past its end comes last there, too.

    Args:
        recurrence: From `make_recurrence`, of one direction or of two.
        x: What comes in, padded with anything, (B, T, E).
        lengths: Positions that count, at least 1 and at most T, int64 (B,), on any device.

    Returns:
        The last layer's hidden states, forward before backward, 0 past each end, (B, T, D*H).

    Raises:
        ValueError: `lengths`, on the CPU, holds what is no length; a GPU is not waited for.
    """
    if lengths.device.type == "cpu" and bool(((lengths < 1) | (lengths > x.shape[1])).any()):
        raise ValueError(f"lengths must be from 1 to {x.shape[1]}, got {lengths.tolist()}")
    if not recurrence.bidirectional:
        hidden: Tensor = recurrence(x)[0]
    elif x.is_cuda:
        hidden = _run_packed(recurrence, x, lengths)
    else:
        hidden = _run_turned(recurrence, x, lengths)
    return hidden.masked_fill(~inside(hidden, lengths).unsqueeze(2), 0.0)


def inside(hidden: Tensor, lengths: Tensor) -> Tensor:
    """Return which positions of (B, T, …) belong to a text, bool (B, T)."""
    positions = torch.arange(hidden.shape[1], device=hidden.device)
    return positions < lengths.to(hidden.device).unsqueeze(1)


def _run_packed(recurrence: nn.RNNBase, x: Tensor, lengths: Tensor) -> Tensor:
    """Leave it to cuDNN, which has a kernel for texts of different lengths."""
    packed = nn.utils.rnn.pack_padded_sequence(
        x, lengths.cpu(), batch_first=True, enforce_sorted=False
    )
    hidden, _ = nn.utils.rnn.pad_packed_sequence(
        recurrence(packed)[0], batch_first=True, total_length=x.shape[1]
    )
    return hidden


def _run_turned(recurrence: nn.RNNBase, x: Tensor, lengths: Tensor) -> Tensor:
    """Run both directions of each layer forward, the second one over the texts turned round."""
    steps = x.transpose(0, 1)  # (T, B, E), as the kernels want it
    order = _turned(steps, lengths)
    for layer in range(recurrence.num_layers):
        if layer:
            steps = F.dropout(steps, recurrence.dropout, recurrence.training)
        forward, backward = recurrence.all_weights[2 * layer : 2 * layer + 2]
        ahead = _run_layer(recurrence, steps, forward)
        back = _run_layer(recurrence, _reorder(steps, order), backward)
        steps = torch.cat((ahead, _reorder(back, order)), dim=2)  # (T, B, 2H)
    return steps.transpose(0, 1)


def _turned(steps: Tensor, lengths: Tensor) -> Tensor:
    """Return the row of (T*B, …) that each row comes from where texts are turned, (T*B,).

    Padding stays where it is. Turning twice changes nothing, so the same order turns back.
    """
    time, batch = steps.shape[:2]
    step = torch.arange(time, device=steps.device).unsqueeze(1)  # (T, 1)
    ends = lengths.to(steps.device)
    turned = torch.where(step < ends, ends - 1 - step, step)  # (T, B)
    return (turned * batch + torch.arange(batch, device=steps.device)).flatten()


def _reorder(steps: Tensor, order: Tensor) -> Tensor:
    return steps.flatten(0, 1).index_select(0, order).view(*steps.shape)


def _run_layer(recurrence: nn.RNNBase, steps: Tensor, weights: list[nn.Parameter]) -> Tensor:
    """Run one layer forward with the weights of one direction, (T, B, …) to (T, B, H)."""
    zero = steps.new_zeros(1, steps.shape[1], recurrence.hidden_size)
    flat = tuple(weights)
    # With biases, one layer, no dropout, in training or not, one direction, time first.
    options = (True, 1, 0.0, recurrence.training, False, False)
    if isinstance(recurrence, nn.LSTM):
        return torch.lstm(steps, (zero, zero), flat, *options)[0]
    if isinstance(recurrence, nn.GRU):
        return torch.gru(steps, zero, flat, *options)[0]
    return torch.rnn_tanh(steps, zero, flat, *options)[0]
