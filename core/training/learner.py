"""One training step: forward, backward, clip, update, and never a non-finite weight."""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.config import Config
from core.models import LanguageModel
from core.models.recurrence import State, detach, state_tensors
from core.training.device import products_in
from core.training.teacher_forcing import forward_with_own_predictions

ADAM_BETAS = (0.9, 0.999)
"""Kingma and Ba 2015, section 2."""


class StepResult(NamedTuple):
    """Hold what one step has measured, still on the device."""

    loss: Tensor
    """Mean nats per token, ()."""
    grad_norm: Tensor
    """Norm of the whole gradient before clipping, ()."""
    norms: Tensor
    """Norm of each parameter's gradient before clipping, in the model's order, (P,)."""


class GroupNorms(NamedTuple):
    """Hold what one step has measured of each parameter group."""

    grad_norms: dict[str, float]
    update_ratios: dict[str, float]


class Learner:
    """Own the model, its optimizer and the carried state, and take steps.

    A step whose loss or gradient is not finite leaves weights, moments and state as they were. On
    the CPU that is checked at once (`failed`). On a GPU, where each look costs a wait, a flag there
    (`bad`) masks that step and all after it; `deferred` chooses this way.
    """

    def __init__(
        self,
        model: LanguageModel,
        config: Config,
        device: torch.device,
        *,
        deferred: bool | None = None,
    ) -> None:
        self.model = model
        self.config = config
        self.device = device
        self.state: State | None = None
        self.deferred = device.type == "cuda" if deferred is None else deferred
        self.bad = torch.zeros((), device=device)
        """1 once a deferred step was not finite, as the optimizer's `found_inf` wants it, ()."""
        self.failed = False
        """Whether a step was not finite, where that is checked at once."""
        self.coins = torch.Generator().manual_seed(config.seed)
        """Draws the coins of teacher forcing."""
        self.parameters = list(model.parameters())
        self.groups = model.grad_groups()
        self.optimizer = _optimizer(config, self.parameters)

    def reconfigure(self, config: Config) -> None:
        """Put changed live settings in force."""
        self.config = config
        self.model.set_dropout(config.dropout)
        for group in self.optimizer.param_groups:
            group["weight_decay"] = config.weight_decay

    def step(self, x: Tensor, y: Tensor, learning_rate: float, *, carry: bool) -> StepResult:
        """Take one step on a batch.

        Args:
            x: Input tokens, int64, (B, T).
            y: Target tokens, int64, (B, T).
            learning_rate: Step size.
            carry: Whether to start from the state after the step before; else from zero.
        """
        x, y = x.to(self.device), y.to(self.device)
        before = self.state if carry else None
        self.optimizer.zero_grad(set_to_none=True)
        loss, state = self._forward(x, y, before)
        loss.backward()
        norms = torch.stack(torch._foreach_norm([_gradient(weight) for weight in self.parameters]))
        result = StepResult(loss.detach(), torch.linalg.vector_norm(norms), norms)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        if self.deferred:
            self._update_masked(result, detach(state), before)
        else:
            self._update(result, detach(state))
        return result

    def step_measured(
        self, x: Tensor, y: Tensor, learning_rate: float, *, carry: bool
    ) -> tuple[StepResult, GroupNorms]:
        """Take one step like `step`, and measure each parameter group as well."""
        old = [weight.detach().clone() for weight in self.parameters]
        result = self.step(x, y, learning_rate, carry=carry)
        weights = [weight.detach() for weight in self.parameters]
        moved = torch._foreach_norm(torch._foreach_sub(weights, old))
        sizes = torch._foreach_norm(weights)
        measured = torch.stack((result.norms, torch.stack(moved), torch.stack(sizes))).tolist()
        by_parameter = dict(zip(self.parameters, zip(*measured, strict=True), strict=True))
        norms, ratios = {}, {}
        for name, group in self.groups.items():
            rows = zip(*(by_parameter[weight] for weight in group), strict=True)
            norm, change, size = (math.hypot(*row) for row in rows)
            norms[name], ratios[name] = norm, change / max(size, 1e-12)
        return result, GroupNorms(norms, ratios)

    def first_bad_gradient(self, result: StepResult) -> str:
        """Name the first parameter whose gradient was not finite; empty if there is none."""
        names = (name for name, _ in self.model.named_parameters())
        norms = result.norms.tolist()
        pairs = zip(names, norms, strict=True)
        return next((name for name, norm in pairs if not math.isfinite(norm)), "")

    def _forward(self, x: Tensor, y: Tensor, state: State | None) -> tuple[Tensor, State]:
        with products_in(self.config, self.device):
            if self.config.teacher_forcing_ratio < 1:
                logits, state = forward_with_own_predictions(
                    self.model,
                    x,
                    state,
                    ratio=self.config.teacher_forcing_ratio,
                    generator=self.coins,
                )
            else:
                logits, state = self.model(x, state)
        flat = logits.reshape(-1, logits.shape[-1]).float()  # (B*T, V)
        return F.cross_entropy(flat, y.reshape(-1)), state

    def _update(self, result: StepResult, state: State) -> None:
        loss, norm = torch.stack((result.loss, result.grad_norm)).tolist()
        if not math.isfinite(loss) or not math.isfinite(norm):
            self.failed = True
            return
        limit = self.config.max_grad_norm
        if limit and norm > limit:
            nn.utils.clip_grads_with_norm_(self.parameters, limit, result.grad_norm)
        self.optimizer.step()
        self.state = state

    def _update_masked(self, result: StepResult, state: State, before: State | None) -> None:
        finite = torch.isfinite(result.loss) & torch.isfinite(result.grad_norm)
        self.bad = torch.maximum(self.bad, (~finite).to(self.bad.dtype))
        if self.config.max_grad_norm:
            nn.utils.clip_grads_with_norm_(
                self.parameters, self.config.max_grad_norm, result.grad_norm
            )
        # A fused Adam skips its update where `found_inf` is 1, as GradScaler tells it.
        self.optimizer.found_inf = self.bad  # type: ignore[attr-defined]
        self.optimizer.step()
        self.state = self._unless_bad(state, before)

    def _unless_bad(self, state: State, before: State | None) -> State:
        new = state_tensors(state)
        old = state_tensors(before) if before is not None else [torch.zeros_like(t) for t in new]
        kept = tuple(torch.where(self.bad > 0, was, now) for was, now in zip(old, new, strict=True))
        return kept if isinstance(state, tuple) else kept[0]  # type: ignore[return-value]


def _gradient(weight: nn.Parameter) -> Tensor:
    if weight.grad is None:
        raise AssertionError("every parameter takes part in the loss")
    return weight.grad


def _optimizer(config: Config, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """Make Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019), fused."""
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(
        parameters,
        lr=config.learning_rate,
        betas=ADAM_BETAS,
        weight_decay=config.weight_decay,
        fused=True,
    )
