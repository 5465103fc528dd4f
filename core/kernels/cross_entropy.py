"""The mean cross entropy of an output layer and its gradients, by the compiled kernels.

Shapes: N positions, D width of what comes in, V vocabulary.
"""

import ctypes

import torch
from torch import Tensor

from core.kernels.buffers import Buffer
from core.kernels.library import chosen, compiled, number_of

LARGEST_VOCABULARY = 1024
"""Largest V: with more, the gradient of the weights, which each thread sums up, is too large."""

LEAST_POSITIONS = 128
"""Positions that are worth a thread."""

_FORMATS = {torch.float32: 0, torch.float64: 1}
_BFLOAT16 = 2


class OutputLoss(ctypes.Structure):
    """Mirror `OutputLoss` of `native/kernels.h`, where the fields are explained."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in ("count", "width", "vocabulary", "threads")),
        *(
            (name, ctypes.c_void_p)
            for name in (
                "hidden", "weight", "bias", "targets", "dhidden", "dweight", "dbias", "mean",
                "scratch",
            )
        ),
    ]  # fmt: skip


def serves(hidden: Tensor, weight: Tensor) -> bool:
    """Tell whether `loss_and_gradients` takes such hidden states and such weights."""
    rounds = torch.is_autocast_enabled("cpu")
    return (
        hidden.device.type == "cpu"
        and hidden.dtype in _FORMATS
        and hidden.dtype == weight.dtype
        and hidden.numel() > 0
        and len(weight) <= LARGEST_VOCABULARY
        and not (rounds and torch.get_autocast_dtype("cpu") != torch.bfloat16)
        and not (rounds and hidden.dtype == torch.float64)
        and chosen().name != "torch"
    )


def loss_and_gradients(
    hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor
) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    """Return the mean loss in nats, (), and its gradients by the first three arguments.

    Under autocast to bfloat16 products are of bfloat16, summed in float32.

    Args:
        hidden: What the output layer takes in, (N, D).
        weight: Of the output layer, (V, D).
        bias: (V,).
        targets: The token that is right at each position, int64 (N,).

    Raises:
        ValueError: Shapes or number formats do not go together.
        IndexError: A target is no token.
    """
    _check(hidden, weight, bias, targets)
    library = compiled()
    assert library is not None
    given = [tensor.detach().contiguous() for tensor in (hidden, weight, bias, targets)]
    gradients = tuple(torch.empty_like(tensor) for tensor in given[:3])
    mean = torch.empty((), dtype=torch.float64)
    count, width = hidden.shape
    threads = max(1, min(torch.get_num_threads(), count // LEAST_POSITIONS))
    addresses = [tensor.data_ptr() for tensor in (*given, *gradients, mean)]
    loss = OutputLoss(count, width, len(weight), threads, *addresses)
    form = _BFLOAT16 if torch.is_autocast_enabled("cpu") else _FORMATS[hidden.dtype]
    number = number_of(chosen())
    scratch = Buffer(library.rnnstudio_loss_needs(number, form, ctypes.byref(loss)))
    loss.scratch = scratch.address
    library.rnnstudio_output_loss(number, form, ctypes.byref(loss))
    return mean.to(hidden.dtype), (gradients[0], gradients[1], gradients[2])


def _check(hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> None:
    """Refuse what would make the kernels read beyond a tensor's end."""
    wanted = (len(weight), hidden.shape[1]), (len(weight),), (len(hidden),)
    found = tuple(tuple(tensor.shape) for tensor in (weight, bias, targets))
    if found != wanted or targets.dtype != torch.int64 or bias.dtype != hidden.dtype:
        raise ValueError(f"an output layer over {tuple(hidden.shape)} has {wanted}, got {found}")
    low, high = (int(end) for end in targets.aminmax())
    if low < 0 or high >= len(weight):
        raise IndexError(f"targets must be from 0 to {len(weight) - 1}, got {low} to {high}")
