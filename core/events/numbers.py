"""Numbers as events carry them: None stands for what is not finite."""

import math


def finite(value: float) -> float | None:
    """Return the value, or None where it is not finite."""
    return value if math.isfinite(value) else None


def perplexity(loss: float | None) -> float | None:
    """Return exp(loss), or None where the loss is unknown or the result overflows."""
    if loss is None:
        return None
    try:
        return finite(math.exp(loss))
    except OverflowError:
        return None
