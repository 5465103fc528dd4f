"""An evaluation as it counts: the model measured, judged, told of, and the rate cut."""

from typing import NamedTuple

from core.config import Config
from core.control import ShouldStop
from core.events import Emit
from core.language import joined_apart, tr
from core.stopwatch import work_s
from core.training.announcements import evaluated, rate_was_cut
from core.training.progress import Progress
from core.training.schedule import cut_on_plateau
from core.training.task import Task


class Verdict(NamedTuple):
    """Hold what an evaluation came to."""

    loss: float | None
    """The validation loss; None where there is none or it is not finite."""
    is_best: bool
    """Whether there has been no better model."""


def judged(
    task: Task, config: Config, progress: Progress, emit: Emit, should_stop: ShouldStop
) -> Verdict:
    """Evaluate a model, or pass by where there is nothing to evaluate it on.

    Args:
        task: What is learned.
        config: Settings in force.
        progress: Where the run stands; takes note of it.
        emit: Takes what was found.
        should_stop: Looked at now and then.

    Raises:
        StopRequested: `should_stop` became true.
    """
    if not task.validates:
        progress.pass_by()
        return Verdict(None, is_best=False)
    start = work_s()
    measures = task.evaluate(progress.step, should_stop)
    is_best = progress.judge(measures)
    eval_s = work_s() - start
    for event in evaluated(measures, progress, task, is_best=is_best, eval_s=eval_s):
        emit(event)
    if cut_on_plateau(config, progress):
        emit(rate_was_cut(progress))
    return Verdict(measures.loss, is_best)


def nothing_validated(config: Config) -> str:
    """Say what a run does without that for which it would need held-out text."""
    parts = [
        tr(
            "val_fraction 0: all of the text is trained on and nothing is validated, so the "
            "newest checkpoint counts as the best, and there are no baselines"
        )
    ]
    if config.schedule == "plateau":
        parts.append(tr("schedule plateau never cuts the learning rate"))
    if config.task == "language":
        parts.append(tr("looks inside the model read the training text"))
    return joined_apart(parts)
