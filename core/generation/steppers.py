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
        self._cell = network.cell
        self._layers = [
            _NumpyLayer(network.cell, weights, [_copied(part[number]) for part in parts])
            for number, weights in enumerate(network.layers)
        ]
        self._table: Array | None = None
        lowest = self._layers[0]
        if len(self._embedding) * len(lowest.bias) <= LARGEST_TABLE:
            self._table = lowest.from_input(self._embedding)
        self._projection = None if network.projection is None else _copied(network.projection.t())
        self._output = _copied(network.output.t())  # (H, V)
        self._bias = _copied(network.output_bias)

    def step(self, tokens: Indices) -> npt.NDArray[np.float64]:
        """Feed each text a token."""
        sums = hidden = self._embedded(tokens[0] if self._one else tokens)
        for number, layer in enumerate(self._layers):
            if number:
                sums = layer.from_input(hidden)
            hidden = layer.step(sums)
            for clamp in self._clamps:
                if clamp.layer == number:
                    hidden[..., clamp.unit] = clamp.value
        if self._projection is not None:
            hidden = hidden @ self._projection
        logits = (hidden @ self._output + self._bias).astype(np.float64)
        return logits[None] if self._one else logits

    def _embedded(self, tokens: npt.NDArray[np.int64] | np.int64) -> Array:
        """Return what tokens give to the sums of the lowest layer's gates."""
        if self._table is not None:
            return self._table[tokens]
        return self._layers[0].from_input(self._embedding[tokens])


class _NumpyLayer:
    """Hold a layer's weights and state, (H) or (B, H).

    A logistic function is a tanh: σ(a) = (tanh(a / 2) + 1) / 2. So one call serves all gates.
    """

    def __init__(self, cell: Cell, weights: Sequence[Tensor], state: list[Array]) -> None:
        weight_ih, weight_hh, bias_ih, bias_hh = map(_copied, weights)
        self._cell = cell
        self._of_input = np.ascontiguousarray(weight_ih.T)  # (I, G*H)
        self._of_hidden = np.ascontiguousarray(weight_hh.T)  # (H, G*H)
        size = len(self._of_hidden)
        # The GRU's reset gate acts on the hidden state's part of the new values, bias included.
        within = bias_hh.copy() if cell == "gru" else bias_hh * 0
        within[: 2 * size] = 0
        self._within = within[2 * size :]
        self.bias = bias_ih + bias_hh - within
        half = np.full_like(bias_ih, 0.5)
        half[{"rnn": slice(None), "lstm": slice(2 * size, 3 * size), "gru": slice(0)}[cell]] = 1
        self._half = half if cell != "gru" else half[: 2 * size]
        self._shift = 1 - self._half
        self._state = state
        self._size = size

    def from_input(self, x: Array) -> Array:
        """Return what the input gives to the sums of the gates, (…, G*H)."""
        sums: Array = x @ self._of_input
        sums += self.bias
        return sums

    def step(self, sums: Array) -> Array:
        """Take a step from what the input gave; returns the hidden state."""
        hidden, size = self._state[0], self._size
        across = hidden @ self._of_hidden
        if self._cell == "gru":
            gates = self._squash(sums[..., : 2 * size] + across[..., : 2 * size])
            reset, update = gates[..., :size], gates[..., size:]
            new = across[..., 2 * size :] + self._within
            new *= reset
            new += sums[..., 2 * size :]
            np.tanh(new, out=new)
            hidden -= new
            hidden *= update
            hidden += new
            return hidden
        across += sums
        gates = self._squash(across)
        if self._cell == "rnn":
            self._state[0] = gates
            return gates
        memory = self._state[1]
        memory *= gates[..., size : 2 * size]
        memory += gates[..., :size] * gates[..., 2 * size : 3 * size]
        np.tanh(memory, out=hidden)
        hidden *= gates[..., 3 * size :]
        return hidden

    def _squash(self, sums: Array) -> Array:
        """Apply each gate's function in place: tanh where `half` is 1, else the logistic one."""
        sums *= self._half
        np.tanh(sums, out=sums)
        sums *= self._half
        sums += self._shift
        return sums


def _copied(tensor: Tensor) -> Array:
    """Return what a tensor on the CPU holds, in memory of its own."""
    copied: Array = tensor.detach().contiguous().numpy().copy()
    return copied
