"""Layers of odd sizes, run by torch's own modules and by each path of the kernels."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.generation import writers
from core.kernels import compiled as compiled_module
from core.kernels import cross_entropy, dropping, layer, writing
from core.kernels.layer import Cell, run_layer
from core.kernels.library import PATHS, Path, choose, compiled

CELLS: tuple[Cell, ...] = ("rnn", "lstm", "gru")
MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Case(NamedTuple):
    """Describe a layer and its input."""

    cell: Cell
    batch: int
    time: int
    width: int
    hidden: int
    carries: bool = True
    """Whether it starts from a state that is not zero."""


SIZES = ((1, 1, 1, 1), (3, 5, 7, 9), (2, 4, 16, 16), (5, 3, 33, 17), (17, 6, 5, 40), (2, 70, 3, 31))
"""Batch, time, input and hidden: 1, odd, below, at and past a vector, and past a chunk of steps."""

CASES = [
    Case(cell, *sizes, carries) for cell, sizes, carries in product(CELLS, SIZES, (False, True))
]


def paths_here() -> list[Path]:
    """Return every path that this machine has."""
    found = []
    for name in PATHS:
        try:
            found.append(choose(compiled(), name))
        except Exception:
            continue
    return found


@contextmanager
def forced(path: Path) -> Iterator[None]:
    """Compute by one path for a while."""
    modules = (compiled_module, layer, dropping, cross_entropy, writing, writers)
    before = [module.chosen for module in modules]
    try:
        for module in modules:
            module.chosen = lambda: path  # type: ignore[attr-defined]
        yield
    finally:
        for module, chosen in zip(modules, before, strict=True):
            module.chosen = chosen  # type: ignore[attr-defined]


class Problem:
    """Hold a layer's weights and input, exact in float32, and what its loss weighs."""

    def __init__(self, case: Case, seed: int = 0) -> None:
        self.case = case
        torch.manual_seed(seed)
        self.module = MODULES[case.cell](case.width, case.hidden, batch_first=True)
        self.x = torch.randn(case.batch, case.time, case.width)
        parts = 2 if case.cell == "lstm" else 1
        self.state = [torch.randn(case.batch, case.hidden) for _ in range(parts * case.carries)]
        self.of_y = torch.randn(case.batch, case.time, case.hidden)
        self.of_end = [torch.randn(case.batch, case.hidden) for _ in range(parts)]

    def tensors(self, dtype: torch.dtype) -> list[Tensor]:
        """Return input, state and weights as leaves of a graph."""
        sources = [self.x, *self.state, *self.module.parameters()]
        return [source.detach().to(dtype).clone().requires_grad_() for source in sources]

    def by_torch(self, dtype: torch.dtype) -> list[Tensor]:
        """Return hidden states, end and every gradient as torch's module gives them."""
        module = MODULES[self.case.cell](self.case.width, self.case.hidden, batch_first=True)
        module.load_state_dict(self.module.state_dict())
        module = module.to(dtype)
        leaf, *state = self.tensors(dtype)[: 1 + len(self.state)]
        start = [part[None] for part in state]
        x = self.input_of(leaf)
        y, end = module(x, None if not start else start[0] if len(start) == 1 else tuple(start))
        ends = [part[0] for part in (end if isinstance(end, tuple) else (end,))]
        return self._results(y, ends, [leaf, *state, *module.parameters()])

    def input_of(self, leaf: Tensor) -> Tensor:
        """Return what comes in, (B, T, I), from the first of the leaves."""
        return leaf

    def by_kernels(self, dtype: torch.dtype) -> list[Tensor]:
        """Return the same as the kernels give it."""
        leaves = self.tensors(dtype)
        x, state, weights = leaves[0], leaves[1:-4], leaves[-4:]
        y, end = run_layer(self.case.cell, x, tuple(state) or None, weights)
        return self._results(y, list(end), leaves)

    def _results(self, y: Tensor, end: list[Tensor], leaves: list[Tensor]) -> list[Tensor]:
        loss = (y * self.of_y.to(y.dtype)).sum()
        for part, weight in zip(end, self.of_end, strict=True):
            loss = loss + (part * weight.to(y.dtype)).sum()
        return [y.detach(), *(part.detach() for part in end), *torch.autograd.grad(loss, leaves)]


def relative_errors(found: list[Tensor], exact: list[Tensor]) -> list[float]:
    """Return ‖found - exact‖ / ‖exact‖ of each tensor."""
    return [
        float((a.double() - b).norm() / b.norm().clamp_min(1e-30))
        for a, b in zip(found, exact, strict=True)
    ]


def check_threads(problem: Problem) -> None:
    """Require that any number of threads gives the same layer, and the same bits each time."""
    exact = problem.by_torch(torch.float64)
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3, 7):
            torch.set_num_threads(threads)
            first, second = problem.by_kernels(torch.float64), problem.by_kernels(torch.float64)
            assert max(relative_errors(first, exact)) < 1e-13
            assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    finally:
        torch.set_num_threads(before)
