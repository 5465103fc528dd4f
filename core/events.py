"""What the engine tells the world: one closed union of frozen events.

The same events go to the store, to `--json` and to the screen. Fields that may be non-finite are
`float | None`, with None for 'not a finite number', since JSON and SQLite have no NaN.
Losses are mean nats per token, or per text where texts are classified; perplexity is exp(loss);
norms are L2 before clipping.
"""

import math
from collections.abc import Callable
from typing import Literal

import msgspec

from core.settings import Value

Phase = Literal[
    "loading_torch",
    "reading_text",
    "building_vocabulary",
    "measuring_baselines",
    "first_batch",
    "training",
    "evaluating",
    "saving",
    "sampling",
    "ended",
]

Reason = Literal[
    "finished",
    "max_steps",
    "max_seconds",
    "early_stop",
    "stopped",
    "signal",
    "diverged",
    "failed",
]


class _Base(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="type"):
    """Carry the tag that tells the events apart."""


class RunStarted(_Base, frozen=True, kw_only=True, omit_defaults=True):
    """Say that a run has its data and model and is about to take its first step."""

    run: int | None
    """The run's number in the workspace; None outside of one."""
    name: str
    config: dict[str, Value]
    """Every setting by name."""
    parameters: int
    """Trainable numbers in the model."""
    vocab_size: int
    """Tokens known, special ones included."""
    train_tokens: int
    val_tokens: int
    steps_per_epoch: int
    planned_steps: int | None
    """Steps to the planned end; None where only time bounds the run."""
    start_step: int
    """Steps done before: 0, or the step resumed from."""
    device: str
    """Where it trains: `cpu`, or the GPU's name."""
    threads: int
    corpus_name: str
    """The name of the text: a corpus or a file's base name."""
    grad_groups: list[str]
    """Names of the parameter groups that gradients are reported for, in the model's order."""
    labels: list[str] = []
    """The classes in their order, where texts are classified."""
    train_texts: int = 0
    """Labelled texts trained on, where texts are classified."""
    val_texts: int = 0


class PhaseChanged(_Base, frozen=True, kw_only=True):
    """Say what the engine is doing now."""

    phase: Phase
    step: int
    detail: str = ""
    """A few words for the user, such as what is being read."""
    progress: float | None = None
    """Share done, 0 to 1; None where unknown."""


class StepsDone(_Base, frozen=True, kw_only=True, omit_defaults=True):
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


class Evaluated(_Base, frozen=True, kw_only=True, omit_defaults=True):
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


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """Name a text that was classified wrongly."""

    text: str
    """Its beginning, at most 400 characters."""
    label: str
    """The class it has."""
    predicted: str
    """The class the model gave it."""
    probability: float
    """What the model gave that class, 0 to 1."""


class ClassesMeasured(_Base, frozen=True, kw_only=True):
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


class BaselinesMeasured(_Base, frozen=True, kw_only=True):
    """Say what simple methods reach, so that a user sees whether the network earns its keep."""

    baselines: list[Baseline]


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """Name one setting's old and new value."""

    name: str
    old: Value
    new: Value


class SettingsChanged(_Base, frozen=True, kw_only=True):
    """Say that live changes are in force from the step after `step` on."""

    step: int
    changes: list[SettingChange]


class CheckpointSaved(_Base, frozen=True, kw_only=True):
    """Say that a checkpoint is durable on disk."""

    step: int
    path: str
    """Absolute; never used for other contents."""
    sha256: str
    """Of the whole file, in hexadecimal."""
    size: int
    """Bytes."""
    is_best: bool
    """Whether it holds the best model so far."""


class TextSampled(_Base, frozen=True, kw_only=True):
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


class TextClassified(_Base, frozen=True, kw_only=True):
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


class Paused(_Base, frozen=True, kw_only=True):
    """Say that training waits."""

    step: int


class Resumed(_Base, frozen=True, kw_only=True):
    """Say that training goes on after a pause."""

    step: int


class Noticed(_Base, frozen=True, kw_only=True):
    """Tell the user something that needs no action, in one sentence."""

    message: str


class Diverged(_Base, frozen=True, kw_only=True):
    """Say that a loss or gradient was not finite; the weights were left as before that step."""

    step: int
    """The step that was not taken."""
    what: Literal["loss", "gradient"]
    parameter: str
    """The first parameter whose gradient is not finite; empty where all of them are."""
    message: str
    """What happened and the way out, in a sentence or two."""


class RunFailed(_Base, frozen=True, kw_only=True):
    """Say that an error ended the run."""

    message: str


class RunEnded(_Base, frozen=True, kw_only=True):
    """Close a run; always the last event."""

    run: int | None
    reason: Reason
    step: int
    best_val_loss: float | None
    checkpoint: str | None
    """Path of the newest checkpoint, which resumes the run."""
    best_step: int | None = None
    elapsed_s: float = 0.0
    """Seconds of training."""
    best_accuracy: float | None = None
    """That of the best model, 0 to 1; None for a language model."""


Event = (
    RunStarted
    | PhaseChanged
    | BaselinesMeasured
    | StepsDone
    | Evaluated
    | ClassesMeasured
    | SettingsChanged
    | CheckpointSaved
    | TextSampled
    | TextClassified
    | Paused
    | Resumed
    | Noticed
    | Diverged
    | RunFailed
    | RunEnded
)
"""Every event there is; consume it with `match` and `assert_never`."""

Emit = Callable[[Event], None]
"""The engine's whole outward interface."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)


def encode_event(event: Event) -> bytes:
    """Write an event as one line of JSON, `type` first, without the line end.

    A lone surrogate, which UTF-8 cannot hold, becomes a question mark.
    """
    try:
        return _encoder.encode(event)
    except UnicodeEncodeError:
        return _encoder.encode(_without_surrogates(msgspec.to_builtins(event)))


def _without_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case list():
            return [_without_surrogates(item) for item in value]
        case dict():
            return {_without_surrogates(key): _without_surrogates(v) for key, v in value.items()}
        case _:
            return value


def decode_event(line: bytes | str) -> Event:
    """Read an event back.

    Raises:
        msgspec.ValidationError: The line is no event of this version.
    """
    event: Event = _decoder.decode(line)
    return event


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
