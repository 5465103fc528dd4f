"""Whether a run holds text out, and what is looked at through its model."""

from collections.abc import Mapping

from core.language import tr
from core.settings import Value


def holds_text_out(config: Mapping[str, Value]) -> bool:
    """Tell whether a run has something to validate with; its settings may not be known yet."""
    return bool(config.get("val_file")) or config.get("val_fraction") != 0


def looked_at_text(config: Mapping[str, Value]) -> str:
    """Name the text through which a run's model is looked at."""
    return tr("held-out text") if holds_text_out(config) else tr("training text")
