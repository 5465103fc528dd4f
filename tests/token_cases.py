"""Layers that read tokens: torch's own modules over an embedding, and the kernels by a table."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.kernels.layer import run_layer
from kernel_cases import Case, Problem

VOCABULARY = 11


class TokenProblem(Problem):
    """Hold a layer over an embedding, and tokens, of which one is far more frequent than others."""

    def __init__(self, case: Case, seed: int = 0, vocabulary: int = VOCABULARY) -> None:
        super().__init__(case, seed)
        self.x = torch.randn(vocabulary, case.width)
        """The embedding."""
        tokens = torch.randint(vocabulary, (case.batch, case.time))
        self.tokens = tokens.masked_fill(torch.rand(tokens.shape) < 0.6, vocabulary // 2)

    def input_of(self, leaf: Tensor) -> Tensor:
        """Embed the tokens; the first of the leaves is the embedding."""
        return F.embedding(self.tokens, leaf)

    def by_kernels(self, dtype: torch.dtype) -> list[Tensor]:
        """Return the same as the kernels give it."""
        leaves = self.tensors(dtype)
        embedding, state, weights = leaves[0], leaves[1:-4], leaves[-4:]
        with torch.autocast("cpu", enabled=False):
            table = F.linear(embedding, weights[0])
        y, end = run_layer(self.case.cell, self.tokens, tuple(state) or None, [table, *weights[1:]])
        return self._results(y, list(end), leaves)
