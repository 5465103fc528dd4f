"""What each token of a small vocabulary adds to the gates of the layer that reads it.

The product of an embedded text with the first layer's weights has only as many different rows as
there are tokens. Shapes: B batch, T time, V vocabulary, E embedding, H hidden, G blocks of gates.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.kernels.packing import kept_tables

LARGEST_VOCABULARY = 1024
"""Largest V: the rows of more would not stay in a cache."""

LEAST_REUSE = 4
"""How often a row is read, at least, for the table to be less work than the product itself."""


def table_pays(tokens: Tensor, vocabulary: int) -> bool:
    """Tell whether a table is less work than the embeddings of these tokens, (B, T)."""
    kept = kept_tables() is not None and not torch.is_grad_enabled()
    return (
        tokens.device.type == "cpu"
        and vocabulary <= LARGEST_VOCABULARY
        and (kept or tokens.numel() >= LEAST_REUSE * vocabulary)
    )


def token_table(embedding: Tensor, weight_ih: Tensor) -> Tensor:
    """Multiply each embedding with a layer's weights, without rounding to bfloat16.

    Args:
        embedding: (V, E).
        weight_ih: (G*H, E).

    Returns:
        (V, G*H); while weights are fixed the same as before, if no gradient is wanted.
    """
    tables = None if torch.is_grad_enabled() else kept_tables()
    key = (embedding.data_ptr(), weight_ih.data_ptr())
    if tables is not None and key in tables:
        return tables[key]
    with torch.autocast("cpu", enabled=False):
        table = F.linear(embedding, weight_ih)
    if tables is not None:
        tables[key] = table
    return table
