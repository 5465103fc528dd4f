"""From the hidden states of a text to one vector: four ways, none of which sees padding."""

from typing import Literal

import torch
from torch import Tensor, nn

from core.models.padded import inside

Pooling = Literal["last", "mean", "max", "attention"]
"""The way, as the setting `pooling` names it."""


def last_states(hidden: Tensor, lengths: Tensor, hidden_size: int) -> Tensor:
    """Take what each direction ends with: forward at the last token, backward at the first.

    Args:
        hidden: Hidden states, forward before backward, (B, T, D*H).
        lengths: Tokens of each text, int64 (B,).
        hidden_size: H.

    Returns:
        One vector a text, (B, D*H); so do the others.
    """
    rows = torch.arange(len(hidden), device=hidden.device)
    forward = hidden[rows, lengths.to(hidden.device) - 1, :hidden_size]
    return torch.cat((forward, hidden[:, 0, hidden_size:]), dim=1)


def mean_states(hidden: Tensor, lengths: Tensor) -> Tensor:
    """Average over the tokens of each text; `hidden` is 0 past its end."""
    return hidden.sum(dim=1) / lengths.to(hidden.device).unsqueeze(1)


def max_states(hidden: Tensor, lengths: Tensor) -> Tensor:
    """Take each unit's largest value over the tokens of a text (Conneau et al. 2017)."""
    return hidden.masked_fill(~inside(hidden, lengths).unsqueeze(2), -torch.inf).amax(dim=1)


class Attention(nn.Module):
    """Weigh the tokens of a text by a learned score (Yang et al. 2016, equations 5 to 7).

    u_t = tanh(W h_t + b)
    a_t = exp(v · u_t) / Σ_s exp(v · u_s), over the tokens s of the text
    pooled = Σ_t a_t h_t

    Args:
        width: Of the hidden states, D*H.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.key = nn.Linear(width, width)
        self.score = nn.Linear(width, 1, bias=False)

    def weights(self, hidden: Tensor, lengths: Tensor) -> Tensor:
        """Return what each token counts; a text's weights add up to 1, (B, T)."""
        scores: Tensor = self.score(torch.tanh(self.key(hidden))).squeeze(2)  # (B, T)
        return scores.masked_fill(~inside(hidden, lengths), -torch.inf).softmax(dim=1)

    def forward(self, hidden: Tensor, lengths: Tensor) -> Tensor:
        """Pool hidden states (B, T, D*H) of texts with `lengths` (B,) into vectors (B, D*H)."""
        return torch.einsum("bt,bth->bh", self.weights(hidden, lengths), hidden)
