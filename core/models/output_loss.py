"""The cross entropy of an output layer, with no more logits in memory than a chunk has.

With a large vocabulary the logits of a step, their softmax and its gradient would be the largest
tensors of all. Here some positions are taken at a time, forward and backward at once, as in the
fused loss of Hsu et al. 2024 (arXiv:2410.10989, section 3.2). With a small one, on a CPU, the
compiled part does the same, in smaller parts still. Shapes: N positions, D width of what
comes in, V vocabulary.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.autograd.function import Function, FunctionCtx, once_differentiable

from core.kernels import cross_entropy

LARGEST_CHUNK = 2**23
"""Most logits in memory at a time; each chunk adds to the whole gradient of the weights."""


def mean_loss(hidden: Tensor, output: nn.Linear, targets: Tensor) -> Tensor:
    """Return the mean cross entropy, which can be differentiated once.

    Under autocast products have its number format, and all else is as `hidden`.

    Args:
        hidden: What the output layer takes in, (N, D).
        output: The output layer, with a bias.
        targets: The token that is right at each position, int64 (N,).

    Returns:
        Mean nats a position, ().
    """
    tensors = (hidden, output.weight, output.bias)
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        mean: Tensor = _MeanLoss.apply(*tensors, targets)  # type: ignore[no-untyped-call]
        return mean
    return losses(hidden, output, targets).mean()


@torch.no_grad()
def losses(hidden: Tensor, output: nn.Linear, targets: Tensor) -> Tensor:
    """Return the cross entropy at each position, without a gradient; takes what `mean_loss` does.

    Returns:
        Nats, (N,).
    """
    operands = _operands(hidden, output.weight, output.bias)
    with torch.autocast(hidden.device.type, enabled=False):
        found = [
            -logs.gather(1, targets[part, None]).squeeze(1) for part, logs in _chunks(*operands)
        ]
    return torch.cat(found)


class _MeanLoss(Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor
    ) -> Tensor:
        if cross_entropy.serves(hidden, weight):
            found = cross_entropy.loss_and_gradients(hidden, weight, bias, targets)
            ctx.save_for_backward(*found[1])
            return found[0]
        operands = _operands(hidden, weight, bias)
        gradients = torch.empty_like(hidden), torch.zeros_like(weight), torch.zeros_like(bias)
        with torch.autocast(hidden.device.type, enabled=False):
            loss = _loss_and_gradients(operands, targets, gradients)
        ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.saved_tensors  # type: ignore[attr-defined]
        # To look would be to wait for a GPU.
        if grad.device.type != "cpu" or grad != 1:
            gradients = [gradient * grad for gradient in gradients]
        return (*gradients, None)


def _loss_and_gradients(
    operands: tuple[Tensor, Tensor, Tensor],
    targets: Tensor,
    gradients: tuple[Tensor, Tensor, Tensor],
) -> Tensor:
    """Return the mean loss, and write the gradients of hidden, weight and bias, the last two 0."""
    hidden, weight, bias = operands
    dhidden, dweight, dbias = gradients
    share = 1 / len(targets)
    total = dhidden.new_zeros(())
    for part, logs in _chunks(hidden, weight, bias):
        right = targets[part, None]
        total -= logs.gather(1, right).sum()
        # The gradient of the logits is their softmax, less 1 where the target is.
        dlogits = logs.exp_().scatter_add_(1, right, logs.new_full(right.shape, -1.0))
        dbias.add_(dlogits.sum(0), alpha=share)
        dlogits = dlogits.to(weight.dtype)
        _put_product(dhidden[part], dlogits, weight, share, keeps=False)
        _put_product(dweight, dlogits.t(), hidden[part], share, keeps=True)
    return total * share


def _put_product(to: Tensor, left: Tensor, right: Tensor, share: float, *, keeps: bool) -> None:
    """Write a share of a product, added to what is there or not, whatever its number format."""
    if left.dtype == to.dtype:
        to.addmm_(left, right, beta=int(keeps), alpha=share)
    elif keeps:
        to.add_(left @ right, alpha=share)
    else:
        torch.mul(left @ right, share, out=to)


def _operands(*tensors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Bring what is multiplied into the number format of products."""
    kind, dtype = tensors[0].device.type, tensors[0].dtype
    if torch.is_autocast_enabled(kind):
        dtype = torch.get_autocast_dtype(kind)
    hidden, weight, bias = (tensor.detach().to(dtype) for tensor in tensors)
    return hidden, weight, bias


def _chunks(hidden: Tensor, weight: Tensor, bias: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Take the positions in parts of no more logits than `LARGEST_CHUNK`, but one at least.

    Yields:
        Which positions, and the logarithms of their softmax, in float32 at least, (n, V); each
        takes the place of the one before.
    """
    count, vocabulary = len(hidden), len(weight)
    rows = min(count, max(1, LARGEST_CHUNK // vocabulary))
    dtype = torch.promote_types(weight.dtype, torch.float32)
    buffer = hidden.new_empty(rows, vocabulary, dtype=dtype)
    for start in range(0, count, rows):
        part = slice(start, start + rows)
        logits = buffer[: count - start]
        if weight.dtype == dtype:
            torch.addmm(bias, hidden[part], weight.t(), out=logits)
        else:
            logits.copy_(torch.addmm(bias, hidden[part], weight.t()))
        # Row by row, so that it can take the logits' place.
        yield part, torch.log_softmax(logits, dim=1, out=logits)
