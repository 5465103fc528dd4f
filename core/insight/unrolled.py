"""A recurrent stack taken apart: the gates and the hidden state of every time step.

The equations are those of `core/models/simple.py`, written out, so that a hidden state can be
looked at, changed, or have a gradient taken of it, where torch's own modules give only their end.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.recurrence import State, state_tensors

Edit = Callable[[int, Tensor], Tensor]
"""Given a layer's number and its hidden state (B, H), returns what stands in its place."""


class LayerTrace(NamedTuple):
    """Hold what one layer did at each time step."""

    hidden: list[Tensor]
    """Hidden states by time step, (B, H) each."""
    gates: dict[str, list[Tensor]]
    """Values of each gate by time step, 0 to 1, (B, H) each; a plain cell has none."""
    state: tuple[Tensor, ...]
    """Hidden state, and the memory cell of an LSTM, after the last step, (B, H) each."""


def unroll(
    recurrence: nn.RNNBase, x: Tensor, state: State | None = None, *, edit: Edit | None = None
) -> list[LayerTrace]:
    """Step a stack of layers of one direction, without dropout.

    Args:
        recurrence: From `make_recurrence`.
        x: What comes in, (B, T, E).
        state: Where to go on from, (L, B, H); zeros if left out.
        edit: Changes each hidden state before anything else sees it.

    Returns:
        A trace for each layer, the lowest first.
    """
    size = recurrence.num_layers, x.shape[0], recurrence.hidden_size
    if state is not None:
        carried = state_tensors(state)
    else:
        carried = (x.new_zeros(size),) * (2 if isinstance(recurrence, nn.LSTM) else 1)
    traces = []
    for layer, weights in enumerate(recurrence.all_weights):
        before = tuple(tensor[layer] for tensor in carried)
        keep = None if edit is None else _edit_of(edit, layer)
        traces.append(_unroll_layer(_STEPS[recurrence.mode], x, before, weights, keep))
        x = torch.stack(traces[-1].hidden, dim=1)  # (B, T, H)
    return traces


def state_of(traces: list[LayerTrace]) -> State:
    """Return the state after the last step as the models carry it, (L, B, H)."""
    parts = tuple(torch.stack(tensors) for tensors in zip(*(t.state for t in traces), strict=True))
    return (parts[0], parts[1]) if len(parts) == 2 else parts[0]


class _Stepped(NamedTuple):
    state: tuple[Tensor, ...]
    gates: dict[str, Tensor]


def _edit_of(edit: Edit, layer: int) -> Callable[[Tensor], Tensor]:
    return lambda hidden: edit(layer, hidden)


def _unroll_layer(
    step: "_Step",
    x: Tensor,
    state: tuple[Tensor, ...],
    weights: list[nn.Parameter],
    edit: Callable[[Tensor], Tensor] | None,
) -> LayerTrace:
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    from_input = F.linear(x, weight_ih, bias_ih)  # (B, T, G*H)
    hidden: list[Tensor] = []
    gates: dict[str, list[Tensor]] = {}
    for of_input in from_input.unbind(dim=1):
        state, values = step(of_input, F.linear(state[0], weight_hh, bias_hh), state)
        if edit is not None:
            state = (edit(state[0]), *state[1:])
        hidden.append(state[0])
        for name, value in values.items():
            gates.setdefault(name, []).append(value)
    return LayerTrace(hidden, gates, state)


def _rnn(of_input: Tensor, of_hidden: Tensor, state: tuple[Tensor, ...]) -> _Stepped:
    return _Stepped((torch.tanh(of_input + of_hidden),), {})


def _lstm(of_input: Tensor, of_hidden: Tensor, state: tuple[Tensor, ...]) -> _Stepped:
    i, f, g, o = (of_input + of_hidden).chunk(4, dim=1)
    i, f, o = torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(o)
    cell = f * state[1] + i * torch.tanh(g)
    return _Stepped((o * torch.tanh(cell), cell), {"input": i, "forget": f, "output": o})


def _gru(of_input: Tensor, of_hidden: Tensor, state: tuple[Tensor, ...]) -> _Stepped:
    reset_in, update_in, new_in = of_input.chunk(3, dim=1)
    reset_hidden, update_hidden, new_hidden = of_hidden.chunk(3, dim=1)
    r = torch.sigmoid(reset_in + reset_hidden)
    z = torch.sigmoid(update_in + update_hidden)
    n = torch.tanh(new_in + r * new_hidden)
    return _Stepped(((1 - z) * n + z * state[0],), {"reset": r, "update": z})


_Step = Callable[[Tensor, Tensor, tuple[Tensor, ...]], _Stepped]

_STEPS: dict[str, _Step] = {"RNN_TANH": _rnn, "LSTM": _lstm, "GRU": _gru}
"""What steps a layer, by torch's name of its equations."""
