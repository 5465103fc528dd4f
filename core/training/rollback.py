"""Back to the last good state after a divergence, with the remedy in force from there."""

import msgspec

from core.config import Config
from core.doctor.remedy import remedy_text
from core.events import Diverged, Noticed
from core.language import tr
from core.training.checkpoint import Checkpoint
from core.training.learner import Learner
from core.training.progress import Progress
from core.training.snapshot import restore
from core.training.task import Task

MOST_ROLLBACKS = 3
"""How often a run goes back by itself; one that diverges still needs a person."""


def may_go_back(config: Config, progress: Progress) -> bool:
    """Tell whether a run that has diverged goes back by itself."""
    return config.on_divergence == "rollback" and progress.rollbacks < MOST_ROLLBACKS


def put_back(learner: Learner, task: Task, good: Checkpoint, now: Progress) -> Progress:
    """Make learner and task what they were, to the last bit, and return where the run stands.

    Args:
        learner: To be put back.
        task: To be put back.
        good: The last good state.
        now: Where the run stood when it diverged; the time it took is spent.
    """
    restore(learner, task, good.tensors)
    return msgspec.structs.replace(
        good.header.progress, rollbacks=now.rollbacks + 1, elapsed_s=now.elapsed_s
    )


def gone_back(diverged: Diverged, progress: Progress) -> Noticed:
    """Say where a run has gone back to after a divergence, and how it goes on."""
    return Noticed(
        message=tr(
            "went back to step {step:,} and goes on with {settings} (rollback {rollbacks} of "
            "{most})",
            step=progress.step,
            settings=remedy_text(diverged.fix, undoes_edit=diverged.undoes_edit),
            rollbacks=progress.rollbacks,
            most=MOST_ROLLBACKS,
        )
    )
