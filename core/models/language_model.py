"""Recurrent language models: tokens in, logits of the next token out.

The shapes' letters are those of `recurrent_model.py`.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.decoding import Decoding
from core.generation.drawing import draw_tokens
from core.models.initialisation import (
    EMBEDDING_STD,
    TIED_EMBEDDING_STD,
    initialise_embedding,
    initialise_linear,
    initialise_recurrence,
)
from core.models.output_loss import losses, mean_loss
from core.models.recurrence import State
from core.models.recurrent_model import RecurrentModel
from core.settings import build


class LanguageModel(RecurrentModel):
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

    def __init__(  # noqa: PLR0917 - the chapter's order of arguments
        self,
        vocab_size: int,
        embedding_dim: int = 128,
        hidden_size: int = 256,
        num_layers: int = 2,
        dropout: float = 0.3,
        tie_weights: bool = False,
    ) -> None:
        super().__init__(
            vocab_size=vocab_size,
            embedding_dim=embedding_dim,
            hidden_size=hidden_size,
            num_layers=num_layers,
            dropout=dropout,
        )
        projected = tie_weights and embedding_dim != hidden_size
        self.projection = nn.Linear(hidden_size, embedding_dim, bias=False) if projected else None
        self.output = nn.Linear(embedding_dim if projected else hidden_size, vocab_size)
        initialise_embedding(self.embedding, TIED_EMBEDDING_STD if tie_weights else EMBEDDING_STD)
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
        return self.recurrence.read(x, self.embedding, state)

    def head(self, hidden: Tensor) -> Tensor:
        """Turn hidden states (…, H) into logits (…, V)."""
        logits: Tensor = self.output(self._below_output(hidden))
        return logits

    def mean_loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return how surprised the model is by the tokens that follow, without keeping logits.

        Args:
            hidden: Hidden states, (B, T, H).
            targets: The token after each of them, int64 (B, T).

        Returns:
            Mean nats a token, ().
        """
        below = self._below_output(hidden).flatten(0, 1)
        return mean_loss(below, self.output, targets.flatten())

    def losses(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the same of each token, without a gradient, (B, T)."""
        below = self._below_output(hidden).flatten(0, 1)
        return losses(below, self.output, targets.flatten()).view_as(targets)

    def _below_output(self, hidden: Tensor) -> Tensor:
        """Turn hidden states (…, H) into what the output layer takes in."""
        hidden = self.dropout(hidden)
        if self.projection is not None:
            hidden = self.projection(hidden)  # (…, E)
        return hidden

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

    def _top_groups(self) -> dict[str, list[str]]:
        """Return `projection` where there is one, and `output`; tied weights are `embedding`'s."""
        tied = self.output.weight is self.embedding.weight
        groups = {"projection": ["projection.weight"]} if self.projection is not None else {}
        groups["output"] = ["output.bias"] if tied else ["output.weight", "output.bias"]
        return groups
