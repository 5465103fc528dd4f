"""What a model answers: text that it writes, classes that it gives."""

from typing import Literal

import msgspec

from core.decoding import Decoding
from core.events.base import EventBase


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """Say how much of a sample stands in the training text word for word."""

    longest: int
    """Characters of the longest piece that does; 0 if there is none."""
    start: int
    """Where it begins in the sample, in characters after the prompt."""
    share: float
    """Share of the sample's characters in pieces of at least 40 that do, 0 to 1."""
    is_partial: bool
    """Whether only a part of a long sample or of a long training text was looked at."""
    lines: int = 0
    """Whole lines of the sample that are not blank; the last one, which may be cut, is none."""
    copied_lines: int = 0
    """Those of them that are whole lines of the training text, however short."""


class TextSampled(EventBase, frozen=True, kw_only=True, omit_defaults=True):
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
    copied: Copied | None = None
    """What of the whole sample stands in the training text; only with its end, if it is known."""
    decoding: Decoding | None = None
    """How it was drawn."""
    is_preview: bool = False
    """Whether it was drawn with a `Previewed`, before the first evaluation."""


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


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """Name a token that could have stood at a place."""

    text: str
    """What it would have added to the text."""
    probability: float
    """What the model gave it, 0 to 1."""


class UnitTracker(msgspec.Struct, frozen=True, kw_only=True):
    """Name the hidden unit that follows a property of the text best."""

    property: str
    """Such as `line position`."""
    layer: int
    """From 0, the lowest first."""
    unit: int
    """From 0."""
    correlation: float
    """Pearson's, between the unit's activations and the property, -1 to 1."""
    by_chance: float
    """The largest size of it that any unit reaches with shuffled labels, 0 to 1."""


class TextInspected(EventBase, frozen=True, kw_only=True):
    """Show a text under the microscope: surprisal and hidden units, token by token."""

    sample: int
    """Number of the question."""
    step: int
    """The step whose weights answer."""
    text: str
    """What was read."""
    cut: bool
    """Whether the text that was asked about is longer."""
    tokens: list[str]
    """The text token by token; joined they are the text."""
    bits: list[float]
    """−log₂ of the probability that the model gave each token."""
    guesses: list[list[Guess]]
    """What the model found most probable at each place, the most probable first."""
    layers: int
    units: int
    """Hidden units of a layer."""
    activations: bytes
    """Hidden states after each token by layer, token and unit: signed bytes, 127 stands for 1."""
    trackers: list[UnitTracker]
    """For each property that varies in the text, the strongest first."""
    unknown: list[int] = msgspec.field(default_factory=list)
    """Places of the tokens that the vocabulary does not hold, from 0."""
