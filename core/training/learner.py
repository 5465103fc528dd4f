"""One training step: forward, backward, clip, update, and never a non-finite weight."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.config import Config
from core.models import RecurrentModel
from core.models.recurrence import State, detach, state_tensors
from core.training.optimizers import Adam, AdamW
from core.training.recorded_steps import Record, RecordedSteps, record_on_gpu
from core.training.step_result import StepResult
from core.training.task import Batch

ADAM_BETAS = (0.9, 0.999)
"""Kingma and Ba 2015, section 2."""


class GroupNorms(NamedTuple):
    """Hold what one step has measured of each parameter group."""

    grad_norms: dict[str, float]
    update_ratios: dict[str, float]


class Learner:
    """Own the model, its optimizer and the carried state, and take steps.

    A step whose loss or gradient is not finite leaves weights, moments and state as they were. On
    the CPU that is checked at once (`failed`). On a GPU, where each look costs a wait, a flag there
    (`bad`) masks that step and all after it; `deferred` chooses this way. There, too, steps that
    are alike are recorded and replayed.

    Args:
        model: What to train, on the device.
        config: The settings in force.
        device: Where the model is.
        deferred: Whether checks wait; as the device is, if left out.
        record: Records deferred steps; as the device can, if left out.
    """

    def __init__(
        self,
        model: RecurrentModel,
        config: Config,
        device: torch.device,
        *,
        deferred: bool | None = None,
        record: Record | None = None,
    ) -> None:
        self.model = model
        self.config = config
        self.device = device
        self.state: State | None = None
        on_gpu = device.type == "cuda"
        self.deferred = on_gpu if deferred is None else deferred
        self.bad = torch.zeros((), device=device)
        """1 once a deferred step was not finite, as the optimizer's `found_inf` wants it, ()."""
        self.failed = False
        """Whether a step was not finite, where that is checked at once."""
        self.parameters = list(model.parameters())
        self.groups = model.grad_groups()
        record = record or (record_on_gpu if on_gpu else None)
        self._recorded = None if record is None else RecordedSteps(self._take, record, device)
        self._rates = [torch.empty((), device=device) for _ in range(2)]
        """The step sizes where a recorded step reads them."""
        self.optimizer = _optimizer(config, model, capturable=on_gpu)

    def reconfigure(self, config: Config) -> None:
        """Put changed live settings in force."""
        self.config = config
        for group in self.optimizer.param_groups:
            group["weight_decay"] = config.weight_decay
        if self._recorded is not None:
            self._recorded.forget()

    def forget(self) -> None:
        """Be as before the first step, but for the weights."""
        self.optimizer.state.clear()
        self.state = None
        self.failed = False
        self.bad.zero_()
        if self._recorded is not None:
            self._recorded.forget()

    def step(self, batch: Batch, learning_rate: float, *, carry: bool) -> StepResult:
        """Take one step on a batch.

        Args:
            batch: What to learn from.
            learning_rate: Step size.
            carry: Whether to start from the state after the step before; else from zero.
        """
        before = self.state if carry else None
        self._set_rates(learning_rate, learning_rate * self.config.embedding_rate)
        take = self._take if self._recorded is None else self._recorded.step
        result, self.state = take(batch, before)
        return result

    def step_measured(
        self, batch: Batch, learning_rate: float, *, carry: bool
    ) -> tuple[StepResult, GroupNorms]:
        """Take one step like `step`, and measure each parameter group as well."""
        old = [weight.detach().clone() for weight in self.parameters]
        result = self.step(batch, learning_rate, carry=carry)
        weights = [weight.detach() for weight in self.parameters]
        torch._foreach_sub_(old, weights)  # in place: nothing else of a step is as large
        moved = torch._foreach_norm(old)
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

    def first_bad_weight(self) -> str:
        """Name the first parameter that is not finite; empty if there is none.

        A step along a finite gradient can leave the range of numbers all the same.
        """
        named = self.model.named_parameters()
        return next((name for name, weight in named if not bool(weight.isfinite().all())), "")

    def _set_rates(self, *rates: float) -> None:
        for group, rate, place in zip(self.optimizer.param_groups, rates, self._rates, strict=True):
            group["lr"] = rate if self._recorded is None else place.fill_(rate)

    def _take(self, batch: Batch, before: State | None) -> tuple[StepResult, State | None]:
        """Step from a state, and return what was measured and the state to go on from."""
        self.optimizer.zero_grad(set_to_none=True)
        objective, loss, state, right = batch.outcome(before)
        objective.backward()
        norms = torch.stack(torch._foreach_norm([_gradient(weight) for weight in self.parameters]))
        result = StepResult(loss.detach(), torch.linalg.vector_norm(norms), norms, right)
        state = detach(state) if state is not None else None
        if self.deferred:
            return result, self._update_masked(result, state, before)
        return result, self._update(result, state)

    def _update(self, result: StepResult, state: State | None) -> State | None:
        loss, norm = torch.stack((result.loss, result.grad_norm)).tolist()
        if not math.isfinite(loss) or not math.isfinite(norm):
            self.failed = True
            return self.state
        limit = self.config.max_grad_norm
        if limit and norm > limit:
            nn.utils.clip_grads_with_norm_(self.parameters, limit, result.grad_norm)
        self.optimizer.step()
        return state

    def _update_masked(
        self, result: StepResult, state: State | None, before: State | None
    ) -> State | None:
        finite = torch.isfinite(result.loss) & torch.isfinite(result.grad_norm)
        # In place, since a recording reads the flag where it was when it was recorded.
        torch.maximum(self.bad, (~finite).to(self.bad.dtype), out=self.bad)
        if self.config.max_grad_norm:
            nn.utils.clip_grads_with_norm_(
                self.parameters, self.config.max_grad_norm, result.grad_norm
            )
        # A fused Adam skips its update where `found_inf` is 1, as GradScaler tells it.
        self.optimizer.found_inf = self.bad  # type: ignore[attr-defined]
        self.optimizer.step()
        return self._unless_bad(state, before) if state is not None else None

    def _unless_bad(self, state: State, before: State | None) -> State:
        new = state_tensors(state)
        old = state_tensors(before) if before is not None else [torch.zeros_like(t) for t in new]
        kept = tuple(torch.where(self.bad > 0, was, now) for was, now in zip(old, new, strict=True))
        return kept if isinstance(state, tuple) else kept[0]  # type: ignore[return-value]


def _gradient(weight: nn.Parameter) -> Tensor:
    if weight.grad is None:
        raise AssertionError("every parameter takes part in the loss")
    return weight.grad


def _optimizer(config: Config, model: RecurrentModel, *, capturable: bool) -> torch.optim.Optimizer:
    """Make Adam or AdamW, fused.

    The embedding is a group of its own, the second.
    """
    kind = AdamW if config.optimizer == "adamw" else Adam
    others = dict(model.named_parameters())
    embedding = others.pop("embedding.weight")
    return kind(
        [{"params": list(others.values())}, {"params": [embedding]}],
        lr=config.learning_rate,
        betas=ADAM_BETAS,
        weight_decay=config.weight_decay,
        fused=True,
        capturable=capturable,
    )
