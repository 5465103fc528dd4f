"""What one step of training has measured, still on the device."""

from typing import NamedTuple

from torch import Tensor


class StepResult(NamedTuple):
    """Hold what one step has measured."""

    loss: Tensor
    """Mean nats per token or per text, ()."""
    grad_norm: Tensor
    """Norm of the whole gradient before clipping, ()."""
    norms: Tensor
    """Norm of each parameter's gradient before clipping, in the model's order, (P,)."""
    right: Tensor | None
    """How many texts were classified right, (); None where none are classified."""

    def kept(self) -> "StepResult":
        """Return a copy that stays as it is when the step is taken again."""
        right = None if self.right is None else self.right.clone()
        return StepResult(self.loss.clone(), self.grad_norm.clone(), self.norms.clone(), right)
