"""Runs cut in two and put together again, and what a checkpoint could forget."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch

from core.config import Config
from core.settings import Value
from core.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from training_cases import Recorder, after_steps, small_config, weights_of

STEPS_PER_EPOCH = 27
"""Of the small corpus at the small settings, both ways of cutting it."""

CHANGE_AT, CHANGE = 4, {"learning_rate": 0.02, "max_grad_norm": 0.5, "weight_decay": 0.001}
"""A live change before every cut."""

Forget = Callable[[Checkpoint], Checkpoint]
"""Drops something from a checkpoint, as a program that forgot to save it would."""


@dataclass(frozen=True)
class Outcome:
    """Hold what a run came to, to the last bit."""

    losses: list[str]
    """Each step's, in hexadecimal."""
    weights: str
    """Their hash."""
    plateau_scale: float
    """What the plateau schedule had cut the learning rate to."""


def plan(**settings: Value) -> Config:
    """Return settings under which everything that can be forgotten matters."""
    usual: dict[str, Value] = {
        "eval_every": 5, "epochs": 2, "plateau_patience": 0, "plateau_factor": 0.7,
        "learning_rate": 0.05, "sample_length": 2, "probes": False, "doctor": False,
    }  # fmt: skip
    return small_config(**{**usual, **settings})


def whole_run(config: Config, *, changed: bool) -> Outcome:
    """Train without a cut."""
    recorder = Recorder()
    trainer = recorder.trainer(config)
    after_steps(trainer, lambda step: _change(recorder, step, changed))
    trainer.run()
    return Outcome(recorder.losses, weights_of(trainer), trainer.progress.plateau_scale)


def cut_run(
    config: Config, cut: int, file: Path, *, changed: bool, forget: Forget | None = None
) -> Outcome:
    """Train to a step, save to a file, and go on from it with nothing else kept.

    Args:
        config: The settings.
        cut: The last step before the cut.
        file: Where the checkpoint goes.
        changed: Whether settings change live before the cut.
        forget: What the checkpoint loses.
    """
    before = Recorder()
    first = before.trainer(config)

    def act(step: int) -> None:
        _change(before, step, changed)
        if step == cut:
            before.control.stop()

    after_steps(first, act)
    first.run()
    write_checkpoint(file, before.checkpoints[-1])
    checkpoint = read_checkpoint(file)
    torch.manual_seed(987)  # another process would not have the generator as it was
    after = Recorder()
    kept = forget(checkpoint) if forget is not None else checkpoint
    second = after.trainer(first.config, resume_from=kept)
    second.run()
    return Outcome(before.losses + after.losses, weights_of(second), second.progress.plateau_scale)


def _change(recorder: Recorder, step: int, changed: bool) -> None:
    if changed and step == CHANGE_AT:
        recorder.control.change(CHANGE)


def _replaced(name: str, make: Callable[[torch.Tensor], torch.Tensor]) -> Forget:
    def forget(checkpoint: Checkpoint) -> Checkpoint:
        found = {n: make(t) if n.startswith(name) else t for n, t in checkpoint.tensors.items()}
        assert any(n.startswith(name) for n in found), name
        return Checkpoint(checkpoint.header, found)

    return forget


def _progress(**values: object) -> Forget:
    def forget(checkpoint: Checkpoint) -> Checkpoint:
        progress = msgspec.structs.replace(checkpoint.header.progress, **values)
        header = msgspec.structs.replace(checkpoint.header, progress=progress)
        return Checkpoint(header, checkpoint.tensors)

    return forget


def _moments(checkpoint: Checkpoint) -> Checkpoint:
    kept = {n: t for n, t in checkpoint.tensors.items() if not n.startswith("optimizer/")}
    return Checkpoint(checkpoint.header, kept)


def _hidden_state(checkpoint: Checkpoint) -> Checkpoint:
    kept = {n: t for n, t in checkpoint.tensors.items() if not n.startswith("state/")}
    return Checkpoint(checkpoint.header, kept)


FORGETTING: dict[str, Forget] = {
    "dropout's generator": _replaced("rng/torch", lambda _: torch.Generator().get_state()),
    "teacher forcing's coins": _replaced("rng/coins", lambda _: torch.Generator().get_state()),
    "hidden state": _hidden_state,
    "an LSTM's cell": _replaced("state/1", torch.zeros_like),
    "Adam's moments": _moments,
    "Adam's first moment": _replaced("optimizer/output.weight/exp_avg", torch.zeros_like),
    "the schedule": _progress(plateau_scale=1.0),
    "the schedule's patience": _progress(plateau_bad_evals=0),
    "the batch": _progress(batch=0),
    "the epoch": _progress(epoch=0),
    "warm-up": _progress(step=0),
}
"""Programs that forget one thing each."""
