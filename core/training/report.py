"""Steps gathered into one `StepsDone` about every tenth of a second."""

import math
import time

import torch

from core.config import Config
from core.events import StepsDone, finite, perplexity
from core.training.learner import GroupNorms
from core.training.progress import Progress
from core.training.step_result import StepResult
from core.training.task import Batch

REPORT_EVERY_S = 0.1
MEASURE_EVERY_S = 0.25
"""How often the parameter groups are measured one by one."""


class Report:
    """Gather steps until it is time to tell the world."""

    def __init__(self) -> None:
        self.results: list[StepResult] = []
        """Of the steps gathered so far, on the device."""
        self._norms = GroupNorms({}, {})
        self._seconds = 0.0
        self._tokens = 0
        self._texts: list[int] = []
        self._last_report = time.perf_counter()
        self._last_measured = -math.inf

    def wants_groups(self) -> bool:
        """Tell whether the next step should measure each parameter group."""
        return time.perf_counter() - self._last_measured >= MEASURE_EVERY_S

    def add(
        self, result: StepResult, batch: Batch, *, seconds: float, norms: GroupNorms | None = None
    ) -> None:
        """Take in a step and the batch that it was on."""
        self.results.append(result)
        self._seconds += seconds
        self._tokens += batch.tokens
        self._texts.append(batch.texts)
        if norms is not None:
            self._norms = norms
            self._last_measured = time.perf_counter()

    def add_wait(self, seconds: float) -> None:
        """Count the time in which the device finished steps that were only begun."""
        self._seconds += seconds

    def is_due(self) -> bool:
        """Tell whether steps have waited long enough."""
        return bool(self.results) and (time.perf_counter() - self._last_report >= REPORT_EVERY_S)

    def measured(self) -> list[tuple[float, float]]:
        """Read the loss and gradient norm of each gathered step off the device, in one go."""
        if not self.results:
            return []
        losses = torch.stack([result.loss for result in self.results])
        norms = torch.stack([result.grad_norm for result in self.results])
        pairs: list[list[float]] = torch.stack((losses, norms), dim=1).tolist()
        return [(loss, norm) for loss, norm in pairs]

    def done(
        self,
        measured: list[tuple[float, float]],
        *,
        config: Config,
        progress: Progress,
        steps_per_epoch: int,
        learning_rate: float,
    ) -> StepsDone:
        """Make the event of the steps gathered so far.

        Args:
            measured: What `measured` returned, cut to the steps that count.
            config: Settings in force.
            progress: Where the run stands after these steps.
            steps_per_epoch: To tell the epoch of the last step.
            learning_rate: Of the last step.
        """
        losses = [loss for loss, _ in measured]
        norms = [norm for _, norm in measured]
        mean_loss = finite(sum(losses) / len(losses))
        limit = config.max_grad_norm
        return StepsDone(
            first_step=progress.step - len(measured) + 1,
            step=progress.step,
            epoch=(progress.step - 1) // steps_per_epoch + 1,
            loss=mean_loss,
            grad_norm=finite(sum(norms) / len(norms)),
            losses=[finite(loss) for loss in losses],
            perplexity=perplexity(mean_loss),
            learning_rate=learning_rate,
            tokens_per_s=self._tokens / max(self._seconds, 1e-9),
            elapsed_s=progress.elapsed_s,
            tokens=progress.tokens,
            clipped=sum(1 for norm in norms if limit and norm > limit),
            max_grad_norm=limit,
            grad_norms={name: finite(norm) for name, norm in self._norms.grad_norms.items()},
            update_ratios={
                name: finite(ratio) for name, ratio in self._norms.update_ratios.items()
            },
            accuracy=self._accuracy(len(measured)),
            largest_grad_norm=finite(max(norms)),
        )

    def reset(self) -> None:
        """Forget the steps gathered so far."""
        self.results = []
        self._norms = GroupNorms({}, {})
        self._seconds, self._tokens, self._texts = 0.0, 0, []
        self._last_report = time.perf_counter()

    def _accuracy(self, steps: int) -> float | None:
        """Return the share of the first steps' texts that were classified right."""
        right = [result.right for result in self.results[:steps] if result.right is not None]
        texts = sum(self._texts[:steps])
        return float(torch.stack(right).sum()) / texts if right and texts else None
