"""Recurrent language models: tokens in, logits of the next token out.

Shapes: B batch, T time, V vocabulary, E embedding, H hidden, L layers.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from core.decoding import Decoding
from core.generation.drawing import draw_tokens
from core.models.initialisation import (
    initialise_embedding,
    initialise_linear,
    initialise_recurrence,
)
from core.models.recurrence import Cell, State, make_recurrence
from core.settings import build


class LanguageModel(nn.Module):
    """Predict each next token: embedding → recurrent layers → dropout → linear output.

    Dropout falls between the recurrent layers and before the output, never on the recurrence
    itself nor on the embedding (Zaremba, Sutskever & Vinyals 2014, arXiv:1409.2329).
    Use a subclass from `simple.py`, or `build_model`. Weights are drawn from torch's global
    generator; seed it with `torch.manual_seed` first.

    Args:
        vocab_size: Tokens known, special ones included, V.
        embedding_dim: Width of a token's embedding, E.
        hidden_size: Width of the hidden state, H.
        num_layers: Recurrent layers on top of each other, L.
        dropout: Share of values dropped while training, at least 0 and below 1.
        tie_weights: Use the embedding's weights as the output's too (Press & Wolf 2017,
            arXiv:1608.05859); where E differs from H, a linear projection H → E comes before.

    Raises:
        ValueError: A size is no whole number of at least 1, or the dropout is out of range.
    """

    cell: ClassVar[Cell]
    """The kind of recurrent cell."""

    def __init__(  # noqa: PLR0917 - the chapter's order of arguments
        self,
        vocab_size: int,
        embedding_dim: int = 128,
        hidden_size: int = 256,
        num_layers: int = 2,
        dropout: float = 0.3,
        tie_weights: bool = False,
    ) -> None:
        super().__init__()
        sizes = {
            "vocab_size": vocab_size,
            "embedding_dim": embedding_dim,
            "hidden_size": hidden_size,
            "num_layers": num_layers,
        }
        for name, size in sizes.items():
            _check_size(name, size)
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.recurrence = make_recurrence(self.cell, embedding_dim, hidden_size, num_layers)
        self.dropout = nn.Dropout()
        self.set_dropout(dropout)
        projected = tie_weights and embedding_dim != hidden_size
        self.projection = nn.Linear(hidden_size, embedding_dim, bias=False) if projected else None
        self.output = nn.Linear(embedding_dim if projected else hidden_size, vocab_size)
        initialise_embedding(self.embedding, tied=tie_weights)
        initialise_recurrence(self.recurrence, self.cell)
        if self.projection is not None:
            initialise_linear(self.projection)
        initialise_linear(self.output)
        if tie_weights:
            self.output.weight = self.embedding.weight

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Predict the token after each position.

        Args:
            x: Token indices, int64 (B, T).
            state: What the call before returned, to go on from there; zeros if left out.

        Returns:
            The logits (B, T, V) and the state after the last position.
        """
        hidden, state = self.hidden_states(x, state)
        return self.head(hidden), state

    def hidden_states(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Run the recurrence alone; takes what `forward` takes.

        Returns:
            The last layer's hidden state at each position (B, T, H), and the state at the end.
        """
        embedded = self.embedding(x)  # (B, T, E)
        hidden, state_after = self.recurrence(embedded, state)  # (B, T, H)
        return hidden, state_after

    def head(self, hidden: Tensor) -> Tensor:
        """Turn hidden states (…, H) into logits (…, V)."""
        hidden = self.dropout(hidden)
        if self.projection is not None:
            hidden = self.projection(hidden)  # (…, E)
        logits: Tensor = self.output(hidden)
        return logits

    def set_dropout(self, dropout: float) -> None:
        """Change the share of values dropped, from the next forward pass on.

        Raises:
            ValueError: It is not at least 0 and below 1.
        """
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout must be at least 0 and below 1, got {dropout}")
        self.dropout.p = dropout
        self.recurrence.dropout = dropout

    def generate(
        self,
        start_token: int | Sequence[int],
        max_length: int = 200,
        temperature: float = 0.8,
        *,
        top_k: int = 0,
        top_p: float = 1.0,
        min_p: float = 0.0,
        repetition_penalty: float = 1.0,
        greedy: bool = False,
        seed: int | None = None,
        unknown_token: int | None = 0,
    ) -> list[int]:
        """Write on from one or more tokens; the model's mode is afterwards what it was before.

        Args:
            start_token: Index of the first token, or the indices of a prompt.
            max_length: How many tokens to generate.
            temperature: Divides the logits; below 1 conservative, above 1 more random.
            top_k: Draw from the k most probable tokens only; 0 for all.
            top_p: Draw from the smallest set of tokens that holds this probability.
            min_p: Drop tokens less probable than this share of the most probable one.
            repetition_penalty: Above 1 makes tokens already in the text less probable.
            greedy: Always take the most probable token.
            seed: Seed of this sample; a fresh one each time if left out.
            unknown_token: Index that is never drawn; None to allow every token.

        Returns:
            The start token or tokens, followed by `max_length` generated ones.

        Raises:
            SettingsError: A value is out of its range.
            InputError: A token is not in the vocabulary, or the model's weights are not finite.
        """
        generator = torch.Generator()
        if seed is None:
            seed = generator.seed() >> 1  # as a setting, a seed has 63 bits
        values = {
            "max_length": max_length,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "min_p": min_p,
            "repetition_penalty": repetition_penalty,
            "greedy": greedy,
            "seed": seed,
        }
        prompt: list[int] = np.atleast_1d(start_token).tolist()  # numpy's integers, too
        drawn = draw_tokens(self, prompt, build(Decoding, values), excluded=unknown_token)
        return prompt + [choice.index for choice in drawn]

    def grad_groups(self) -> dict[str, list[nn.Parameter]]:
        """Return every parameter exactly once, in the groups that gradients are reported for.

        They are `embedding`, then `l0.input`, `l0.recurrent` and so on for each layer, each with
        its bias, then `projection` where there is one, then `output`. Tied weights count as
        `embedding`.
        """
        names = {"embedding": ["embedding.weight"]}
        for layer in range(self.recurrence.num_layers):
            for group, suffix in (("input", "ih"), ("recurrent", "hh")):
                names[f"l{layer}.{group}"] = [
                    f"recurrence.{kind}_{suffix}_l{layer}" for kind in ("weight", "bias")
                ]
        if self.projection is not None:
            names["projection"] = ["projection.weight"]
        tied = self.output.weight is self.embedding.weight
        names["output"] = ["output.bias"] if tied else ["output.weight", "output.bias"]
        return {
            group: [self.get_parameter(name) for name in members]
            for group, members in names.items()
        }


def _check_size(name: str, size: object) -> None:
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {size!r}")
