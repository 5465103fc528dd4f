"""Texts of different lengths in one batch are run exactly as each of them alone."""

import pytest
import torch
from torch import Tensor, nn

from core.models import padded
from core.models.padded import run_padded
from core.models.pooling import last_states
from core.models.recurrence import Cell, Recurrence, make_recurrence

CELLS: list[Cell] = ["rnn", "lstm", "gru"]
LENGTHS = torch.tensor([3, 7, 1, 5])
B, T, E, H = len(LENGTHS), 8, 5, 4  # one step is padding in every text


def make(
    cell: Cell, layers: int = 1, *, both: bool = True, dtype: torch.dtype = torch.float64
) -> Recurrence:
    """Make a small stack of layers whose every weight and bias differs from 0."""
    torch.manual_seed(3)
    return make_recurrence(cell, E, H, layers, bidirectional=both).to(dtype)


def inputs(dtype: torch.dtype = torch.float64) -> Tensor:
    """Draw what comes in (B, T, E), padding included."""
    x = torch.randn(B, T, E, generator=torch.Generator().manual_seed(5), dtype=dtype)
    return x.requires_grad_()


def weigher(width: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Draw what each hidden state counts in a loss, (B, T, width)."""
    return torch.randn(B, T, width, generator=torch.Generator().manual_seed(6), dtype=dtype)


def packed(recurrence: Recurrence, x: Tensor) -> tuple[Tensor, Tensor]:
    """Run torch's packed sequences: hidden states (B, T, D*H), and the last layer's at the end."""
    sequence = nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    hidden, state = recurrence(sequence)
    hidden, _ = nn.utils.rnn.pad_packed_sequence(hidden, batch_first=True, total_length=T)
    at_end = state[0] if isinstance(state, tuple) else state  # (L*D, B, H)
    directions = 2 if recurrence.bidirectional else 1
    return hidden, torch.cat(tuple(at_end[-directions:]), dim=1)  # (B, D*H)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("both", [False, True])
def test_it_equals_packed_sequences(cell: Cell, layers: int, both: bool) -> None:
    """Hidden states, final states and every gradient are those of a packed sequence, float64."""
    recurrence, x = make(cell, layers, both=both), inputs()
    hidden = run_padded(recurrence, x, LENGTHS)
    ends = last_states(hidden, LENGTHS, H)
    expected, expected_ends = packed(recurrence, x)
    torch.testing.assert_close(hidden, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(ends, expected_ends, rtol=1e-12, atol=1e-12)

    at = [x, *recurrence.parameters()]
    weights = weigher(hidden.shape[2])
    found = torch.autograd.grad((hidden * weights).sum() + ends.square().sum(), at)
    wanted = torch.autograd.grad((expected * weights).sum() + expected_ends.square().sum(), at)
    for gradient, reference in zip(found, wanted, strict=True):
        assert reference.abs().max() > 1e-6, "a gradient that is 0 proves nothing"
        torch.testing.assert_close(gradient, reference, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
def test_each_text_is_run_as_if_alone(cell: Cell, layers: int, both: bool) -> None:
    """A text's states are those of torch's own layers over that text, and gradients add up."""
    recurrence, x = make(cell, layers, both=both), inputs()
    hidden = run_padded(recurrence, x, LENGTHS)
    weights = weigher(hidden.shape[2])
    alone = torch.zeros((), dtype=torch.float64)
    for row, length in enumerate(LENGTHS.tolist()):
        expected = recurrence(x[row : row + 1, :length])[0][0]  # (length, D*H)
        torch.testing.assert_close(hidden[row, :length], expected, rtol=1e-12, atol=1e-12)
        assert not hidden[row, length:].any(), "past a text's end all is 0"
        alone = alone + (expected * weights[row, :length]).sum()
    at = [x, *recurrence.parameters()]
    found, wanted = (torch.autograd.grad(loss, at) for loss in ((hidden * weights).sum(), alone))
    for gradient, reference in zip(found, wanted, strict=True):
        torch.testing.assert_close(gradient, reference, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_stands_in_the_padding_changes_no_bit(
    cell: Cell, both: bool, dtype: torch.dtype
) -> None:
    """Other values past a text's end leave states and gradients equal, and get none themselves."""
    recurrence, x = make(cell, 2, both=both, dtype=dtype), inputs(dtype)
    outside = torch.arange(T) >= LENGTHS.unsqueeze(1)  # (B, T)
    other = x.detach().masked_fill(outside.unsqueeze(2), 99.0).requires_grad_()
    results = []
    for values in (x, other):
        hidden = run_padded(recurrence, values, LENGTHS)
        loss = (hidden * weigher(hidden.shape[2], dtype)).sum()
        results.append((hidden, *torch.autograd.grad(loss, [values, *recurrence.parameters()])))
    assert all(torch.equal(first, second) for first, second in zip(*results, strict=True))
    assert not results[0][1][outside].any()


@pytest.mark.parametrize("cell", CELLS)
def test_the_fused_kernels_compute_the_same(cell: Cell) -> None:
    """In float32, training or not, states and gradients are those of float64 up to rounding."""
    exact, x = make(cell, 2), inputs()
    hidden = run_padded(exact, x, LENGTHS)
    weights = weigher(hidden.shape[2])
    wanted = torch.autograd.grad((hidden * weights).sum(), [x, *exact.parameters()])
    recurrence = make(cell, 2, dtype=torch.float32)
    recurrence.load_state_dict(exact.state_dict())
    x32 = x.detach().float().requires_grad_()
    for mode in (True, False):
        found = run_padded(recurrence.train(mode), x32, LENGTHS)
        torch.testing.assert_close(found, hidden.float(), rtol=1e-4, atol=1e-5)
        loss = (found * weights.float()).sum()
        gradients = torch.autograd.grad(loss, [x32, *recurrence.parameters()])
        for gradient, reference in zip(gradients, wanted, strict=True):
            torch.testing.assert_close(gradient, reference.float(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("cell", CELLS)
def test_half_precision_is_close(cell: Cell) -> None:
    """Under bf16 autocast two layers in both directions run, near to what float32 gives."""
    recurrence, x = make(cell, 2, dtype=torch.float32), inputs(torch.float32)
    exact = run_padded(recurrence, x, LENGTHS)
    with torch.autocast("cpu", torch.bfloat16):
        rough = run_padded(recurrence, x, LENGTHS)
    torch.testing.assert_close(rough.float(), exact, rtol=0.05, atol=0.05)
    rough.float().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in recurrence.parameters())


@pytest.mark.parametrize("cell", CELLS)
def test_a_gpu_takes_another_way_to_the_same(cell: Cell) -> None:
    """What is run on a GPU, packed for cuDNN, gives the same states on the CPU."""
    recurrence, x = make(cell, 2), inputs()
    found = padded._run_packed(recurrence, x, LENGTHS)
    expected = run_padded(recurrence, x, LENGTHS)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("both", [False, True])
def test_dropout_between_layers_zeroes_and_rescales(both: bool) -> None:
    """A second layer sees the first one's values either as 0 or divided by 1 - dropout."""
    recurrence, x = make("rnn", 2, both=both), inputs()
    width = 2 * H if both else H
    with torch.no_grad():
        for name, weight in recurrence.named_parameters():
            if "_l1" in name:
                weight.zero_()
        recurrence.get_parameter("weight_ih_l1").copy_(torch.eye(H, width))
    many, lengths = x.repeat(50, 1, 1), LENGTHS.repeat(50)
    below = torch.atanh(run_padded(recurrence, many, lengths)[..., :H])
    recurrence.dropout = 0.25
    seen = torch.atanh(run_padded(recurrence.train(), many, lengths)[..., :H])
    kept = seen != 0
    torch.testing.assert_close(seen[kept], below[kept] / 0.75)
    valid = (torch.arange(T) < lengths.unsqueeze(1)).unsqueeze(2).expand_as(kept)
    assert abs(kept[valid].double().mean().item() - 0.75) < 0.05
    torch.testing.assert_close(
        torch.atanh(run_padded(recurrence.eval(), many, lengths)[..., :H]), below
    )


@pytest.mark.parametrize("wrong", [0, -1, T + 1])
@pytest.mark.parametrize("both", [False, True])
def test_impossible_lengths_are_refused(wrong: int, both: bool) -> None:
    """A text without tokens, or with more than there are, gets one line that names the lengths."""
    lengths = torch.tensor([3, wrong, 1, 5])
    with pytest.raises(ValueError, match=rf"lengths must be from 1 to {T}, got \[3, {wrong}, 1, 5"):
        run_padded(make("gru", both=both), inputs(), lengths)
