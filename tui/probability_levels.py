"""How probable a model found a token, as a look and as a digit; no widget in it."""

LEVELS = ((0.5, "likely"), (0.2, "fair"), (0.05, "unlikely"), (0.0, "rare"))
"""From which probability on a token has which look."""


def level_of(probability: float) -> str:
    """Return the look of a token."""
    return next((name for least, name in LEVELS if probability >= least), "rare")


def tenths(probability: float) -> str:
    """Write a probability as one digit: the tenths, cut."""
    return str(min(max(int(probability * 10), 0), 9))


def whole_bits(bits: float) -> str:
    """Write a surprisal as one digit: the whole bits, 9 for as many or more, nothing below one."""
    return str(min(int(bits), 9)) if bits >= 1 else " "
