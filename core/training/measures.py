"""What one evaluation says of a model, whatever the task."""

from dataclasses import dataclass, field

from core.events import Event


@dataclass(frozen=True)
class Measures:
    """Hold what one evaluation found; None where a number is not finite or not measured."""

    loss: float | None
    perplexity: float | None
    merit: tuple[float, ...] | None
    """What the best model is chosen by: the larger, the better; None is never the best."""
    bits_per_char: float | None = None
    nats_per_word: float | None = None
    spelling_bits_per_char: float = 0.0
    accuracy: float | None = None
    macro_f1: float | None = None
    details: list[Event] = field(default_factory=list)
    """What is told after the evaluation itself."""
