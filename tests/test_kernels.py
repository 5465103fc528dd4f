"""A layer by the kernels is the layer that torch's own modules compute, on every path."""

import math
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path as FilePath

import pytest
import torch
from torch import Tensor

from core.errors import InputError
from core.kernels import compiled as compiled_module
from core.kernels import library
from core.kernels.buffers import Buffer
from core.kernels.layer import Cell, run_layer
from core.kernels.library import PATHS, Path, choose, compiled
from core.kernels.packing import fixed_weights
from kernel_cases import (
    CASES,
    CELLS,
    Case,
    Problem,
    check_threads,
    forced,
    paths_here,
    relative_errors,
)

EXACT, SINGLE = torch.float64, torch.float32


@pytest.fixture(params=paths_here(), ids=lambda path: path.name, autouse=True)
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Run each test by each path of this machine."""
    with forced(request.param):
        yield request.param


@pytest.mark.parametrize("case", CASES, ids=str)
def test_float64_equals_torch(case: Case) -> None:
    """Hidden states, the state at the end and every gradient agree to rounding."""
    problem = Problem(case)
    errors = relative_errors(problem.by_kernels(EXACT), problem.by_torch(EXACT))
    assert max(errors) < 1e-13


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sizes", [(3, 5, 7, 9), (5, 3, 33, 17), (4, 70, 3, 31), (16, 40, 48, 64)])
def test_float32_is_as_exact_as_torch(
    cell: Cell, sizes: tuple[int, int, int, int], path: Path
) -> None:
    """Against float64, no tensor has more than twice the error of torch's own in float32.

    In torch's operations it may be three times, since its long products err more than many short
    ones, which its GRU adds up.
    """
    ours, theirs = [], []
    for seed in range(6):
        problem = Problem(Case(cell, *sizes), seed)
        exact = problem.by_torch(EXACT)
        ours.append(relative_errors(problem.by_kernels(SINGLE), exact))
        theirs.append(relative_errors(problem.by_torch(SINGLE), exact))
    for errors, reference in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
        # Below one unit in the last place the errors of small tensors are luck.
        bound = max(math.fsum(reference) / len(reference), 1.2e-7)
        assert math.fsum(errors) / len(errors) < (3 if path.name == "torch" else 2) * bound


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sizes", [(3, 5, 7, 9), (5, 30, 33, 17), (16, 20, 48, 64)])
def test_bfloat16_products_are_near(cell: Cell, sizes: tuple[int, int, int, int]) -> None:
    """With products of bfloat16 every tensor is within 2 % of float64, and not the same."""
    problem = Problem(Case(cell, *sizes))
    with torch.autocast("cpu", torch.bfloat16):
        found = problem.by_kernels(SINGLE)
    errors = relative_errors(found, problem.by_torch(EXACT))
    assert max(errors) < 2e-2
    assert min(errors) > 1e-5
    assert all(tensor.dtype == SINGLE for tensor in found)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_equal_finite_differences(cell: Cell) -> None:
    """Of input, start, both weights and both biases, and when asked for twice."""
    problem = Problem(Case(cell, 2, 3, 2, 3))

    def layer(x: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        y, end = run_layer(cell, x, others[:-4], others[-4:])
        return (y, *end)

    assert torch.autograd.gradcheck(layer, problem.tensors(EXACT))


@pytest.mark.parametrize("cell", CELLS)
def test_any_strides_will_do(cell: Cell) -> None:
    """An input that is stored time first, reversed or spread gives the same."""
    problem = Problem(Case(cell, 3, 5, 4, 6))
    x, *others = problem.tensors(SINGLE)
    state, weights = tuple(others[:-4]), others[-4:]
    spread = torch.zeros(3, 5, 8)
    spread[:, :, ::2] = x.detach()
    expected, _ = run_layer(cell, x, state, weights)
    stored = (x.transpose(0, 1).contiguous().transpose(0, 1), spread[:, :, ::2], x[:, ::2])
    for again in stored:
        found, _ = run_layer(
            cell, again, state, [w.t().contiguous().t() if w.dim() > 1 else w for w in weights]
        )
        if again.shape == x.shape:
            torch.testing.assert_close(found, expected)
    given = torch.randn(5, 3, 6).transpose(0, 1)
    one = torch.autograd.grad(expected, [x, *weights], given, retain_graph=True)
    two = torch.autograd.grad(expected, [x, *weights], given.contiguous())
    for a, b in zip(one, two, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("keeps", [True, False])
def test_nan_is_passed_on(cell: Cell, keeps: bool) -> None:
    """One NaN in a text shows in all its later states, in no other text, and in the gradients."""
    problem = Problem(Case(cell, 3, 6, 4, 5))
    with torch.no_grad():
        problem.x[1, 2, 0] = math.nan
    with torch.set_grad_enabled(keeps):
        x, *others = problem.tensors(SINGLE)
        y, end = run_layer(cell, x, tuple(others[:-4]), others[-4:])
    assert y[1, 2:].isnan().all()
    assert not y[1, :2].isnan().any()
    assert not y[[0, 2]].isnan().any()
    assert end[0][1].isnan().all()
    if keeps:
        gradients = torch.autograd.grad(y.sum(), others[-4:])
        assert all(gradient.isnan().any() for gradient in gradients)


@pytest.mark.parametrize("cell", CELLS)
def test_large_values_saturate(cell: Cell) -> None:
    """Sums far outside of any gate's range give finite states, as torch does."""
    problem = Problem(Case(cell, 2, 4, 3, 5))
    problem.x *= 1e6
    errors = relative_errors(problem.by_kernels(SINGLE)[:2], problem.by_torch(EXACT)[:2])
    assert max(errors) < 1e-5


