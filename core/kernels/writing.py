"""A language model that writes by the compiled part: many steps a call, decoding included.

Shapes: B texts, V vocabulary, E embedding, H hidden, L layers.
"""

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.clamps import Clamp
from core.kernels.buffers import Buffer
from core.kernels.compiled import CELLS, FORMATS, LEAST_WORK
from core.kernels.layer import Cell
from core.kernels.library import Layer, Needs, Sampling, Writer, chosen, compiled, number_of

NOT_FINITE = -1
"""What stands in place of a token where the logits are not finite; other negative numbers say that
no token was left to choose."""

LEAST_STEP = 3e5
"""Floating-point operations of a step of one text that are worth a team of threads, who have to
wait for each other after each layer."""

Indices = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float64]


class Network(NamedTuple):
    """Hold the weights of a language model, float32 or float64, on the CPU."""

    cell: Cell
    embedding: Tensor
    """(V, E)"""
    layers: Sequence[Sequence[Tensor]]
    """torch.nn's four of each, the lowest first."""
    projection: Tensor | None
    """(E, H), where the output does not read hidden states."""
    output: Tensor
    """(V, H), or (V, E) after a projection."""
    output_bias: Tensor
    """(V)"""


class CompiledWriter:
    """Write a batch of texts with the weights that a network has now.

    Args:
        network: The model.
        state: Hidden state and, for an LSTM, memory cell to go on from, (L, B, H); copied.
        tokens: The last token of each text, which is fed first, (B).
        sampling: How tokens are chosen.
        clamps: Units to hold at a value.
        seen: Which tokens are in each text, uint8 (B, V), kept up to date; None where it does not
            matter.
    """

    def __init__(
        self,
        network: Network,
        state: Sequence[Tensor],
        tokens: Sequence[int],
        *,
        sampling: Sampling,
        clamps: Sequence[Clamp] = (),
        seen: npt.NDArray[np.uint8] | None = None,
    ) -> None:
        self._number = number_of(chosen())
        self._format = FORMATS[network.output.dtype]
        self._tokens = np.array(tokens, dtype=np.int64)
        self._held: list[object] = [seen]
        """What the C++ side knows the address of, so that it stays there."""
        self._writer = Writer(
            depth=len(network.layers), vocabulary=len(network.embedding),
            embedding=network.embedding.shape[1], batch=len(tokens), threads=1, sampling=sampling,
            clamps=len(clamps),
        )  # fmt: skip
        layers = [self._packed_layer(network, weights) for weights in network.layers]
        self._layers = (Layer * len(layers))(*layers)
        self._writer.layers = ctypes.cast(self._layers, ctypes.c_void_p)
        self._step_work = 2.0 * len(tokens) * sum(weight.numel() for weight in _products(network))
        # The embedding is read at each step, whatever becomes of the model meanwhile.
        self._point("embeddings", network.embedding.detach().clone())
        for name in ("projection", "output", "output_bias"):
            tensor = getattr(network, name)
            self._point(name, None if tensor is None else tensor.detach().contiguous())
        for name, part in zip(("states", "memories"), state, strict=False):
            self._point(name, part.detach().clone(memory_format=torch.contiguous_format))
        self._give("clamped", np.array([clamp[:2] for clamp in clamps], dtype=np.int64))
        self._give("held", np.array([clamp.value for clamp in clamps], dtype=np.float64))
        if seen is not None:
            self._give("seen", seen)
        self._pack()

    def write(self, uniforms: npt.NDArray[np.float64]) -> tuple[Indices, Probabilities]:
        """Write a token a step.

        Args:
            uniforms: A random number for each step and text, at least 0 and below 1, (steps, B).

        Returns:
            Tokens, int64 (steps, B), and the probabilities that the model gave them, before any
            filter. A negative token says why there is none; the steps before it are good, and
            no more can be asked for.
        """
        steps, batch = uniforms.shape
        tokens = np.zeros((steps + 1, batch), dtype=np.int64)
        tokens[0] = self._tokens
        probabilities = np.zeros((steps, batch))
        writer = self._writer
        writer.steps = steps
        writer.threads = self._threads(steps)
        uniforms = np.ascontiguousarray(uniforms)
        writer.uniforms, writer.tokens = uniforms.ctypes.data, tokens.ctypes.data
        writer.probabilities = probabilities.ctypes.data
        library = compiled()
        assert library is not None
        scratch = Buffer(self._needs().scratch)
        writer.scratch = scratch.address
        library.rnnstudio_write(self._number, self._format, ctypes.byref(writer))
        self._tokens = tokens[-1]
        return tokens[1:], probabilities

    def _packed_layer(self, network: Network, weights: Sequence[Tensor]) -> Layer:
        layer = Layer(
            cell=CELLS[network.cell], time=1, batch=1, input=weights[0].shape[1],
            hidden=weights[1].shape[1], threads=torch.get_num_threads(), slices=1,
        )  # fmt: skip
        weights = [weight.detach().contiguous() for weight in weights]
        for name, weight in zip(
            ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), weights, strict=True
        ):
            setattr(layer, name, weight.data_ptr())
        library, needs = compiled(), Needs()
        assert library is not None
        reference = ctypes.byref(layer)
        library.rnnstudio_needs(self._number, self._format, reference, 0, ctypes.byref(needs))
        packed = Buffer(needs.packed)
        layer.packed = packed.address
        library.rnnstudio_pack(self._number, self._format, reference, 0)
        self._held.append(packed)
        return layer

    def _pack(self) -> None:
        needs = self._needs()
        packed, scratch = Buffer(needs.packed), Buffer(needs.scratch)
        self._writer.packed, self._writer.scratch = packed.address, scratch.address
        library = compiled()
        assert library is not None
        library.rnnstudio_pack_writer(self._number, self._format, ctypes.byref(self._writer))
        self._held.append(packed)

    def _needs(self) -> Needs:
        library, needs = compiled(), Needs()
        assert library is not None
        library.rnnstudio_writer_needs(
            self._number, self._format, ctypes.byref(self._writer), ctypes.byref(needs)
        )
        return needs

    def _threads(self, steps: int) -> int:
        """Return how many threads to share the texts among, or the layers where there are fewer."""
        worth = int(self._step_work * steps / LEAST_WORK)
        texts = len(self._tokens)
        if texts < torch.get_num_threads() and self._step_work < LEAST_STEP * texts:
            worth = min(worth, texts)
        return max(1, min(torch.get_num_threads(), worth))

    def _point(self, name: str, tensor: Tensor | None) -> None:
        setattr(self._writer, name, None if tensor is None else tensor.data_ptr())
        self._held.append(tensor)

    def _give(self, name: str, array: npt.NDArray[np.generic]) -> None:
        setattr(self._writer, name, array.ctypes.data)
        self._held.append(array)


def _products(network: Network) -> list[Tensor]:
    """Return the matrices that every step multiplies with."""
    above = [weights[0] for weights in network.layers[1:]]
    across = [weights[1] for weights in network.layers]
    return [*above, *across, network.output]
