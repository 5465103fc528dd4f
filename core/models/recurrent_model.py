"""What language models and text classifiers share: embedding, recurrent layers and dropout.

Shapes: B batch, T time, V vocabulary, E embedding, H hidden, L layers, D directions, C classes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from torch import nn

from core.kernels.dropping import Dropout
from core.models.recurrence import Cell, make_recurrence


class RecurrentModel(nn.Module, ABC):
    """Hold an embedding, recurrent layers on top of it, and the dropout; the base of all models.

    A subclass adds what stands on top, and only then draws all weights: first the embedding's,
    then the recurrence's, then its own. A seed stands for the same weights as long as this order
    stays.

    Args:
        vocab_size: Tokens known, special ones included, V.
        embedding_dim: Width of a token's embedding, E.
        hidden_size: Width of the hidden state, H.
        num_layers: Recurrent layers on top of each other, L.
        dropout: Share of values dropped while training, at least 0 and below 1.
        bidirectional: Whether each layer has a second recurrence that runs backward.

    Raises:
        ValueError: A size is no whole number of at least 1, or the dropout is out of range.
    """

    cell: ClassVar[Cell]
    """The kind of recurrent cell."""

    def __init__(
        self,
        *,
        vocab_size: int,
        embedding_dim: int,
        hidden_size: int,
        num_layers: int,
        dropout: float,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        check_size("vocab_size", vocab_size)
        check_size("embedding_dim", embedding_dim)
        check_size("hidden_size", hidden_size)
        check_size("num_layers", num_layers)
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.recurrence = make_recurrence(
            self.cell, embedding_dim, hidden_size, num_layers, bidirectional=bidirectional
        )
        self.dropout = Dropout()
        self.set_dropout(dropout)

    def set_dropout(self, dropout: float) -> None:
        """Change the share of values dropped, from the next forward pass on.

        Raises:
            ValueError: It is not at least 0 and below 1.
        """
        check_share("dropout", dropout)
        self.dropout.p = dropout
        self.recurrence.dropout = dropout

    def grad_groups(self) -> dict[str, list[nn.Parameter]]:
        """Return every parameter exactly once, in the groups that gradients are reported for.

        They are `embedding`, then `l0.input`, `l0.recurrent` and so on for each layer, each with
        its bias, with `l0.back.input` and `l0.back.recurrent` for a direction that runs backward,
        then those of what stands on top, at last `output`.
        """
        names = {"embedding": ["embedding.weight"]}
        directions = (("", ""), (".back", "_reverse"))[: 1 + self.recurrence.bidirectional]
        for layer in range(self.recurrence.num_layers):
            for direction, suffix in directions:
                for group, side in (("input", "ih"), ("recurrent", "hh")):
                    names[f"l{layer}{direction}.{group}"] = [
                        f"recurrence.{kind}_{side}_l{layer}{suffix}" for kind in ("weight", "bias")
                    ]
        names |= self._top_groups()
        return {
            group: [self.get_parameter(name) for name in members]
            for group, members in names.items()
        }

    @abstractmethod
    def _top_groups(self) -> dict[str, list[str]]:
        """Return the names of the parameters on top of the recurrence, in groups."""


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Switch off a model's dropout for a moment; its mode is restored."""
    was_training = model.training
    model.train(mode=False)
    try:
        yield
    finally:
        model.train(was_training)


def check_size(name: str, size: object, low: int = 1) -> None:
    """Refuse what is no size.

    Raises:
        ValueError: It is no whole number of at least `low`.
    """
    if not isinstance(size, int) or isinstance(size, bool) or size < low:
        raise ValueError(f"{name} must be a whole number of at least {low}, got {size!r}")


def check_share(name: str, share: float) -> None:
    """Refuse what is no share of values to drop.

    Raises:
        ValueError: It is not at least 0 and below 1.
    """
    if not 0.0 <= share < 1.0:
        raise ValueError(f"{name} must be at least 0 and below 1, got {share}")
