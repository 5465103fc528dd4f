"""The loss of an output layer by chunks is the plain loss of all its logits."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from core.kernels import cross_entropy
from core.models import output_loss
from core.models.output_loss import losses, mean_loss

N, WIDTH, VOCABULARY = 13, 5, 11


@pytest.fixture(params=[1, 3 * VOCABULARY, 1 << 20], ids=["one", "three", "all"], autouse=True)
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the positions into chunks of one, of three with one left over, and not at all."""
    monkeypatch.setattr(output_loss, "LARGEST_CHUNK", request.param)
    # Small vocabularies go by the compiled part: test_cross_entropy.py.
    monkeypatch.setattr(cross_entropy, "LARGEST_VOCABULARY", 0)


def problem(dtype: torch.dtype = torch.float64) -> tuple[Tensor, nn.Linear, Tensor]:
    """Return hidden states, an output layer and targets."""
    torch.manual_seed(0)
    hidden = torch.randn(N, WIDTH, dtype=dtype, requires_grad=True)
    return hidden, nn.Linear(WIDTH, VOCABULARY).to(dtype), torch.randint(VOCABULARY, (N,))


def plain(hidden: Tensor, output: nn.Linear, targets: Tensor) -> Tensor:
    """Return the loss in the obvious way."""
    return F.cross_entropy(
        output(hidden).float() if output.weight.dtype == torch.float32 else output(hidden), targets
    )


def test_loss_and_gradients_are_exact() -> None:
    """In float64 they equal the plain ones to rounding, at any weight in a sum and twice."""
    hidden, output, targets = problem()
    leaves = [hidden, *output.parameters()]
    loss = mean_loss(hidden, output, targets)
    torch.testing.assert_close(loss, plain(hidden, output, targets), rtol=1e-14, atol=0)
    for share in (1.0, -0.3):
        found = torch.autograd.grad(share * loss, leaves, retain_graph=True)
        wanted = torch.autograd.grad(share * plain(hidden, output, targets), leaves)
        torch.testing.assert_close(found, wanted, rtol=1e-13, atol=1e-16)


def test_gradients_equal_finite_differences() -> None:
    """Of hidden states, weights and bias."""
    hidden, output, targets = problem()

    def loss(hidden: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        output.weight, output.bias = nn.Parameter(weight), nn.Parameter(bias)
        mean: Tensor = output_loss._MeanLoss.apply(hidden, weight, bias, targets)  # type: ignore[no-untyped-call]
        return mean

    assert torch.autograd.gradcheck(loss, (hidden, *output.parameters()))


def test_each_position_has_its_loss() -> None:
    """Without gradients the losses are those of each token, so that any may be left out."""
    hidden, output, targets = problem()
    found = losses(hidden, output, targets)
    assert not found.requires_grad
    torch.testing.assert_close(found, F.cross_entropy(output(hidden), targets, reduction="none"))
    with torch.no_grad():
        torch.testing.assert_close(mean_loss(hidden, output, targets), found.mean())


def test_large_logits_and_nan_are_told() -> None:
    """Where softmax would be 0 the loss is still finite and right; a NaN is not hidden."""
    hidden, output, targets = problem(torch.float32)
    large = hidden.detach() * 1e4
    found = mean_loss(large.requires_grad_(), output, targets)
    torch.testing.assert_close(found, plain(large, output, targets))
    assert found > 1000
    large.data[3, 2] = torch.nan
    assert mean_loss(large, output, targets).isnan()


def test_bfloat16_products_are_near() -> None:
    """Under autocast loss and gradients are near the exact ones, not the same, and in float32."""
    hidden, output, targets = problem(torch.float32)
    leaves = [hidden, *output.parameters()]
    exact = torch.autograd.grad(plain(hidden, output, targets), leaves)
    with torch.autocast("cpu", torch.bfloat16):
        loss = mean_loss(hidden, output, targets)
    found = torch.autograd.grad(loss, leaves)
    for one, other in zip(found, exact, strict=True):
        error = (one - other).norm() / other.norm()
        assert 1e-5 < error < 2e-2
        assert one.dtype == torch.float32


def test_no_more_logits_than_a_chunk() -> None:
    """No tensor that a loss makes is larger than a chunk, the weights and the hidden states."""
    hidden, output, targets = problem()
    largest = max(output_loss.LARGEST_CHUNK, output.weight.numel(), hidden.numel())
    sizes = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            found = func(*args, **(kwargs or {}))
            sizes.append(found.numel() if isinstance(found, Tensor) else 0)
            return found

    with Watch():  # type: ignore[no-untyped-call]
        mean_loss(hidden, output, targets)
        losses(hidden, output, targets)
    assert sizes and max(sizes) <= largest
