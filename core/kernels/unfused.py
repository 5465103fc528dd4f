"""A layer and its gradients in torch's own operations, for a CPU without the compiled part.

The backward pass is written by hand: what does not depend on the recurrence is done for all time
steps at once, which leaves a product and two or three short operations a step. For an LSTM that
gains nothing over torch's own kernel. Shapes: B batch, T time, I input, H hidden.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.autograd.function import Function, FunctionCtx, once_differentiable

PIECES = 8
"""Parts of all time steps whose rows are added up for themselves."""

Gradients = tuple[Tensor | None, ...]


def run(
    cell: Literal["rnn", "gru"], x: Tensor, hidden: Tensor | None, weights: Sequence[Tensor]
) -> tuple[Tensor, Tensor]:
    """Run a layer over a sequence, for a gradient.

    Args:
        cell: Which equations it follows.
        x: What comes in, (B, T, I), or tokens, int64 (B, T).
        hidden: Hidden state before it, (B, H); zeros if left out.
        weights: torch.nn's four of a layer and direction, in their order; the first is (V, G*H)
            for tokens, what each adds to the gates.

    Returns:
        The hidden states (B, T, H), and the one at the end (B, H).
    """
    if hidden is None:
        hidden = weights[1].new_zeros(x.shape[0], weights[1].shape[1])
    function = _Rnn if cell == "rnn" else _Gru
    states = function.apply(x.transpose(0, 1), hidden, *weights)  # type: ignore[no-untyped-call]
    return states.transpose(0, 1), states[-1]


class _Rnn(Function):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), time first."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, hidden: Tensor, *weights: Tensor) -> Tensor:
        weight_ih, weight_hh, bias_ih, bias_hh = weights
        states = _states(x, hidden)
        _sums_of_input(x, weight_ih, bias_ih + bias_hh, states[1:].view(-1, hidden.shape[1]))
        across = weight_hh.t()
        for before, after in zip(states[:-1].unbind(), states[1:].unbind(), strict=True):
            torch.addmm(after, before, across, out=after).tanh_()
        ctx.save_for_backward(x, states, weight_ih, weight_hh)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, dy: Tensor) -> Gradients:
        x, states, weight_ih, weight_hh = ctx.saved_tensors  # type: ignore[attr-defined]
        dgates = 1 - states[1:].square()
        dh = torch.zeros_like(states[0])
        for d, given in zip(reversed(dgates.unbind()), reversed(dy.unbind()), strict=True):
            d.mul_(dh.add_(given))
            torch.mm(d, weight_hh, out=dh)
        dgates = dgates.flatten(0, 1)  # (T*B, H)
        bias = dgates.sum(0)
        return (
            _dx(ctx, dgates, weight_ih, x), dh,
            _dweight_ih(dgates, x, weight_ih), dgates.t() @ states[:-1].flatten(0, 1), bias, bias,
        )  # fmt: skip


class _Gru(Function):
    """h' = n + z (h - n), n = tanh(a_n + r q), q = W_hn h + b_hn, time first."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, hidden: Tensor, *weights: Tensor) -> Tensor:
        weight_ih, weight_hh, bias_ih, bias_hh = weights
        size = hidden.shape[1]
        states = _states(x, hidden)
        gates = hidden.new_empty(*x.shape[:2], 3 * size)
        added = torch.cat([bias_hh[: 2 * size], bias_hh.new_zeros(size)])
        _sums_of_input(x, weight_ih, bias_ih + added, gates.view(-1, 3 * size))
        kept = torch.empty_like(states[1:]).copy_(bias_hh[2 * size :])
        to_both, to_q = weight_hh.t().split([2 * size, size], dim=1)
        r, z, n = gates.view(*x.shape[:2], 3, size).unbind(2)
        both = gates[:, :, : 2 * size]
        parts = (both, r, z, n, kept, states[:-1], states[1:])
        steps = zip(*(part.unbind() for part in parts), strict=True)
        for gate, reset, update, new, q, before, after in steps:
            gate.addmm_(before, to_both).sigmoid_()
            new.addcmul_(reset, q.addmm_(before, to_q)).tanh_()
            torch.lerp(new, before, update, out=after)
        ctx.save_for_backward(x, states, gates, kept, weight_ih, weight_hh)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, dy: Tensor) -> Gradients:
        x, states, gates, kept, weight_ih, weight_hh = ctx.saved_tensors  # type: ignore[attr-defined]
        time, batch, size = kept.shape
        r, z, n = gates.view(time, batch, 3, size).unbind(2)
        # Each gate's gradient is a factor known beforehand times the gradient of the hidden state.
        of_input = gates.new_empty(time, batch, 3, size)
        fresh = torch.mul(1 - z, 1 - n * n, out=of_input[:, :, 2])
        torch.mul(fresh, kept * r * (1 - r), out=of_input[:, :, 0])
        torch.mul(states[:-1] - n, z * (1 - z), out=of_input[:, :, 1])
        of_hidden = of_input.clone()
        of_hidden[:, :, 2] *= r
        dh, all_dh = torch.zeros_like(states[0]), torch.empty_like(kept)
        flat = of_hidden.view(time, batch, 3 * size)
        parts = (dy, all_dh, all_dh.unsqueeze(2), of_hidden, flat, z)
        steps = zip(*(reversed(part.unbind()) for part in parts), strict=True)
        for given, d, column, gate, row, update in steps:
            torch.add(dh, given, out=d)
            gate.mul_(column)
            torch.mul(d, update, out=dh).addmm_(row, weight_hh)
        of_input *= all_dh.unsqueeze(2)
        left, right = of_input.view(time * batch, -1), of_hidden.view(time * batch, -1)
        return (
            _dx(ctx, left, weight_ih, x), dh,
            _dweight_ih(left, x, weight_ih), right.t() @ states[:-1].flatten(0, 1),
            left.sum(0), right.sum(0),
        )  # fmt: skip


