"""The recurrence that every model is built on, and the state it carries.

This is the one place that picks what computes a recurrence. Whatever stands here is a module that

- is called as `recurrence(x, state) -> (hidden, state)` with x (B, T, E) and hidden (B, T, H),
- holds its parameters under `torch.nn`'s names: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
  `bias_hh_l0`, `weight_ih_l1`, …, with the gates' blocks stacked in `torch.nn`'s order, and with
  `_reverse` at the end of the names for a direction that runs backward,
- drops values between its layers, at the rate of its attribute `dropout`, while it trains.
"""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from core.kernels import layer as kernels
from core.kernels.dropping import dropout
from core.kernels.layer import reads_tokens, records, run_layer, serves
from core.kernels.token_table import table_pays, token_table

Cell = kernels.Cell
"""The kind of recurrent cell, as the setting `model_type` names it."""

State = Tensor | tuple[Tensor, Tensor]
"""The hidden state (L, B, H); an LSTM's is the pair of hidden state and memory cell."""

GATES: dict[Cell, int] = {"rnn": 1, "lstm": 4, "gru": 3}
"""How many blocks of H rows a cell's weights consist of."""


class Recurrence(nn.RNNBase):
    """Run the layers of one direction one by one through the kernels, where they serve.

    Elsewhere, such as on a GPU, torch's own module does all.
    """

    cell: ClassVar[Cell]
    """Which equations it follows."""
    weight_hh_l0: nn.Parameter

    def forward(self, x, state=None, norms=None):  # type: ignore[no-untyped-def]
        """Take and return what torch's module does.

        Args:
            x: What comes in, (B, T, E).
            state: Where to go on from; zeros if left out.
            norms: Where the backward pass is to leave ‖∂L/∂h_t‖ of each layer, text and time step,
                float64 (L, B, T); only where `records` is true.
        """
        if self.bidirectional or not serves(x, self.weight_hh_l0):
            return super().forward(x, state)
        return self._run_layers(x, self.all_weights, state, norms)

    def read(
        self, tokens: Tensor, embedding: nn.Embedding, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Run over tokens, int64 (B, T); returns what `forward` does over their embeddings.

        Where it pays, the first layer's weights meet each embedding of the vocabulary once, and not
        at each place where it stands.
        """
        (weight_ih, *others), *above = self.all_weights
        vocabulary = embedding.num_embeddings
        serves = not self.bidirectional and reads_tokens(self.cell, weight_ih, vocabulary)
        if not serves or not table_pays(tokens, vocabulary):
            found: tuple[Tensor, State] = self(embedding(tokens), state)
            return found
        table = token_table(embedding.weight, weight_ih)
        return self._run_layers(tokens, [[table, *others], *above], state)

    def _run_layers(
        self,
        x: Tensor,
        all_weights: Sequence[Sequence[Tensor]],
        state: State | None,
        norms: Tensor | None = None,
    ) -> tuple[Tensor, State]:
        """Run layers over inputs, or over tokens where the first weight is a table."""
        carried = () if state is None else state_tensors(state)
        ends = []
        for layer, weights in enumerate(all_weights):
            if layer:
                x = dropout(x, self.dropout, self.training)
            before = tuple(part[layer] for part in carried) or None
            of_layer = None if norms is None else norms[layer]
            x, end = run_layer(self.cell, x, before, weights, of_layer)
            ends.append(end)
        return x, state_from_tensors([torch.stack(parts) for parts in zip(*ends, strict=True)])

    def records(self) -> bool:
        """Tell whether a backward pass can leave the norms of the hidden states' gradients."""
        return not self.bidirectional and records(self.weight_hh_l0)


class RNN(Recurrence, nn.RNN):
    """Layers of the plain cell."""

    cell = "rnn"


class LSTM(Recurrence, nn.LSTM):
    """Layers of long short-term memory."""

    cell = "lstm"


class GRU(Recurrence, nn.GRU):
    """Layers of gated recurrent units."""

    cell = "gru"


_MODULES: dict[Cell, type[RNN | LSTM | GRU]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


def make_recurrence(
    cell: Cell, input_size: int, hidden_size: int, num_layers: int, *, bidirectional: bool = False
) -> Recurrence:
    """Make a stack of recurrent layers that takes the batch first and drops nothing yet.

    Args:
        cell: Which equations it follows.
        input_size: Width of what comes in, E.
        hidden_size: Width of the hidden state, H.
        num_layers: Layers on top of each other, L.
        bidirectional: Whether each layer runs backward as well; what it gives then is 2H wide,
            forward first. Texts of different lengths go through `padded.py`.
    """
    return _MODULES[cell](
        input_size, hidden_size, num_layers, batch_first=True, bidirectional=bidirectional
    )


def detach(state: State) -> State:
    """Return the state cut off from the steps that led to it, so that no gradient passes."""
    return state_from_tensors([tensor.detach() for tensor in state_tensors(state)])


def state_tensors(state: State) -> tuple[Tensor, ...]:
    """Return the tensors that a state consists of, such as for saving them."""
    return state if isinstance(state, tuple) else (state,)


def state_from_tensors(tensors: Sequence[Tensor]) -> State:
    """Put a state together again from what `state_tensors` returned.

    Raises:
        ValueError: There is neither one tensor nor a pair of them.
    """
    if len(tensors) == 1:
        return tensors[0]
    if len(tensors) == 2:
        return tensors[0], tensors[1]
    raise ValueError(f"a state has 1 or 2 tensors, got {len(tensors)}")
