"""A layer that reads tokens from a table is the layer over their embeddings, on every path."""

import math
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.kernels import compiled as compiled_module
from core.kernels.layer import Cell, reads_tokens, run_layer
from core.kernels.library import Path
from core.kernels.packing import fixed_weights
from kernel_cases import CASES, CELLS, Case, check_threads, forced, paths_here, relative_errors
from token_cases import TokenProblem

EXACT, SINGLE = torch.float64, torch.float32


@pytest.fixture(params=paths_here(), ids=lambda path: path.name, autouse=True)
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Run each test by each path of this machine."""
    with forced(request.param):
        yield request.param


def skip_unless_read(cell: Cell) -> None:
    """Skip where no layer of a cell reads tokens."""
    if not reads_tokens(cell, torch.zeros(1, 1), 1):
        pytest.skip("torch's own operations read no tokens where products are rounded")


@pytest.mark.parametrize("case", [case for case in CASES if case.carries], ids=str)
def test_float64_equals_torch(case: Case) -> None:
    """Hidden states, the state at the end and every gradient agree to rounding."""
    skip_unless_read(case.cell)
    problem = TokenProblem(case)
    errors = relative_errors(problem.by_kernels(EXACT), problem.by_torch(EXACT))
    assert max(errors) < 1e-13


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sizes", [(5, 3, 33, 17, 11), (4, 70, 3, 31, 300), (16, 60, 48, 64, 2)])
def test_float32_is_as_exact_as_torch(
    cell: Cell, sizes: tuple[int, int, int, int, int], path: Path
) -> None:
    """Against float64, no tensor has more than twice the error of torch's own in float32.

    Whether a token is rare or stands nearly everywhere. In torch's operations it may be three
    times, as in `test_kernels.py`.
    """
    skip_unless_read(cell)
    ours, theirs = [], []
    for seed in range(4):
        problem = TokenProblem(Case(cell, *sizes[:4]), seed, sizes[4])
        exact = problem.by_torch(EXACT)
        ours.append(relative_errors(problem.by_kernels(SINGLE), exact))
        theirs.append(relative_errors(problem.by_torch(SINGLE), exact))
    for errors, reference in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
        bound = max(math.fsum(reference) / len(reference), 1.2e-7)
        assert math.fsum(errors) / len(errors) < (3 if path.name == "torch" else 2) * bound


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sizes", [(3, 5, 7, 9), (5, 30, 33, 17)])
def test_bfloat16_products_are_near(cell: Cell, sizes: tuple[int, int, int, int]) -> None:
    """With products of bfloat16 every tensor is within 2 % of float64, and not the same."""
    problem = TokenProblem(Case(cell, *sizes))
    with torch.autocast("cpu", torch.bfloat16):
        skip_unless_read(cell)
        found = problem.by_kernels(SINGLE)
    errors = relative_errors(found, problem.by_torch(EXACT))
    assert max(errors) < 2e-2
    assert min(errors) > 1e-5
    assert all(tensor.dtype == SINGLE for tensor in found)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_equal_finite_differences(cell: Cell) -> None:
    """Of the table, the start, the weights and both biases."""
    skip_unless_read(cell)
    problem = TokenProblem(Case(cell, 2, 3, 2, 3), vocabulary=3)
    embedding, *others = problem.tensors(EXACT)
    others[-4] = (embedding.detach() @ others[-4].detach().t()).requires_grad_()

    def layer(*leaves: Tensor) -> tuple[Tensor, ...]:
        y, end = run_layer(cell, problem.tokens, leaves[:-4], leaves[-4:])
        return (y, *end)

    assert torch.autograd.gradcheck(layer, others)


@pytest.mark.parametrize("cell", CELLS)
def test_any_strides_will_do(cell: Cell) -> None:
    """Tokens stored time first, spread, reversed in part or repeated give the same."""
    skip_unless_read(cell)
    problem = TokenProblem(Case(cell, 3, 5, 4, 6))
    found = problem.by_kernels(EXACT)
    spread = torch.full((3, 10), -1)
    spread[:, ::2] = problem.tokens
    for stored in (problem.tokens.t().contiguous().t(), spread[:, ::2]):
        problem.tokens = stored
        assert all(torch.equal(a, b) for a, b in zip(problem.by_kernels(EXACT), found, strict=True))
    problem.tokens = torch.tensor([[3]]).expand(3, 5)
    assert max(relative_errors(problem.by_kernels(EXACT), problem.by_torch(EXACT))) < 1e-13


@pytest.mark.parametrize("cell", CELLS)
def test_threads_change_nothing_but_rounding(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any number of threads gives the same layer, and the same bits each time."""
    skip_unless_read(cell)
    monkeypatch.setattr(compiled_module, "LEAST_WORK", 1.0)
    check_threads(TokenProblem(Case(cell, 5, 7, 6, 20)))


@pytest.mark.parametrize("cell", CELLS)
def test_fixed_weights_are_packed_once(cell: Cell) -> None:
    """Step by step under `fixed_weights` equals the whole, whatever else a layer reads there."""
    skip_unless_read(cell)
    problem = TokenProblem(Case(cell, 3, 5, 4, 6))
    embedding, *others = problem.tensors(EXACT)
    state, weights = tuple(others[:-4]), others[-4:]
    of_tokens = [(embedding @ weights[0].t()).detach().requires_grad_(), *weights[1:]]
    given = torch.randn(3, 5, 6, dtype=EXACT)
    whole, _ = run_layer(cell, problem.tokens, state, of_tokens)
    wanted = torch.autograd.grad(whole, of_tokens, given)
    with fixed_weights():
        steps = []
        for t in range(5):
            step = slice(t, t + 1)
            x = F.embedding(problem.tokens[:, step], embedding)
            embedded, _ = run_layer(cell, x, state, weights)
            y, state = run_layer(cell, problem.tokens[:, step], state, of_tokens)
            torch.testing.assert_close(embedded, y)
            steps.append(y)
    found = torch.autograd.grad(torch.cat(steps, dim=1), of_tokens, given)
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b)


def test_what_does_not_fit_is_refused() -> None:
    """Tokens without a row, of another kind or beside a wrong table end in one line."""
    problem = TokenProblem(Case("gru", 2, 3, 4, 5))
    _, hidden, *weights = problem.tensors(SINGLE)
    table = torch.zeros(7, 15)
    for token in (-1, 7, 2**40):
        tokens = torch.tensor([[0, 1], [token, 2]])
        with pytest.raises(IndexError, match=f"tokens must be from 0 to 6, got .*{token}"):
            run_layer("gru", tokens, (hidden,), [table, *weights[1:]])
    good = torch.zeros(2, 3, dtype=torch.int64)
    for tokens, wrong in ((good.int(), table), (good, table[:, :14]), (good, table.double())):
        with pytest.raises(ValueError, match=r"layer over|tokens must be int64|number format"):
            run_layer("gru", tokens, (hidden,), [wrong, *weights[1:]])
