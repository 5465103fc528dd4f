"""What a language model is compared with, in words: counting and compressing on the same text."""

from collections.abc import Sequence

from core.events import Yardstick


def yardsticks_text(yardsticks: Sequence[Yardstick]) -> str:
    """Name what each yardstick reaches, in nats per token; nothing where there are none."""
    known = (f"{stick.name} {stick.loss:.3f}" for stick in yardsticks if stick.loss is not None)
    return ", ".join(known)


def comparison_text(yardsticks: Sequence[Yardstick], loss: float | None) -> str:
    """Say between which yardsticks a loss lies; nothing where that is not known.

    Args:
        yardsticks: What was measured on the same text.
        loss: Mean nats per token.
    """
    known = [(stick.loss, stick.name) for stick in yardsticks if stick.loss is not None]
    if loss is None or not known:
        return ""
    beaten = min((stick for stick in known if stick[0] > loss), default=None)
    ahead = max((stick for stick in known if stick[0] <= loss), default=None)
    parts = []
    if beaten is not None:
        best = "" if ahead is not None else ", the best of them,"
        gap = beaten[0] - loss
        parts.append(f"better than {_model(beaten[1])}{best} by {gap:.2f} nats per token")
    if ahead is not None:
        worse = "" if beaten is not None else "worse than all of them: "
        parts.append(f"{worse}{loss - ahead[0]:.2f} behind {_model(ahead[1])}")
    return ", ".join(parts)


def _model(name: str) -> str:
    return f"a {name}" if name.endswith("gram") else name
