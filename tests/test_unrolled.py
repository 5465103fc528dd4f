"""A recurrence taken apart computes what torch's own module does, gate by gate."""

import pytest
import torch
from torch import Tensor, nn

from core.insight.unrolled import state_of, unroll
from core.models.recurrence import Cell, State, make_recurrence, state_tensors

CELLS: list[Cell] = ["rnn", "lstm", "gru"]
B, T, E, H = 3, 7, 5, 4


def make(cell: Cell, layers: int) -> nn.RNNBase:
    """Make a float64 stack whose weights are all different from 0."""
    torch.manual_seed(1)
    return make_recurrence(cell, E, H, layers).double()


def inputs() -> Tensor:
    """Draw what comes in, (B, T, E)."""
    return torch.randn(B, T, E, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def start(recurrence: nn.RNNBase) -> State:
    """Draw a state to start from."""
    generator = torch.Generator().manual_seed(3)
    size = recurrence.num_layers, B, H
    hidden = torch.randn(size, dtype=torch.float64, generator=generator)
    cell = torch.randn(size, dtype=torch.float64, generator=generator)
    return (hidden, cell) if isinstance(recurrence, nn.LSTM) else hidden


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("carried", [False, True])
def test_it_equals_torchs_module(cell: Cell, layers: int, carried: bool) -> None:
    """Hidden states and the state at the end are those of `torch.nn`, from any start."""
    recurrence = make(cell, layers)
    state = start(recurrence) if carried else None
    traces = unroll(recurrence, inputs(), state)
    hidden, end = recurrence(inputs(), state)
    torch.testing.assert_close(torch.stack(traces[-1].hidden, dim=1), hidden, rtol=0, atol=1e-12)
    for ours, theirs in zip(state_tensors(state_of(traces)), state_tensors(end), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_torchs(cell: Cell) -> None:
    """Every weight gets the gradient that `torch.nn` gives it."""
    recurrence = make(cell, 2)
    pull = torch.randn(B, T, H, dtype=torch.float64)
    (recurrence(inputs())[0] * pull).sum().backward()
    expected = [
        weight.grad.clone() for weight in recurrence.parameters() if weight.grad is not None
    ]
    recurrence.zero_grad()
    (torch.stack(unroll(recurrence, inputs())[-1].hidden, dim=1) * pull).sum().backward()
    for weight, grad in zip(recurrence.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, grad)


def test_gates_are_named_and_between_0_and_1() -> None:
    """Each cell shows the gates that it has, one value a step, text and unit."""
    names = {"rnn": [], "lstm": ["input", "forget", "output"], "gru": ["reset", "update"]}
    for cell in CELLS:
        for trace in unroll(make(cell, 2), inputs()):
            assert list(trace.gates) == names[cell]
            for values in trace.gates.values():
                gate = torch.stack(values)
                assert gate.shape == (T, B, H)
                assert ((gate > 0) & (gate < 1)).all()


def test_the_forget_gate_is_the_forget_gate() -> None:
    """With its bias far up the cell keeps what it holds; with the input gate's far down, only that.

    So the names are not swapped.
    """
    recurrence = make("lstm", 1)
    with torch.no_grad():
        bias = recurrence.bias_hh_l0
        assert isinstance(bias, Tensor)
        bias[:H], bias[H : 2 * H] = -50.0, 50.0  # torch's order: input, forget, cell, output
    state = start(recurrence)
    (trace,) = unroll(recurrence, inputs(), state)
    assert torch.stack(trace.gates["forget"]).min() > 0.999
    assert torch.stack(trace.gates["input"]).max() < 0.001
    torch.testing.assert_close(trace.state[1], state_tensors(state)[1][0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_an_edited_unit_is_what_everything_after_it_sees(cell: Cell) -> None:
    """A clamped unit has its value at every step, in the layer above and in the state."""

    def clamp(layer: int, hidden: Tensor) -> Tensor:
        if layer:
            return hidden
        return torch.cat((hidden[:, :1] * 0 + 0.5, hidden[:, 1:]), dim=1)

    recurrence = make(cell, 2)
    below, above = unroll(recurrence, inputs(), edit=clamp)
    assert (torch.stack(below.hidden)[:, :, 0] == 0.5).all()
    assert (below.state[0][:, 0] == 0.5).all()
    plain = unroll(recurrence, inputs())[1]
    assert not torch.allclose(torch.stack(above.hidden), torch.stack(plain.hidden))
