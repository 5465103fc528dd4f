"""When a gradient counts as exploding: one judgement for the doctor's words and for the meters."""

import math
from collections.abc import Mapping, Sequence
from statistics import median

EXPLODES_AT = 10.0
"""A norm this many times the clipping threshold (or this large without one) is exploding."""

RECENT = 10
"""Measurements whose middle decides, so that a single step raises no alarm."""

FEWEST = 3
"""Measurements below which nothing is said."""


def whole_norm(grad_norms: Mapping[str, float | None]) -> float | None:
    """Return the norm of the whole gradient at the step at which its parts were measured.

    Args:
        grad_norms: The norm of each parameter group; together they hold every parameter.

    Returns:
        None where a part is not finite, or none is known.
    """
    norms = list(grad_norms.values())
    known = [norm for norm in norms if norm is not None]
    return math.hypot(*known) if norms and len(known) == len(norms) else None


def explodes(norms: Sequence[float], threshold: float) -> bool:
    """Tell whether gradients are far too large, not only now and then.

    Args:
        norms: What was measured, the newest last; of it the finite ones count.
        threshold: The clipping threshold in force; 0 for none.
    """
    known = [norm for norm in norms[-RECENT:] if math.isfinite(norm)]
    return len(known) >= FEWEST and recent_norm(norms) > EXPLODES_AT * max(threshold, 1.0)


def recent_norm(norms: Sequence[float]) -> float:
    """Return the middle of the newest finite norms; 0 where there is none."""
    known = [norm for norm in norms[-RECENT:] if math.isfinite(norm)]
    return median(known) if known else 0.0
