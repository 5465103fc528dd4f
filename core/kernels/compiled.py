"""One layer by the compiled kernels, as a function that torch can differentiate.

Shapes: B batch, T time, I input, H hidden, V vocabulary, G blocks of gates.
"""

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import Function, FunctionCtx, once_differentiable

from core.kernels.buffers import Buffer
from core.kernels.library import Layer, Needs, chosen, compiled, number_of
from core.kernels.packing import Packed, packed_weights

CELLS = {"rnn": 0, "lstm": 1, "gru": 2}
GATES = (1, 4, 3)
"""Blocks of H rows in the weights of a cell."""

LEAST_WORK = 2e7
"""Floating-point operations that are worth a second thread, which costs some 30 µs to start."""

FORMATS = {torch.float32: 0, torch.float64: 1}
"""Numbers of the number formats, but for products of bfloat16."""
_BFLOAT16 = 2


class Call(NamedTuple):
    """Say how a layer is to be run."""

    cell: int
    rounds: bool
    """Whether products are of bfloat16, summed in float32."""
    keeps: bool
    """Whether a backward pass may follow."""
    norms: Tensor | None
    """Where the backward pass writes the norm of each hidden state's gradient, float64 (B, T)."""


def run(
    call: Call, x: Tensor, state: Sequence[Tensor | None], weights: Sequence[Tensor]
) -> tuple[Tensor, ...]:
    """Run a layer over a sequence.

    Args:
        call: How.
        x: What comes in, float32 or float64, (B, T, I), any strides; or tokens, int64 (B, T).
        state: Hidden state and, for an LSTM, memory cell before it, (B, H); None for zeros.
        weights: torch.nn's four of a layer and direction, in their order; the first is (V, G*H)
            for tokens, what each adds to the gates.

    Returns:
        The hidden states (B, T, H), and the hidden state and memory cell at the end, (B, H).
    """
    hidden, memory = (*state, None)[:2]
    outputs: tuple[Tensor, ...]
    if call.keeps:
        outputs = _CompiledLayer.apply(call, x, hidden, memory, *weights)  # type: ignore[no-untyped-call]
    else:
        outputs = _forward(call, x, hidden, memory, weights)[0]
    return outputs


class _CompiledLayer(Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx,
        call: Call,
        x: Tensor,
        hidden: Tensor | None,
        memory: Tensor | None,
        *weights: Tensor,
    ) -> tuple[Tensor, ...]:
        outputs, run = _forward(call, x, hidden, memory, weights)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, *weights)
        ctx.run = run  # type: ignore[attr-defined]
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        x, *weights = ctx.saved_tensors  # type: ignore[attr-defined]
        needs: tuple[bool, ...] = ctx.needs_input_grad  # type: ignore[attr-defined]
        found = _backward(ctx.run, x, weights, grads, needs)  # type: ignore[attr-defined]
        return (
            None,
            *(grad if need else None for grad, need in zip(found, needs[1:], strict=True)),
        )


class _Run(NamedTuple):
    """Hold what a backward pass needs of a forward pass."""

    layer: Layer
    format: int
    packed: Packed
    saved: Buffer
    norms: Tensor | None
    """Held so that it stays where the layer says."""


def _forward(
    call: Call, x: Tensor, hidden: Tensor | None, memory: Tensor | None, weights: Sequence[Tensor]
) -> tuple[tuple[Tensor, ...], _Run]:
    x = _readable(x)
    batch, time, *widths = x.shape
    width, size = sum(widths), weights[1].shape[1]
    layer = Layer(
        cell=call.cell, time=time, batch=batch, input=width, hidden=size, keeps=call.keeps,
        x_batch=x.stride(0), x_time=x.stride(1), vocabulary=0 if widths else len(weights[0]),
    )  # fmt: skip
    layer.norms = None if call.norms is None else call.norms.data_ptr()
    layer.threads, layer.slices = _threads(call.cell, batch, time, width, size)
    form = _BFLOAT16 if call.rounds else FORMATS[weights[1].dtype]
    weights = [weight.contiguous() for weight in weights]
    starts = [part if part is None else part.contiguous() for part in (hidden, memory)]
    shapes = [(batch, time, size), *[(batch, size)] * (2 if call.cell == CELLS["lstm"] else 1)]
    outputs = [weights[1].new_empty(shape) for shape in shapes]
    _point(layer, ("x" if widths else "tokens",), (x,))
    _point(layer, ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), weights)
    _point(layer, ("h_start", "c_start"), starts)
    _point(layer, ("y", "h_end", "c_end"), outputs)
    packed = packed_weights()
    saved = _call("forward", layer, form, packed)
    return tuple(outputs), _Run(layer, form, packed, saved, call.norms)


