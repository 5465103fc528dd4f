"""What a rule is made of, and what it finds."""

import math
from collections.abc import Callable
from typing import NamedTuple

from core.config import Config
from core.doctor.observations import Observations
from core.events import Event
from core.settings import Value


class Finding(NamedTuple):
    """Say what is wrong."""

    message: str
    """For a learner: what is wrong, and what helps."""
    evidence: str
    """The numbers that it was seen by."""
    fix: dict[str, Value]
    """New values by name, all of training or all of sampling."""


class Rule(NamedTuple):
    """Describe one thing that can be wrong."""

    code: str
    at: tuple[type[Event], ...]
    """Events after which it is looked for."""
    find: Callable[[Observations], Finding | None]
    explained_by: frozenset[str] = frozenset()
    """Rules that hold the cause: where one of them holds, this one is silent."""


def rounded(value: float) -> float:
    """Round to one significant digit, as people choose settings."""
    return round(value, -math.floor(math.log10(value))) if value > 0 else 0.0


def usual_rate(config: Config) -> float:
    """Return a learning rate that suits Adam on a network of this width; 0.001 to 0.005 is usual.

    Wider layers want smaller steps, since more of them add up.
    """
    return rounded(0.003 * min(1.0, math.sqrt(128 / config.hidden_size)))
