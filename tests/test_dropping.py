"""Dropout drops the right share at random places, and repeats itself from the same seed."""

from collections.abc import Iterator

import pytest
import torch

from core.kernels.dropping import dropout
from core.kernels.library import Path
from kernel_cases import forced, paths_here


@pytest.fixture(params=paths_here(), ids=lambda path: path.name, autouse=True)
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Run each test by each path of this machine."""
    with forced(request.param):
        yield request.param


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_share_is_dropped_and_the_rest_scaled(share: float, dtype: torch.dtype) -> None:
    """What is left is the value divided by 1 - share; so much is left as should be."""
    torch.manual_seed(1)
    x = torch.rand(200_001, dtype=dtype) + 0.5
    y = dropout(x, share)
    kept = y != 0
    torch.testing.assert_close(y[kept], x[kept] / (1 - share))
    deviation = (share * (1 - share) / len(x)) ** 0.5
    assert abs(kept.double().mean().item() - (1 - share)) < 5 * deviation


def test_places_are_independent() -> None:
    """Neighbours, halves of a word, rows and calls do not go together more than chance has it."""
    torch.manual_seed(2)
    one, two = (dropout(torch.ones(256 * 1024), 0.5).sign() * 2 - 1 for _ in range(2))
    bound = 5 / len(one) ** 0.5
    assert abs((one * two).mean()) < bound
    for lag in (1, 2, 8, 15, 16, 17, 31, 32, 64, 256, 4096, 65536):
        assert abs((one[lag:] * one[:-lag]).mean()) < 5 / (len(one) - lag) ** 0.5, lag
    columns = one.view(-1, 256).mean(0)
    assert columns.abs().max() < 6 / (len(one) / 256) ** 0.5


def test_a_seed_stands_for_what_is_dropped() -> None:
    """From the same state of torch's generator the same is dropped, with any number of threads."""
    x = torch.ones(300_000)
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            torch.manual_seed(7)
            found.append((dropout(x, 0.3), dropout(x, 0.3)))
    finally:
        torch.set_num_threads(before)
    for first, second in found:
        assert torch.equal(first, found[0][0])
        assert torch.equal(second, found[0][1])
        assert not torch.equal(first, second)


def test_the_gradient_is_dropped_alike() -> None:
    """The gradient of what was dropped is 0, and of the others the same scale."""
    x = torch.rand(4_097, requires_grad=True)
    y = dropout(x, 0.25)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(gradient, (y != 0).float() / 0.75)


def test_instruction_sets_drop_the_same() -> None:
    """The places follow from the seed alone, whatever vectors compute them."""
    found = []
    for path in paths_here():
        if path.name != "torch":
            with forced(path):
                torch.manual_seed(3)
                found.append(dropout(torch.ones(100_003), 0.4))
    assert all(torch.equal(found[0], other) for other in found)


def test_nothing_is_dropped_where_nothing_is_to_be() -> None:
    """Neither outside of training nor with a share of 0; NaN stays NaN."""
    x = torch.tensor([[1.0, float("nan")] * 40])
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x, 0.0) is x
    assert torch.equal(dropout(x, 0.5).isnan(), x.isnan())
    assert dropout(torch.empty(0, 3), 0.5).shape == (0, 3)