def _backward(
    run: _Run,
    x: Tensor,
    weights: Sequence[Tensor],
    grads: Sequence[Tensor | None],
    needs: Sequence[bool],
) -> list[Tensor | None]:
    """Return the gradients of x, hidden state, memory cell and the four weights."""
    layer = run.layer
    x = _readable(x)
    weights = [weight.contiguous() for weight in weights]
    dy = grads[0]
    if dy is not None and dy.stride(2) != 1 and dy.shape[2] != 1:
        dy = dy.contiguous()
    ends = [grad if grad is None else grad.contiguous() for grad in grads[1:]]
    _point(layer, ("tokens" if layer.vocabulary else "x",), (x,))
    _point(layer, ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), weights)
    _point(layer, ("dy", "dh_end", "dc_end"), [dy, *ends])
    if dy is not None:
        layer.dy_batch, layer.dy_time = dy.stride(0), dy.stride(1)
    dx = x.new_empty(x.shape) if needs[1] else None
    dweights = [torch.empty_like(weight) for weight in weights]
    sizes = (layer.batch, layer.hidden)
    starts = [dweights[1].new_empty(sizes) if need else None for need in needs[2:4]]
    _point(layer, ("dx", "dh_start", "dc_start"), [dx, *starts])
    _point(layer, ("dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh"), dweights)
    _call("backward", layer, run.format, run.packed, run.saved)
    return [dx, *starts, *dweights]


def _call(
    which: str, layer: Layer, form: int, packed: Packed, saved: Buffer | None = None
) -> Buffer:
    """Provide the memory, pack the weights, and run one pass; returns what it saved."""
    library = compiled()
    assert library is not None
    number, needs, backward = number_of(chosen()), Needs(), which == "backward"
    library.rnnstudio_needs(number, form, ctypes.byref(layer), backward, ctypes.byref(needs))
    saved = saved or Buffer(needs.saved)
    scratch = Buffer(needs.scratch)
    layer.saved, layer.scratch = saved.address, scratch.address
    name = which if layer.dx is None else "backward to the input"
    key = (layer.weight_ih, layer.weight_hh, form, name)
    weights = packed.get(key)
    if weights is None:
        weights = Buffer(needs.packed)
        layer.packed = weights.address
        library.rnnstudio_pack(number, form, ctypes.byref(layer), backward)
        if packed_weights() is packed or which == "backward":
            packed[key] = weights
    layer.packed = weights.address
    getattr(library, f"rnnstudio_{which}")(number, form, ctypes.byref(layer))
    return saved


def _readable(x: Tensor) -> Tensor:
    """Return tokens, or inputs each step of which has its values side by side."""
    return x if x.dim() == 2 or x.stride(2) == 1 or x.shape[2] == 1 else x.contiguous()


def _point(layer: Layer, names: Sequence[str], tensors: Sequence[Tensor | None]) -> None:
    """Write where tensors are; those left out are nowhere."""
    for name, tensor in zip(names, tensors, strict=False):
        setattr(layer, name, None if tensor is None else tensor.data_ptr())


def _threads(cell: int, batch: int, time: int, width: int, size: int) -> tuple[int, int]:
    """Return how many threads to use for whole products, and for slices of the batch."""
    work = 2.0 * batch * time * GATES[cell] * size * (width + size)
    threads = max(1, min(torch.get_num_threads(), int(work / LEAST_WORK)))
    return threads, min(threads, batch)
