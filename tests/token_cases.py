"""Layers that read tokens: torch's own modules over an embedding, and the kernels by a table."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.kernels.layer import run_layer
from kernel_cases import MODULES, Case, Problem

VOCABULARY = 11


class TokenProblem(Problem):
    """Hold a layer over an embedding, and tokens, of which one is far more frequent than others."""

    def __init__(self, case: Case, seed: int = 0, vocabulary: int = VOCABULARY) -> None:
        super().__init__(case, seed)
        self.x = torch.randn(vocabulary, case.width)
        """The embedding."""
        tokens = torch.randint(vocabulary, (case.batch, case.time))
        self.tokens = tokens.masked_fill(torch.rand(tokens.shape) < 0.6, vocabulary // 2)

    def by_torch(self, dtype: torch.dtype) -> list[Tensor]:
        """Return hidden states, end and every gradient, the first the embedding's."""
        module = MODULES[self.case.cell](self.case.width, self.case.hidden, batch_first=True)
        module.load_state_dict(self.module.state_dict())
        module = module.to(dtype)
        embedding, *state = self.tensors(dtype)[: 1 + len(self.state)]
        start = [part[None] for part in state]
        x = F.embedding(self.tokens, embedding)
        y, end = module(x, None if not start else start[0] if len(start) == 1 else tuple(start))
        ends = [part[0] for part in (end if isinstance(end, tuple) else (end,))]
        return self._results(y, ends, [embedding, *state, *module.parameters()])

    def by_kernels(self, dtype: torch.dtype) -> list[Tensor]:
        """Return the same as the kernels give it."""
        leaves = self.tensors(dtype)
        embedding, state, weights = leaves[0], leaves[1:-4], leaves[-4:]
        with torch.autocast("cpu", enabled=False):
            table = F.linear(embedding, weights[0])
        y, end = run_layer(self.case.cell, self.tokens, tuple(state) or None, [table, *weights[1:]])
        return self._results(y, list(end), leaves)
