"""One recurrent layer on a CPU, by the fastest path that there is for it.

Shapes: B batch, T time, I input, H hidden, G blocks of gates, V vocabulary. Without the compiled
part an LSTM, and whatever needs no gradient, is left to torch, whose own kernels are then the
fastest.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from core.kernels import compiled, unfused
from core.kernels.library import chosen

Cell = Literal["rnn", "lstm", "gru"]

_DTYPES = (torch.float32, torch.float64)


def serves(x: object, weight: Tensor) -> bool:
    """Tell whether `run_layer` takes such an input and weights like this one."""
    return (
        isinstance(x, Tensor)
        and x.device.type == "cpu"
        and x.dim() == 3
        and x.numel() > 0
        and x.dtype == weight.dtype
        and weight.dtype in _DTYPES
        and weight.device.type == "cpu"
    )


def records(weight: Tensor) -> bool:
    """Tell whether `run_layer` with weights like this one can leave norms of gradients."""
    on_cpu = weight.device.type == "cpu" and weight.dtype in _DTYPES
    return on_cpu and chosen().name != "torch"


def reads_tokens(cell: Cell, weight_ih: Tensor, vocabulary: int) -> bool:
    """Tell whether a layer had better be given tokens than their embeddings.

    Args:
        cell: Which equations it follows.
        weight_ih: Its weights from an embedding, (G*H, I).
        vocabulary: How many tokens there are, V.
    """
    if not _takes_tokens(cell, weight_ih):
        return False
    # To torch's LSTM a token is a one among V - 1 zeros.
    return cell != "lstm" or records(weight_ih) or vocabulary <= weight_ih.shape[1]


def _takes_tokens(cell: Cell, weight: Tensor) -> bool:
    """Tell whether `run_layer` takes tokens, for a layer with weights like this one."""
    return records(weight) or (
        weight.device.type == "cpu"
        and weight.dtype in _DTYPES
        and (cell == "lstm" or torch.is_grad_enabled())
        and not _rounds()
    )


def run_layer(
    cell: Cell,
    x: Tensor,
    state: tuple[Tensor, ...] | None,
    weights: Sequence[Tensor],
    norms: Tensor | None = None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer in one direction.

    Under autocast to bfloat16 products are of bfloat16, and all else stays as the input is.

    Args:
        cell: Which equations it follows.
        x: What comes in, float32 or float64, (B, T, I); or, at least where `reads_tokens` is true,
            tokens, int64 (B, T). Strides do not matter.
        state: Hidden state and, for an LSTM, memory cell before it, (B, H); zeros if left out.
        weights: torch.nn's weight_ih (G*H, I), weight_hh (G*H, H), bias_ih and bias_hh (G*H). For
            tokens the first is a table (V, G*H): the product of each embedding with weight_ih,
            which a small vocabulary needs only once.
        norms: Where the backward pass is to leave ‖∂L/∂h_t‖ of each text and time step, float64
            (B, T), contiguous; needs the compiled part.

    Returns:
        The hidden states (B, T, H), and the state at the end.

    Raises:
        ValueError: Shapes or number formats do not go together.
        IndexError: A token has no row in the table.
    """
    parts = state or ()
    _check(cell, x, parts, weights)
    if norms is not None and not _takes_norms(norms, x):
        raise ValueError(f"norms must be contiguous float64 {tuple(x.shape[:2])}")
    rounds = _rounds()
    tensors = (x, *parts, *weights)
    keeps = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
    if chosen().name != "torch":
        call = compiled.Call(
            compiled.CELLS[cell], rounds and weights[1].dtype == torch.float32, keeps, norms
        )
        y, *end = compiled.run(call, x, parts or (None, None), weights)
    elif cell != "lstm" and (x.dim() == 2 or (keeps and not rounds)):
        y, *end = unfused.run(cell, x, parts[0] if parts else None, weights)
    else:
        y, *end = _by_torch(cell, x, parts, weights)
    return y, tuple(end)


def _check(cell: Cell, x: Tensor, parts: tuple[Tensor, ...], weights: Sequence[Tensor]) -> None:
    """Refuse what would make the kernels read beyond a tensor's end."""
    (batch, *_), size = x.shape, weights[1].shape[1]
    rows = compiled.GATES[compiled.CELLS[cell]] * size
    given = (len(weights[0]), rows) if x.dim() == 2 else (rows, x.shape[2])
    wanted = [given, (rows, size), (rows,), (rows,), *[(batch, size)] * len(parts)]
    found = [tuple(tensor.shape) for tensor in (*weights, *parts)]
    if found != wanted:
        raise ValueError(f"a layer over {tuple(x.shape)} has shapes {wanted}, got {found}")
    if len(parts) not in (0, 2 if cell == "lstm" else 1):
        raise ValueError(f"a state of {cell} does not have {len(parts)} tensors")
    floats = (*weights, *parts) if x.dim() == 2 else (x, *weights, *parts)
    kinds = {(tensor.dtype, tensor.device.type) for tensor in floats}
    if kinds - {(weights[1].dtype, "cpu")}:
        raise ValueError(f"a layer has one number format, on the CPU, got {kinds}")
    if x.dim() == 2:
        _check_tokens(cell, x, weights)


def _check_tokens(cell: Cell, tokens: Tensor, weights: Sequence[Tensor]) -> None:
    if tokens.dtype != torch.int64 or tokens.device.type != "cpu":
        raise ValueError(f"tokens must be int64 on the CPU, got {tokens.dtype} on {tokens.device}")
    if not _takes_tokens(cell, weights[1]):
        raise ValueError(f"torch's own layer of {cell} reads no tokens here, only embeddings")
    low, high = (int(end) for end in tokens.aminmax())
    if low < 0 or high >= len(weights[0]):
        raise IndexError(f"tokens must be from 0 to {len(weights[0]) - 1}, got {low} to {high}")


def _rounds() -> bool:
    """Tell whether products are of bfloat16."""
    return torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16


def _takes_norms(norms: Tensor, x: Tensor) -> bool:
    fits = norms.shape == x.shape[:2] and norms.dtype == torch.float64
    return fits and norms.is_contiguous() and norms.device.type == "cpu"


def _by_torch(
    cell: Cell, x: Tensor, parts: tuple[Tensor, ...], weights: Sequence[Tensor]
) -> tuple[Tensor, ...]:
    zero = weights[1].new_zeros(1, x.shape[0], weights[1].shape[1])
    first, *others = (part[None] for part in parts) if parts else (zero, zero)
    flat = tuple(weights)
    if x.dim() == 2:
        x, flat = _one_hot(x, weights[0]), (weights[0].t(), *weights[1:])
    # With biases, one layer, no dropout, keeping what a gradient needs, one direction, batch first.
    options = (True, 1, 0.0, torch.is_grad_enabled(), False, True)
    if cell == "lstm":
        y, *end = torch.lstm(x, (first, others[0]), flat, *options)
    else:
        y, *end = {"gru": torch.gru, "rnn": torch.rnn_tanh}[cell](x, first, flat, *options)
    # Under autocast they come rounded, too.
    return y.to(x.dtype), *(part[0].to(x.dtype) for part in end)


def _one_hot(tokens: Tensor, table: Tensor) -> Tensor:
    """Turn tokens (B, T) into rows that each pick one of a table's, (B, T, V), time first."""
    rows = table.new_zeros(*tokens.t().shape, len(table))
    return rows.scatter_(2, tokens.t().unsqueeze(2), 1).transpose(0, 1)
