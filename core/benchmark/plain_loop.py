"""The training loop that one would write by hand in PyTorch, as the one to compare with."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.config import Config
from core.text.corpus import Corpus
from core.text.loaders import StreamBatches
from core.training.device import pick_device


class PlainModel(nn.Module):
    """The same network in the fewest lines: embedding, recurrence, dropout, linear."""

    def __init__(self, config: Config, vocab_size: int) -> None:
        super().__init__()
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[config.model_type]
        self.embedding = nn.Embedding(vocab_size, config.embedding_dim)
        self.recurrence = kind(
            config.embedding_dim,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            dropout=config.dropout,
        )
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(config.hidden_size, vocab_size)

    def forward(self, x: Tensor, state: object) -> tuple[Tensor, object]:
        """Return logits (B, T, V) and the state."""
        hidden, state = self.recurrence(self.embedding(x), state)
        return self.output(self.dropout(hidden)), state


class PlainLoop:
    """Train that network on a text, window by window, with the state carried.

    Args:
        config: The settings of a run.
        corpus: The text.
    """

    def __init__(self, config: Config, corpus: Corpus) -> None:
        self._config = config
        self._device = pick_device(config)
        self._model = PlainModel(config, len(corpus.vocabulary)).to(self._device)
        self._optimizer = torch.optim.Adam(self._model.parameters(), lr=config.learning_rate)
        self._batches = StreamBatches(
            corpus.train, batch_size=config.batch_size, seq_length=config.seq_length
        )
        self._state: object = None
        self._step = 0

    def step(self) -> None:
        """Take a step."""
        window = self._batches.batch(0, self._step % (len(self._batches) - 1))
        x, y = (tokens.to(self._device) for tokens in window)
        self._step += 1
        self._optimizer.zero_grad()
        logits, state = self._forward(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(self._model.parameters(), self._config.max_grad_norm)
        self._optimizer.step()
        tensors = state if isinstance(state, tuple) else (state,)
        carried = tuple(tensor.detach() for tensor in tensors)
        self._state = carried if isinstance(state, tuple) else carried[0]
        loss.item()

    def _forward(self, x: Tensor) -> tuple[Tensor, object]:
        """Return the logits (B, T, V), with teacher forcing as the settings say, and the state."""
        ratio = self._config.teacher_forcing_ratio
        if ratio == 1:
            found: tuple[Tensor, object] = self._model(x, self._state)
            return found
        truth = torch.rand(x.shape, device=x.device) < ratio
        fed, state, steps = x[:, 0], self._state, []
        for t in range(x.shape[1]):
            logits, state = self._model(fed[:, None], state)  # (B, 1, V)
            steps.append(logits)
            if t + 1 < x.shape[1]:
                fed = torch.where(truth[:, t + 1], x[:, t + 1], logits[:, 0].argmax(-1))
        return torch.cat(steps, dim=1), state
