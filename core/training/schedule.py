"""How long a run lasts, and the learning rate at each of its steps."""

import math

from core.config import Config
from core.events import Reason
from core.plan import Plan
from core.training.progress import Progress


def planned_steps(config: Config, steps_per_epoch: int) -> int:
    """Return the step at which a run ends, time limits aside."""
    steps = config.epochs * steps_per_epoch
    return min(steps, config.max_steps) if config.max_steps else steps


def share_done(config: Config, progress: Progress, steps_per_epoch: int) -> float:
    """Return how much of the planned run lies behind, 0 to 1: the bound that is nearest counts."""
    share = progress.step / planned_steps(config, steps_per_epoch)
    if config.max_seconds:
        share = max(share, progress.elapsed_s / config.max_seconds)
    return min(share, 1.0)


def planned_end(config: Config, progress: Progress, steps_per_epoch: int) -> Reason | None:
    """Return why the run is over by its plan, or None while it is not."""
    return next(iter(planned_ends(config, progress, steps_per_epoch)), None)


def planned_ends(config: Config, progress: Progress, steps_per_epoch: int) -> list[Reason]:
    """Return all of the plan's bounds that the run has reached, each of which ends it."""
    plan = Plan(config.epochs, config.max_steps, config.max_seconds)
    ends = plan.reached(
        step=progress.step, elapsed_s=progress.elapsed_s, steps_per_epoch=steps_per_epoch
    )
    return [*ends, "early_stop"] if 0 < config.patience <= progress.bad_evals else ends


def learning_rate(config: Config, progress: Progress, steps_per_epoch: int) -> float:
    """Return the learning rate of the next step.

    It rises linearly over `warmup_steps` (Goyal et al. 2017, section 2.2) while the schedule
    acts: constant; cosine from the peak to `lr_floor` at the planned end (Loshchilov and Hutter
    2017, equation 5, one cycle); or plateau, cut by `plateau_factor` whenever validation stalls.
    """
    warmup = min(1.0, (progress.step + 1) / (config.warmup_steps + 1))
    match config.schedule:
        case "constant":
            scale = 1.0
        case "cosine":
            done = share_done(config, progress, steps_per_epoch)
            scale = config.lr_floor + (1 - config.lr_floor) * 0.5 * (1 + math.cos(math.pi * done))
        case "plateau":
            scale = max(progress.plateau_scale, config.lr_floor)
    return config.learning_rate * warmup * scale


def cut_on_plateau(config: Config, progress: Progress) -> bool:
    """Cut the plateau schedule's rate if validation stalled, and tell whether it was cut."""
    if config.schedule != "plateau" or progress.plateau_bad_evals <= config.plateau_patience:
        return False
    progress.plateau_bad_evals = 0
    if progress.plateau_scale <= config.lr_floor:
        return False
    progress.plateau_scale = max(progress.plateau_scale * config.plateau_factor, config.lr_floor)
    return True
