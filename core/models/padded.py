"""Recurrent layers over texts of different lengths, padded at the end, exactly as each alone.

Packed sequences do the same, but on a CPU torch takes them apart step by step. Here each layer and
direction is one call of a kernel over the whole batch.
"""

import torch
from torch import Tensor, nn

from core.kernels.dropping import dropout
from core.kernels.layer import run_layer, serves
from core.models.recurrence import Recurrence


def run_padded(recurrence: Recurrence, x: Tensor, lengths: Tensor) -> Tensor:
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
    elif not serves(x, recurrence.weight_hh_l0):
        hidden = _run_packed(recurrence, x, lengths)
    else:
        hidden = _run_turned(recurrence, x, lengths)
    return hidden.masked_fill(~inside(hidden, lengths).unsqueeze(2), 0.0)


def inside(hidden: Tensor, lengths: Tensor) -> Tensor:
    """Return which positions of (B, T, …) belong to a text, bool (B, T)."""
    positions = torch.arange(hidden.shape[1], device=hidden.device)
    return positions < lengths.to(hidden.device).unsqueeze(1)


def _run_packed(recurrence: Recurrence, x: Tensor, lengths: Tensor) -> Tensor:
    """Leave it to cuDNN, which has a kernel for texts of different lengths."""
    packed = nn.utils.rnn.pack_padded_sequence(
        x, lengths.cpu(), batch_first=True, enforce_sorted=False
    )
    hidden, _ = nn.utils.rnn.pad_packed_sequence(
        recurrence(packed)[0], batch_first=True, total_length=x.shape[1]
    )
    return hidden


def _run_turned(recurrence: Recurrence, x: Tensor, lengths: Tensor) -> Tensor:
    """Run both directions of each layer forward, the second one over the texts turned round."""
    order = _turned(x, lengths)
    for layer in range(recurrence.num_layers):
        if layer:
            x = dropout(x, recurrence.dropout, recurrence.training)
        forward, backward = recurrence.all_weights[2 * layer : 2 * layer + 2]
        ahead, _ = run_layer(recurrence.cell, x, None, forward)
        back, _ = run_layer(recurrence.cell, _reorder(x, order), None, backward)
        x = torch.cat((ahead, _reorder(back, order)), dim=2)  # (B, T, 2H)
    return x


def _turned(x: Tensor, lengths: Tensor) -> Tensor:
    """Return the row of (B*T, …) that each row comes from where texts are turned, (B*T,).

    Padding stays where it is. Turning twice changes nothing, so the same order turns back.
    """
    batch, time = x.shape[:2]
    step = torch.arange(time)
    ends = lengths.cpu().unsqueeze(1)  # (B, 1)
    turned = torch.where(step < ends, ends - 1 - step, step)  # (B, T)
    return (torch.arange(batch).unsqueeze(1) * time + turned).flatten()


def _reorder(x: Tensor, order: Tensor) -> Tensor:
    return x.flatten(0, 1).index_select(0, order).view(*x.shape)
