"""What becomes of a run: its start, its phases, its pauses and its end."""

from typing import Literal

import msgspec

from core.events.base import EventBase
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


class RunStarted(EventBase, frozen=True, kw_only=True, omit_defaults=True):
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
    labels: list[str] = msgspec.field(default_factory=list)
    """The classes in their order, where texts are classified."""
    train_texts: int = 0
    """Labelled texts trained on, where texts are classified."""
    val_texts: int = 0
    corpus_digest: str = ""
    """SHA-256 of the data as numbers; empty in runs from before it was told."""
    resumed_from: str = ""
    """Path of the checkpoint that it goes on from; empty where there is none."""
    free_bytes: int | None = None
    """Memory that the device has left beside the weights; None where it does not tell."""
    best_val_loss: float | None = None
    """The lowest on the way to `start_step`; None before an evaluation, and in older runs."""
    best_step: int | None = None
    """The step of the best model on that way."""
    best_accuracy: float | None = None
    """That of the best model on that way, where texts are classified."""


class PhaseChanged(EventBase, frozen=True, kw_only=True):
    """Say what the engine is doing now."""

    phase: Phase
    step: int
    detail: str = ""
    """A few words for the user, such as what is being read."""
    progress: float | None = None
    """Share done, 0 to 1; None where unknown."""


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """Name one setting's old and new value."""

    name: str
    old: Value
    new: Value


class SettingsChanged(EventBase, frozen=True, kw_only=True):
    """Say that live changes are in force from the step after `step` on."""

    step: int
    changes: list[SettingChange]


class CheckpointSaved(EventBase, frozen=True, kw_only=True):
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
    train_loss: float | None = None
    """Mean training loss of the last 20 steps, in nats; None where it is not known."""


class Paused(EventBase, frozen=True, kw_only=True):
    """Say that training waits."""

    step: int
    reason: str = ""
    """Why, in a sentence, where nobody asked for it: the disk refuses what has to be saved."""


class Resumed(EventBase, frozen=True, kw_only=True):
    """Say that training goes on after a pause."""

    step: int


class Noticed(EventBase, frozen=True, kw_only=True):
    """Tell the user something that needs no action, in one sentence."""

    message: str


class Diverged(EventBase, frozen=True, kw_only=True):
    """Say that a loss, gradient or weight was not finite; such weights are never saved."""

    step: int
    """The step that was not taken; of weights, the one that spoiled them."""
    what: Literal["loss", "gradient", "weights"]
    """What was not finite."""
    parameter: str
    """The first parameter that is concerned; empty where the loss alone is."""
    message: str
    """What happened and the way out, in a sentence or two."""
    checkpoint: str | None = None
    """Path of the newest sane checkpoint from before it, to go back to; None where none is."""
    checkpoint_step: int | None = None
    """The step of that checkpoint."""
    fix: dict[str, Value] = msgspec.field(default_factory=dict)
    """Settings to go back with, by name; empty in runs from before they were worked out."""
    undoes_edit: bool = False
    """Whether `fix` is what the settings were before an edit."""


class RunFailed(EventBase, frozen=True, kw_only=True):
    """Say that an error ended the run."""

    message: str


class ReplayCompared(EventBase, frozen=True, kw_only=True):
    """Say whether a replay's losses are those of the run that it repeats, bit for bit."""

    run: int
    """The run that is repeated."""
    equal_steps: int
    """Steps from the first on whose losses are equal."""
    recorded_steps: int
    """Steps that the run has to compare with."""
    step: int | None
    """The first step that differs; None where none does."""
    loss: float | None
    """The replay's loss of that step."""
    recorded_loss: float | None
    """The run's own loss of that step."""


class RunEnded(EventBase, frozen=True, kw_only=True):
    """Close a run; always the last event."""

    run: int | None
    reason: Reason
    step: int
    best_val_loss: float | None
    checkpoint: str | None
    """Path of the checkpoint that the run is resumed from: the newest one whose losses are sane."""
    best_step: int | None = None
    elapsed_s: float = 0.0
    """Seconds of training."""
    best_accuracy: float | None = None
    """That of the best model, 0 to 1; None for a language model."""
