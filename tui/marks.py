"""What happened at a step, in a few words for a chart."""

from typing import Literal, NamedTuple

from core.events import SettingChange
from core.settings import text_of

SHORT_NAMES = {
    "learning_rate": "lr",
    "max_grad_norm": "clip",
    "teacher_forcing_ratio": "forcing",
    "weight_decay": "decay",
}
"""Settings whose names are too long for a mark on a chart."""


class Mark(NamedTuple):
    """Say what happened at a step, for a vertical line on the charts."""

    step: int
    text: str
    """A few words, such as `lr 0.001→0.0005`."""
    kind: Literal["change", "resumed", "diverged"]


def change_mark(step: int, change: SettingChange) -> Mark:
    """Return the mark of a live change."""
    name = SHORT_NAMES.get(change.name, change.name)
    return Mark(step, f"{name} {text_of(change.old)}→{text_of(change.new)}", "change")