@pytest.mark.parametrize("cell", CELLS)
def test_no_gradient_needs_less_and_gives_the_same(cell: Cell) -> None:
    """Without gradients, also in inference mode, the states are those with them."""
    problem = Problem(Case(cell, 3, 300, 4, 6))
    x, *others = problem.tensors(SINGLE)
    expected, ends = run_layer(cell, x, tuple(others[:-4]), others[-4:])
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            found, end = run_layer(cell, x, tuple(others[:-4]), others[-4:])
        torch.testing.assert_close(found, expected.detach(), rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(end[0], ends[0].detach(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_threads_change_nothing_but_rounding(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any number of threads, more than there are texts included, gives the same layer."""
    monkeypatch.setattr(compiled_module, "LEAST_WORK", 1.0)
    check_threads(Problem(Case(cell, 5, 7, 6, 20)))


@pytest.mark.parametrize("cell", CELLS)
def test_fixed_weights_are_packed_once(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Step by step under `fixed_weights` equals the whole, and later changes are seen."""
    problem = Problem(Case(cell, 3, 5, 4, 6))
    x, *others = problem.tensors(EXACT)
    weights = others[-4:]
    given = torch.randn(3, 5, 6, dtype=EXACT)
    whole, _ = run_layer(cell, x, tuple(others[:-4]), weights)
    wanted = torch.autograd.grad(whole, weights, given)
    with fixed_weights():
        state, steps = tuple(others[:-4]), []
        for t in range(5):
            y, state = run_layer(cell, x[:, t : t + 1], state, weights)
            steps.append(y)
    found = torch.autograd.grad(torch.cat(steps, dim=1), weights, given)
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b)
    with torch.no_grad():
        weights[1] *= 2
        changed, _ = run_layer(cell, x, tuple(others[:-4]), weights)
    assert not torch.allclose(changed, whole)


@pytest.mark.parametrize("cell", CELLS)
def test_norms_of_the_gradient_through_time(cell: Cell, path: Path) -> None:
    """Asked for, the backward pass gives ‖∂L/∂h_t‖ of every text and time step."""
    if path.name == "torch":
        pytest.skip("comes with the compiled part")
    problem = Problem(Case(cell, 3, 6, 4, 21))
    leaves = problem.tensors(EXACT)
    weights, state = leaves[-4:], tuple(leaves[1:-4])
    hidden, steps = state, []
    for t in range(6):
        _, hidden = run_layer(cell, leaves[0][:, t : t + 1], hidden, weights)
        steps.append(hidden[0])
    loss = (torch.stack(steps, dim=1) * problem.of_y.double()).sum()
    wanted = torch.stack([g.norm(dim=1) for g in torch.autograd.grad(loss, steps)], dim=1)
    norms = torch.empty(3, 6, dtype=EXACT)
    y, _ = run_layer(cell, leaves[0], state, weights, norms)
    (y * problem.of_y.double()).sum().backward()
    torch.testing.assert_close(norms, wanted)


def test_what_does_not_fit_is_refused() -> None:
    """Wrong widths, states and number formats end in one line, and nothing is read beyond."""
    problem = Problem(Case("lstm", 2, 3, 4, 5))
    x, hidden, memory, *weights = problem.tensors(SINGLE)
    for wrong in (
        (x[..., :3], (hidden, memory), weights),
        (x, (hidden[:1], memory), weights),
        (x, (hidden,), weights),
        (x, (hidden, memory.double()), weights),
        (x, (hidden, memory), [*weights[:3], weights[3][:-1]]),
    ):
        with pytest.raises(ValueError, match=r"layer over|state of|number format"):
            run_layer("lstm", *wrong)


def test_an_environment_variable_asks_for_a_path(path: Path) -> None:
    """A known name is heeded, the reason says so; another one gets a line with the names."""
    assert choose(compiled(), path.name).name == path.name
    assert "RNNSTUDIO_KERNELS" in choose(compiled(), path.name).why
    assert choose(compiled(), "").name in PATHS
    assert choose(None, "").name == "torch"
    assert "compile" in choose(None, "").why
    with pytest.raises(
        InputError, match="must be one of avx512, avx2, portable, torch, got 'fast'"
    ):
        choose(compiled(), "fast")
    with pytest.raises(InputError, match="is avx2, which cannot be had here; there is torch"):
        choose(None, "avx2")


def test_what_was_built_is_what_is_tested() -> None:
    """Where the installation has built the compiled part, these tests have run it."""
    names = [file.name for file in files("rnnstudio") or []]
    names += [file.name for file in FilePath(library.__file__).parent.iterdir()]
    built = any(name.startswith("_compiled.") for name in names)
    assert not built or compiled() is not None, "start pytest so that it imports the installation"


def test_buffers_are_used_again() -> None:
    """A buffer that nobody holds is the next one of its size; one that is held is not."""
    first = Buffer(100_000)
    address = first.address
    second = Buffer(100_000)
    assert second.address != address
    del first
    assert Buffer(100_001).address == address
    assert address % 64 == 0
