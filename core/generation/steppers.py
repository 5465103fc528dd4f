"""What feeds a token to a model and returns its logits, where the compiled part does not write.

Shapes: B texts, V vocabulary, E embedding, H hidden, L layers, G blocks of gates.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.clamps import Clamp
from core.generation.held_units import held_units
from core.kernels.layer import Cell
from core.kernels.writing import Network

if TYPE_CHECKING:  # a model draws by way of this file
    from core.models.language_model import LanguageModel
    from core.models.recurrence import State

Array = npt.NDArray[np.floating]
Indices = npt.NDArray[np.int64]

LARGEST_TABLE = 4 << 20
"""Numbers that an embedding may become where it is multiplied once for all."""


class Stepper(ABC):
    """Hold texts in the making and the state that each has led to."""

    @abstractmethod
    def step(self, tokens: Indices) -> npt.NDArray[np.float64]:
        """Feed each text a token, (B); returns the logits of the next one, (B, V)."""


class TorchStepper(Stepper):
    """Step a model by its own operations, wherever it is, with the weights that it has by then."""

    def __init__(
        self, model: "LanguageModel", state: Sequence[Tensor], clamps: Sequence[Clamp]
    ) -> None:
        from core.models.recurrence import state_from_tensors

        self._model = model
        self._state: State = state_from_tensors(state)
        self._edit = held_units(clamps)

    def step(self, tokens: Indices) -> npt.NDArray[np.float64]:
        """Feed each text a token."""
        # Imported here, since it stands on the models, which draw by way of this file.
        from core.generation.prompting import predicting
        from core.insight.unrolled import state_of, unroll

        model = self._model
        with predicting(model):
            x = torch.from_numpy(tokens[:, None]).to(model.embedding.weight.device)  # (B, 1)
            if self._edit is not None:
                traces = unroll(model.recurrence, model.embedding(x), self._state, edit=self._edit)
                hidden, self._state = traces[-1].hidden[-1], state_of(traces)  # (B, H)
            else:
                states, self._state = model.hidden_states(x, self._state)
                hidden = states[:, -1]
            logits: npt.NDArray[np.float64] = model.head(hidden).double().cpu().numpy()
        return logits


class NumpyStepper(Stepper):
    """Step a network with the weights that it has now, by NumPy, whose calls cost the least."""

    def __init__(
        self, network: Network, state: Sequence[Tensor], clamps: Sequence[Clamp] = ()
    ) -> None:
        one = state[0].shape[1] == 1  # a product with a vector is faster than with one row
        parts = [part[:, 0] if one else part for part in state]  # (L, H) or (L, B, H)
        self._one = one
        self._clamps = clamps
        self._embedding = _copied(network.embedding)
        self._layers = [
            _NumpyLayer(network.cell, weights, [_copied(part[number]) for part in parts])
            for number, weights in enumerate(network.layers)
        ]
        self._table: Array | None = None
        lowest = self._layers[0]
        if len(self._embedding) * lowest.width <= LARGEST_TABLE:
            self._table = lowest.from_inputs(self._embedding)
        self._projection = None if network.projection is None else _copied(network.projection.t())
        self._output = _copied(network.output.t())  # (H, V)
        self._bias = _copied(network.output_bias)

    def step(self, tokens: Indices) -> npt.NDArray[np.float64]:
        """Feed each text a token."""
        sums = self._embedded(tokens[0] if self._one else tokens)
        hidden = self._layers[0].step(sums)
        self._hold(0, hidden)
        for number, layer in enumerate(self._layers[1:], 1):
            hidden = layer.step(layer.from_below(hidden))
            self._hold(number, hidden)
        if self._projection is not None:
            hidden = hidden @ self._projection
        logits = np.dot(hidden, self._output)
        logits += self._bias
        exact: npt.NDArray[np.float64] = logits.astype(np.float64)
        return exact[None] if self._one else exact

    def _hold(self, number: int, hidden: Array) -> None:
        for clamp in self._clamps:
            if clamp.layer == number:
                hidden[..., clamp.unit] = clamp.value

    def _embedded(self, tokens: npt.NDArray[np.int64] | np.int64) -> Array:
        """Return what tokens give to the sums of the lowest layer's gates."""
        if self._table is not None:
            rows: Array = self._table[tokens]
            return rows
        return self._layers[0].from_inputs(self._embedding[tokens])


