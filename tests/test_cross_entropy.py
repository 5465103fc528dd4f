"""The compiled loss of an output layer is torch's, and so are its gradients, on every path."""

from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.kernels import cross_entropy
from core.kernels.cross_entropy import loss_and_gradients, serves
from core.kernels.library import Path
from core.models.output_loss import mean_loss
from kernel_cases import forced, paths_here

SIZES = ((1, 1, 1), (1, 3, 2), (7, 3, 5), (130, 17, 65), (300, 40, 16), (259, 64, 100))
"""Positions, width and vocabulary: 1, odd, whole vectors, past a block, and of two threads."""


@pytest.fixture(
    params=[path for path in paths_here() if path.name != "torch"],
    ids=lambda path: path.name,
    autouse=True,
)
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Run each test by each path of this machine that is compiled."""
    with forced(request.param):
        yield request.param


Leaves = tuple[Tensor, Tensor, Tensor]
"""Hidden states, weights and bias."""


def problem(sizes: tuple[int, int, int], dtype: torch.dtype) -> tuple[Leaves, Tensor]:
    """Return hidden states, weights and bias, in numbers of float32, and targets."""
    torch.manual_seed(0)
    count, width, vocabulary = sizes
    output = nn.Linear(width, vocabulary)
    leaves = in_format(dtype, (torch.randn(count, width) * 2, output.weight, output.bias))
    return leaves, torch.randint(vocabulary, (count,))


def in_format(dtype: torch.dtype, leaves: Leaves) -> Leaves:
    """Return copies in a number format, which want gradients."""
    hidden, weight, bias = (leaf.detach().to(dtype).requires_grad_() for leaf in leaves)
    return hidden, weight, bias


def by_torch(leaves: Leaves, targets: Tensor) -> tuple[Tensor, ...]:
    """Return the loss and its gradients in the obvious way."""
    loss = F.cross_entropy(F.linear(*leaves), targets)
    return (loss.detach(), *torch.autograd.grad(loss, leaves))


def distance(one: Tensor, exact: Tensor) -> float:
    """Return the relative error in the 2-norm; the absolute one of what is 0."""
    return float((one.double() - exact).norm() / (exact.norm() or 1))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_loss_and_gradients_are_exact(sizes: tuple[int, int, int]) -> None:
    """In float64 they are torch's to rounding, in float32 with at most twice torch's own error."""
    leaves, targets = problem(sizes, torch.float64)
    exact = by_torch(leaves, targets)
    loss, gradients = loss_and_gradients(*leaves, targets)
    for found, wanted in zip((loss, *gradients), exact, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-13, atol=1e-15)
    leaves, targets = problem(sizes, torch.float32)
    loss, gradients = loss_and_gradients(*leaves, targets)
    rivals = by_torch(leaves, targets)
    for found, rival, wanted in zip((loss, *gradients), rivals, exact, strict=True):
        assert found.dtype == torch.float32
        assert distance(found, wanted) <= max(2 * distance(rival, wanted), 3e-7)


@pytest.mark.parametrize("sizes", SIZES[2:], ids=str)
def test_bfloat16_products_are_near(sizes: tuple[int, int, int]) -> None:
    """Under autocast loss and gradients are near the exact ones, not the same, and in float32."""
    leaves, targets = problem(sizes, torch.float32)
    exact = by_torch(in_format(torch.float64, leaves), targets)
    with torch.autocast("cpu", torch.bfloat16):
        loss, gradients = loss_and_gradients(*leaves, targets)
    assert abs(loss - exact[0]) < 1e-2
    for found, wanted in zip(gradients, exact[1:], strict=True):
        assert found.dtype == torch.float32
        assert 1e-5 < distance(found, wanted) < 2e-2


def test_a_model_trains_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the compiled part serves goes there, others by chunks; a weight in a sum is heeded."""
    leaves, targets = problem((130, 17, 65), torch.float64)
    output = nn.Linear(17, 65).double()
    calls = []

    def counted(
        hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor
    ) -> tuple[Tensor, Leaves]:
        calls.append(targets)
        return loss_and_gradients(hidden, weight, bias, targets)

    monkeypatch.setattr(cross_entropy, "loss_and_gradients", counted)
    found = torch.autograd.grad(-0.3 * mean_loss(leaves[0], output, targets), leaves[0])
    wanted = torch.autograd.grad(-0.3 * F.cross_entropy(output(leaves[0]), targets), leaves[0])
    torch.testing.assert_close(found, wanted)
    assert len(calls) == 1
    monkeypatch.setattr(cross_entropy, "LARGEST_VOCABULARY", 64)
    assert not serves(leaves[0], output.weight)


def test_large_logits_and_nan_are_told() -> None:
    """Where softmax would be 0 the loss is still finite and right; a NaN is not hidden."""
    leaves, targets = problem((7, 3, 5), torch.float32)
    leaves[0].data *= 1e4
    loss, gradients = loss_and_gradients(*leaves, targets)
    exact = by_torch(leaves, targets)
    assert loss > 1000
    for found, wanted in zip((loss, *gradients), exact, strict=True):
        torch.testing.assert_close(found, wanted)
    leaves[0].data[3, 2] = torch.nan
    loss, gradients = loss_and_gradients(*leaves, targets)
    assert loss.isnan() and gradients[0][3].isnan().all() and gradients[1].isnan().any()


def test_what_does_not_fit_is_refused() -> None:
    """Nothing is read past the end of a tensor."""
    leaves, targets = problem((7, 3, 5), torch.float32)
    for wrong in (targets + 5, targets - 5):
        with pytest.raises(IndexError, match="targets must be from 0 to 4"):
            loss_and_gradients(*leaves, wrong)
    with pytest.raises(ValueError, match="an output layer over"):
        loss_and_gradients(*leaves, targets[:-1])
    with pytest.raises(ValueError, match="an output layer over"):
        loss_and_gradients(leaves[0], leaves[1], leaves[2][:-1], targets)


def test_the_same_twice() -> None:
    """From the same numbers, with as many threads, comes the same to the last bit."""
    leaves, targets = problem((2048, 40, 65), torch.float32)
    (one, first), (two, second) = (loss_and_gradients(*leaves, targets) for _ in range(2))
    assert torch.equal(one, two)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
