"""What a model answers: text that it writes, classes that it gives."""

from typing import Literal

from core.events.base import EventBase


class TextSampled(EventBase, frozen=True, kw_only=True):
    """Carry the next tokens of a sample."""

    sample: int
    """Number that the fragments of one sample share."""
    step: int
    """The step whose weights it is drawn from."""
    origin: Literal["training", "console"]
    """Whether it was drawn at an evaluation or asked for."""
    prompt: str
    tokens: list[str]
    """New tokens as text."""
    probabilities: list[float]
    """What the model gave each of them, before any filter, 0 to 1."""
    done: bool
    """Whether the sample ends here."""


class TextClassified(EventBase, frozen=True, kw_only=True):
    """Answer the console: the class of a text, and which tokens spoke for it."""

    sample: int
    """Number of the question."""
    step: int
    """The step whose weights answer."""
    text: str
    labels: list[str]
    """The classes in their order."""
    probabilities: list[float]
    """What the model gives each of them, 0 to 1."""
    tokens: list[str]
    """The text as the model reads it, token by token; joined they are the text that was read."""
    weights: list[float]
    """How much each token moved the answer, by `method`: the largest is 1, above 0 towards it."""
    method: str
    """`gradient × input` or `attention`."""