class _NumpyLayer:
    """Hold a layer's weights and state, (H) or (B, H), and memory for what a step computes.

    A logistic function is a tanh: σ(a) = (tanh(a / 2) + 1) / 2. So one call serves all gates, whose
    weights are halved beforehand, which is exact.
    """

    def __init__(self, cell: Cell, weights: Sequence[Tensor], state: list[Array]) -> None:
        weight_ih, weight_hh, bias_ih, bias_hh = map(_copied, weights)
        size = weight_hh.shape[1]
        half = np.full_like(bias_ih, 0.5)
        # Where tanh itself is meant: all of the RNN, the LSTM's and the GRU's new values.
        half[0 if cell == "rnn" else 2 * size : 3 * size] = 1
        # The GRU's reset gate acts on the hidden state's part of the new values, bias included.
        within = bias_hh.copy() if cell == "gru" else bias_hh * 0
        within[: 2 * size] = 0
        self._within = within[2 * size :]
        self._of_input = np.ascontiguousarray(weight_ih.T * half)  # (I, G*H)
        self._of_hidden = np.ascontiguousarray(weight_hh.T * half)  # (H, G*H)
        self._bias = (bias_ih + bias_hh - within) * half
        self._half, self._shift = half, 1 - half
        self._hidden, self._memory = state[0], state[-1]
        self._below, self._across = (
            np.empty((*state[0].shape[:-1], len(bias_ih)), state[0].dtype) for _ in range(2)
        )
        self._blocks = np.split(self._across, len(bias_ih) // size, axis=-1)  # views
        self._step = {"rnn": self._rnn, "lstm": self._lstm, "gru": self._gru}[cell]
        self.width = len(bias_ih)

    def from_inputs(self, x: Array) -> Array:
        """Return what inputs give to the sums of the gates, (…, G*H)."""
        sums: Array = x @ self._of_input
        sums += self._bias
        return sums

    def from_below(self, x: Array) -> Array:
        """Return the same for a step of all texts, in memory that the next step uses again."""
        np.dot(x, self._of_input, out=self._below)
        self._below += self._bias
        return self._below

    def step(self, sums: Array) -> Array:
        """Take a step from what the input gave; returns the hidden state, (H) or (B, H)."""
        np.dot(self._hidden, self._of_hidden, out=self._across)
        self._step(sums)
        return self._hidden

    def _rnn(self, sums: Array) -> None:
        self._across += sums
        np.tanh(self._across, out=self._hidden)

    def _lstm(self, sums: Array) -> None:
        across, hidden, memory = self._across, self._hidden, self._memory
        across += sums
        np.tanh(across, out=across)
        across *= self._half
        across += self._shift
        i, f, g, o = self._blocks
        memory *= f
        i *= g
        memory += i
        np.tanh(memory, out=hidden)
        hidden *= o

    def _gru(self, sums: Array) -> None:
        across, hidden, size = self._across, self._hidden, self._hidden.shape[-1]
        reset, update, new = self._blocks
        gates = across[..., : 2 * size]
        gates += sums[..., : 2 * size]
        np.tanh(gates, out=gates)
        gates *= 0.5
        gates += 0.5
        new += self._within
        new *= reset
        new += sums[..., 2 * size :]
        np.tanh(new, out=new)
        hidden -= new
        hidden *= update
        hidden += new


def _copied(tensor: Tensor) -> Array:
    """Return what a tensor on the CPU holds, in memory of its own."""
    copied: Array = tensor.detach().contiguous().numpy().copy()
    return copied
