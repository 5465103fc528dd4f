"""Text classifiers, one a recurrent cell: the tokens of a whole text in, logits of its class out.

The cells' equations stand in `simple.py`. Read in both directions, each token's hidden state knows
the whole text (Schuster & Paliwal 1997; Graves & Schmidhuber 2005):

h_t = [→h_t; ←h_t], where →h_t follows from →h_{t-1} and ←h_t from ←h_{t+1}
logits = W · pooled(h_1, …, h_T) + b, with the poolings of `pooling.py`
"""

from typing import get_args

import torch
from torch import Tensor, nn

from core.config import Config
from core.kernels.dropping import dropout
from core.models.initialisation import (
    CLASSIFIER_EMBEDDING_STD,
    initialise_embedding,
    initialise_linear,
    initialise_recurrence,
)
from core.models.padded import run_padded
from core.models.pooling import Attention, Pooling, last_states, max_states, mean_states
from core.models.recurrence import Cell
from core.models.recurrent_model import RecurrentModel, check_share, check_size
from core.text.vocabulary import UNKNOWN_INDEX


class TextClassifier(RecurrentModel):
    """Classify texts: embedding → recurrent layers → pooling over time → dropout → linear output.

    Dropout falls between the recurrent layers and before the output, never on the recurrence
    itself. Padding at the end of a text changes neither a logit nor a gradient. Use `BiLSTM`,
    `BiGRU` or `BiRNN`, or `build_classifier`. Weights are drawn from torch's global generator; seed
    it with `torch.manual_seed` first.

    Args:
        vocab_size: Tokens known, special ones included, V.
        num_classes: C, at least 2.
        embedding_dim: Width of a token's embedding, E.
        hidden_size: Width of each direction's hidden state, H.
        num_layers: Recurrent layers on top of each other, L.
        dropout: Share of values dropped while training, at least 0 and below 1.
        bidirectional: Whether texts are read backward as well as forward.
        pooling: How a text's hidden states become one: `last`, `mean`, `max` or `attention`.
        word_dropout: Share of tokens read as `<unk>` while training (Bowman et al. 2016,
            arXiv:1511.06349), at least 0 and below 1.
        embedding_dropout: Share of the embedded texts' values dropped while training, at least 0
            and below 1.

    Raises:
        ValueError: A size or the number of classes is too small, a share is out of range, or the
            pooling is unknown.
    """

    def __init__(  # noqa: PLR0917 - in the order of the language models
        self,
        vocab_size: int,
        num_classes: int,
        embedding_dim: int = 128,
        hidden_size: int = 256,
        num_layers: int = 2,
        dropout: float = 0.3,
        bidirectional: bool = True,
        pooling: Pooling = "max",
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
    ) -> None:
        super().__init__(
            vocab_size=vocab_size,
            embedding_dim=embedding_dim,
            hidden_size=hidden_size,
            num_layers=num_layers,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        check_size("num_classes", num_classes, low=2)
        if pooling not in get_args(Pooling):
            known = ", ".join(get_args(Pooling))
            raise ValueError(f"pooling must be one of {known}, got {pooling!r}")
        self.pooling: Pooling = pooling
        self.num_classes = num_classes
        self.set_word_dropout(word_dropout)
        self.set_embedding_dropout(embedding_dropout)
        width = 2 * hidden_size if bidirectional else hidden_size
        self.attention = Attention(width) if pooling == "attention" else None
        self.output = nn.Linear(width, num_classes)
        initialise_embedding(self.embedding, CLASSIFIER_EMBEDDING_STD)
        initialise_recurrence(self.recurrence, self.cell)
        if self.attention is not None:
            initialise_linear(self.attention.key)
            initialise_linear(self.attention.score)
        initialise_linear(self.output)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Classify a batch of texts.

        Args:
            x: Token indices, padded at the end with any token, int64 (B, T).
            lengths: Tokens of each text, at least 1 and at most T, int64 (B,); on the CPU or
                where the model is.

        Returns:
            The logits of the classes, (B, C).

        Raises:
            ValueError: `lengths`, on the CPU, holds what is no length.
        """
        return self.classify_embedded(self.embed(x), lengths)

    def embed(self, x: Tensor) -> Tensor:
        """Embed tokens, int64 (B, T), while training after word dropout; returns (B, T, E)."""
        if self.training and self.word_dropout:
            dropped = torch.rand(x.shape, device=x.device) < self.word_dropout
            x = x.masked_fill(dropped, UNKNOWN_INDEX)
        embedded: Tensor = self.embedding(x)
        return embedded

    def classify_embedded(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Classify texts whose tokens are embedded already, such as for a gradient there.

        Args:
            embedded: The tokens' embeddings, padded at the end with anything, (B, T, E).
            lengths: As for `forward`.

        Returns:
            The logits of the classes, (B, C).
        """
        pooled = self._pooled(self._hidden(embedded, lengths), lengths)  # (B, D*H)
        logits: Tensor = self.output(self.dropout(pooled))  # (B, C)
        return logits

    def attention_weights(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Return what each token counts in the pooling, 0 past a text's end, (B, T).

        Raises:
            ValueError: The model pools in another way.
        """
        if self.attention is None:
            raise ValueError(f"pooling is {self.pooling}, which has no attention weights")
        return self.attention.weights(self._hidden(self.embedding(x), lengths), lengths)

    def set_word_dropout(self, share: float) -> None:
        """Change the share of tokens read as `<unk>`, from the next forward pass on.

        Raises:
            ValueError: It is not at least 0 and below 1.
        """
        check_share("word_dropout", share)
        self.word_dropout = share

    def set_embedding_dropout(self, share: float) -> None:
        """Change the share of the embedding's values dropped, from the next forward pass on.

        Raises:
            ValueError: It is not at least 0 and below 1.
        """
        check_share("embedding_dropout", share)
        self.embedding_dropout = share

    def _hidden(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return the last layer's hidden states, 0 past a text's end, (B, T, D*H)."""
        embedded = dropout(embedded, self.embedding_dropout, self.training)
        return run_padded(self.recurrence, embedded, lengths)

    def _pooled(self, hidden: Tensor, lengths: Tensor) -> Tensor:
        """Make one vector of each text's hidden states, (B, D*H)."""
        match self.pooling:
            case "last":
                return last_states(hidden, lengths, self.recurrence.hidden_size)
            case "mean":
                return mean_states(hidden, lengths)
            case "max":
                return max_states(hidden, lengths)
            case "attention":
                assert self.attention is not None
                pooled: Tensor = self.attention(hidden, lengths)
                return pooled

    def _top_groups(self) -> dict[str, list[str]]:
        """Return `attention` where there is one, and `output`."""
        groups = {"output": ["output.weight", "output.bias"]}
        if self.attention is not None:
            keys = ["attention.key.weight", "attention.key.bias", "attention.score.weight"]
            groups = {"attention": keys} | groups
        return groups


class BiLSTM(TextClassifier):
    """Classifier of long short-term memory; the equations are those of `SimpleLSTM`."""

    cell = "lstm"


class BiGRU(TextClassifier):
    """Classifier of gated recurrent units; the equations are those of `SimpleGRU`."""

    cell = "gru"


class BiRNN(TextClassifier):
    """Classifier of the plain recurrence; the equation is that of `SimpleRNN`."""

    cell = "rnn"


CLASSIFIERS: dict[Cell, type[TextClassifier]] = {"rnn": BiRNN, "lstm": BiLSTM, "gru": BiGRU}
"""The classifier of each `model_type`."""


def build_classifier(config: Config, vocab_size: int, num_classes: int) -> TextClassifier:
    """Make the classifier that the settings ask for, with fresh weights on the CPU.

    Args:
        config: The settings of the run.
        vocab_size: Tokens known, special ones included.
        num_classes: How many classes there are.

    Raises:
        ValueError: The vocabulary is empty, or there are fewer than two classes.
    """
    return CLASSIFIERS[config.model_type](
        vocab_size,
        num_classes,
        embedding_dim=config.embedding_dim,
        hidden_size=config.hidden_size,
        num_layers=config.num_layers,
        dropout=config.dropout,
        bidirectional=config.bidirectional,
        pooling=config.pooling,
        word_dropout=config.word_dropout,
        embedding_dropout=config.embedding_dropout,
    )