def _states(x: Tensor, hidden: Tensor) -> Tensor:
    """Make room for the hidden states before and after each step, (T + 1, B, H)."""
    states = hidden.new_empty(x.shape[0] + 1, *hidden.shape)
    states[0] = hidden
    return states


def _sums_of_input(x: Tensor, weight_ih: Tensor, bias: Tensor, sums: Tensor) -> None:
    """Write what the gates get from inputs (T, B, I) or tokens (T, B), (T*B, G*H)."""
    if x.dim() == 2:
        torch.index_select(weight_ih + bias, 0, x.flatten(), out=sums)
    else:
        torch.addmm(bias, x.flatten(0, 1), weight_ih.t(), out=sums)


def _dweight_ih(dgates: Tensor, x: Tensor, weight_ih: Tensor) -> Tensor:
    """Return the gradient of the weights from the input, or of the table, from (T*B, G*H)."""
    if x.dim() == 2:
        return _by_token(dgates, x.flatten(), weight_ih)
    return dgates.t() @ x.flatten(0, 1)


def _by_token(dgates: Tensor, tokens: Tensor, table: Tensor) -> Tensor:
    """Sum rows by their token, in pieces first, for a long sum has a larger error."""
    piece = torch.arange(len(tokens)).mul_(PIECES).floor_divide_(len(tokens))
    sums = table.new_zeros(PIECES * len(table), table.shape[1])
    sums.index_add_(0, tokens + piece * len(table), dgates)
    return sums.view(PIECES, *table.shape).sum(0)


def _dx(ctx: FunctionCtx, dgates: Tensor, weight_ih: Tensor, x: Tensor) -> Tensor | None:
    needs: tuple[bool, ...] = ctx.needs_input_grad  # type: ignore[attr-defined]
    return (dgates @ weight_ih).view(x.shape) if needs[0] else None
