"""The learning-rate range test: a fresh model is trained with a rate that grows with each step.

The model is thrown away, and torch's global generators are afterwards what they were before.
"""

from collections.abc import Iterator, Sequence

import torch

from core.config import Config
from core.control import ShouldStop
from core.events import finite
from core.rate_range import DIVERGED, RangePoint, Smoothing
from core.training.device import pick_device, set_threads
from core.training.learner import Learner
from core.training.progress import Progress
from core.training.tasks import Data, make_task


def range_test(
    config: Config, data: Data, rates: Sequence[float], should_stop: ShouldStop
) -> Iterator[RangePoint]:
    """Train a fresh model with one rate a step, until the rates or the model's losses end.

    Clipping, dropout and the optimizer are those of the settings, since the rate has to suit them;
    their own rate, warm-up and schedule are without effect.

    Args:
        config: The settings.
        data: What to learn from.
        rates: The learning rate of each step.
        should_stop: Asked before each step whether to give up.

    Yields:
        Each step; the last one may be the one at which the loss has left the range of numbers, or
        is `DIVERGED` times its best.
    """
    set_threads(config)
    device = pick_device(config)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        task = make_task(config, data, device)
    task.model.train()
    learner = Learner(task.model, config, device)
    progress, smoothing = Progress(), Smoothing()
    for rate in rates:
        if should_stop():
            return
        batch = task.batch(progress.epoch, progress.batch)
        carry = not task.resets(progress.batch)
        # Between two points the generators are the caller's, who may be training something else.
        with torch.random.fork_rng():
            torch.manual_seed(config.seed + progress.step)
            result = learner.step(batch, rate, carry=carry)
        progress.advance(batch.tokens, task.steps_per_epoch)
        loss = finite(float(result.loss))
        smoothed = smoothing.add(loss) if loss is not None else None
        yield RangePoint(step=progress.step, learning_rate=rate, loss=loss, smoothed=smoothed)
        if smoothed is None or learner.failed or smoothed > DIVERGED * smoothing.lowest:
            return
