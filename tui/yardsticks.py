"""What a language model is compared with, in words: counting and compressing on the same text."""

from collections.abc import Sequence
from typing import Literal

from core.events import Yardstick
from core.language import joined, tr
from tui.names import said

LEVEL = 0.005
"""Below which two figures are level: the difference would be written as 0.00."""

Unit = Literal["nats", "bits/char"]
"""A loss in nats per token, which leaves out the spelling of unknown tokens, or bits per
character, which include it."""


def yardsticks_text(yardsticks: Sequence[Yardstick]) -> str:
    """Name what each yardstick reaches, in nats per token; nothing where there are none."""
    known = [(said(stick.name), stick.loss) for stick in yardsticks if stick.loss is not None]
    return joined(f"{name} {loss:.3f}" for name, loss in known)


def comparison_text(
    yardsticks: Sequence[Yardstick], loss: float | None, unit: Unit = "nats"
) -> str:
    """Say between which yardsticks a loss lies; nothing where that is not known.

    Args:
        yardsticks: What was measured on the same text.
        loss: The model's, in the unit.
        unit: What is compared.
    """
    levels = [
        (stick.loss if unit == "nats" else stick.bits_per_char, stick.name) for stick in yardsticks
    ]
    known = [(level, name) for level, name in levels if level is not None]
    if loss is None or not known:
        return ""
    level = min(known, key=lambda stick: abs(stick[0] - loss))
    if abs(level[0] - loss) < LEVEL:
        return tr("level with {model}", model=_model(level[1]))
    beaten = min((stick for stick in known if stick[0] > loss), default=None)
    ahead = max((stick for stick in known if stick[0] <= loss), default=None)
    if beaten is None and ahead is not None:
        return tr(
            "worse than all of them: {behind:.2f} behind {ahead}",
            behind=loss - ahead[0],
            ahead=_model(ahead[1]),
        )
    if beaten is not None and ahead is None:
        return tr(
            "better than {beaten}, the best of them, by {gap}",
            beaten=_model(beaten[1]),
            gap=_gap(beaten[0] - loss, unit),
        )
    if beaten is not None and ahead is not None:
        return tr(
            "better than {beaten} by {gap}, {behind:.2f} behind {ahead}",
            beaten=_model(beaten[1]),
            gap=_gap(beaten[0] - loss, unit),
            behind=loss - ahead[0],
            ahead=_model(ahead[1]),
        )
    return ""


def _gap(gap: float, unit: Unit) -> str:
    if unit == "nats":
        return tr("{gap:.2f} nats per token", gap=gap)
    return tr("{gap:.2f} bits per character", gap=gap)


def _model(name: str) -> str:
    return tr("a {model}", model=said(name)) if name.endswith("gram") else said(name)
