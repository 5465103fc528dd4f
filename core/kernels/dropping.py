"""Dropout (Hinton et al. 2012) at little cost.

All of a call's random numbers follow from one seed, which is drawn from torch's global generator:
a checkpoint that holds that generator's state holds dropout's as well. In the compiled part they
are hashes of the seed and the place, the same for any instruction set and number of threads.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import Function, FunctionCtx, once_differentiable

from core.kernels.library import chosen, compiled, number_of

STEPS = 1 << 16
"""A share to drop is rounded to one of so many steps."""

_FORMATS = {torch.float32: 0, torch.float64: 1}


def dropout(x: Tensor, share: float, training: bool = True) -> Tensor:
    """Drop a share of the values of any tensor, at least 0 and below 1, and scale up the others."""
    if not training or not share:
        return x
    if x.device.type != "cpu" or x.dtype not in _FORMATS:
        return F.dropout(x, share)
    threshold, scale = round(share * STEPS), 1 / (1 - share)
    if chosen().name == "torch":
        return x * _mask(x, threshold, scale)
    seed = int(torch.empty((), dtype=torch.int64).random_())
    dropped: Tensor = _Dropout.apply(x, _How(threshold, scale, seed))  # type: ignore[no-untyped-call]
    return dropped


class Dropout(nn.Dropout):
    """Drop a share of the values while training, as torch's module of the same name does."""

    def forward(self, x: Tensor) -> Tensor:
        """Take any tensor."""
        return dropout(x, self.p, self.training)


class _How(NamedTuple):
    """Say what is dropped."""

    threshold: int
    """Of so many parts in `STEPS`."""
    scale: float
    seed: int


class _Dropout(Function):
    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, how: _How) -> Tensor:
        ctx.how = how  # type: ignore[attr-defined]
        return _dropped(x, how)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, dy: Tensor) -> tuple[Tensor | None, ...]:
        # The same values are dropped of the gradient, and the others scaled alike.
        return _dropped(dy, ctx.how), None  # type: ignore[attr-defined]


def _dropped(x: Tensor, how: _How) -> Tensor:
    library = compiled()
    assert library is not None
    x = x.contiguous()
    y = torch.empty_like(x)
    library.rnnstudio_dropout(
        number_of(chosen()), _FORMATS[x.dtype], x.numel(), x.data_ptr(), y.data_ptr(), how.seed,
        how.threshold, how.scale, torch.get_num_threads(),
    )  # fmt: skip
    return y


def _mask(x: Tensor, threshold: int, scale: float) -> Tensor:
    """Draw what to multiply with: four values from each random number of 64 bits."""
    count = x.numel()
    words = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(2**63), None)
    kept = words.view(torch.int16)[:count].view(x.shape) >= threshold - STEPS // 2
    return kept.to(x.dtype).mul_(scale)
