"""How a model learns: the steps, and what evaluations measure."""

import msgspec

from core.events.base import EventBase


class StepsDone(EventBase, frozen=True, kw_only=True, omit_defaults=True):
    """Report the steps since the last report, about 0.1 s of them."""

    first_step: int
    """Number of the first step covered; steps count from 1."""
    step: int
    """Number of the last step covered."""
    epoch: int
    """The epoch of the last step; epochs count from 1."""
    loss: float | None
    """Mean over these steps."""
    grad_norm: float | None
    """Mean over these steps of the whole gradient's norm."""
    losses: list[float | None]
    """Each step's loss."""
    perplexity: float | None
    learning_rate: float
    """In force at the last step."""
    tokens_per_s: float
    """Rate of training alone over these steps."""
    elapsed_s: float
    """Seconds of training so far: no evaluation, saving or pause."""
    tokens: int
    """Tokens trained on so far."""
    clipped: int
    """How many of these steps were clipped."""
    max_grad_norm: float
    """The clipping threshold in force; 0 for none."""
    grad_norms: dict[str, float | None]
    """Gradient norm by parameter group, at the newest step measured; empty if there is none."""
    update_ratios: dict[str, float | None]
    """‖update‖ / ‖weights‖ by parameter group, measured with `grad_norms`."""
    accuracy: float | None = None
    """Share of the texts of these steps that were classified right, 0 to 1."""
    largest_grad_norm: float | None = None
    """Largest of these steps' norms; None where one is not finite, or in older runs."""


class Evaluated(EventBase, frozen=True, kw_only=True, omit_defaults=True):
    """Report one pass over the whole validation text, or over all validation texts."""

    step: int
    epoch: int
    val_loss: float | None
    val_perplexity: float | None
    bits_per_char: float | None
    nats_per_word: float | None
    """Per whitespace-separated word, so that levels compare."""
    is_best: bool
    best_val_loss: float | None
    """The lowest so far, this one included."""
    elapsed_s: float
    """Seconds of training so far."""
    eval_s: float
    """Seconds that this evaluation took."""
    accuracy: float | None = None
    """Share of the texts classified right, 0 to 1; None for a language model."""
    macro_f1: float | None = None
    """Mean over the classes of their F1, 0 to 1; None for a language model."""
    best_accuracy: float | None = None
    """That of the best model so far, this one included; None for a language model."""
    spelling_bits_per_char: float = 0.0
    """The part of `bits_per_char` that spells unknown tokens, which the loss leaves out."""


class Previewed(EventBase, frozen=True, kw_only=True, omit_defaults=True):
    """Show validation figures early, for the eye: they count for nothing, unlike an evaluation's.

    They are of a part of the validation data, and come once, where a run would be silent for long.
    """

    step: int
    epoch: int
    val_loss: float | None
    val_perplexity: float | None
    bits_per_char: float | None
    nats_per_word: float | None
    elapsed_s: float
    """Seconds of training so far."""
    accuracy: float | None = None
    """Share of the texts classified right, 0 to 1; None for a language model."""
    macro_f1: float | None = None
    """Mean over the classes of their F1, 0 to 1; None for a language model."""
    spelling_bits_per_char: float = 0.0
    """The part of `bits_per_char` that spells unknown tokens, which the loss leaves out."""


class Mistake(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Name a text that was classified wrongly."""

    text: str
    """Its beginning, at most 2,000 characters."""
    label: str
    """The class it has."""
    predicted: str
    """The class the model gave it."""
    probability: float
    """What the model gave that class, 0 to 1."""
    cut: bool = False
    """Whether the text is longer."""


class ClassesMeasured(EventBase, frozen=True, kw_only=True):
    """Say how each class fared in the evaluation of the same step."""

    step: int
    labels: list[str]
    """The classes in their order."""
    confusion: list[list[int]]
    """Texts by class (row) and by what the model gave them (column)."""
    precision: list[float]
    """Of the texts given a class, the share that has it; 0 where none was, 0 to 1."""
    recall: list[float]
    """Of the texts of a class, the share that was given it; 0 where there is none, 0 to 1."""
    mistakes: list[Mistake]
    """The worst mistakes: those the model was surest of first, at most 50."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a simple method reaches on the validation texts."""

    name: str
    """`majority class` or `bag of words`."""
    loss: float | None
    """Mean nats per text."""
    accuracy: float
    macro_f1: float


class BaselinesMeasured(EventBase, frozen=True, kw_only=True):
    """Say what simple methods reach, so that a user sees whether the network earns its keep."""

    baselines: list[Baseline]


class Yardstick(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a method without a network reaches on the validation text."""

    name: str
    """`uniform`, `unigram`, `2-gram` to `6-gram`, `gzip` or `xz`."""
    loss: float | None
    """Mean nats per token, the spelling of unknown tokens left out, as in all losses; None where
    spelling them takes a compressor's whole length."""
    bits_per_char: float | None
    """The spelling of unknown tokens included."""


class YardsticksMeasured(EventBase, frozen=True, kw_only=True):
    """Say how far counting and compressing get on the text that a language model learns."""

    yardsticks: list[Yardstick]
    counted_tokens: int
    """Training tokens that the n-grams counted: the last ones of a long text."""
    measured_tokens: int
    """Validation tokens that all were measured on: the first ones of a long text."""
