"""Numbers out of range at random places: none is ever saved, none is the best, each is named."""

import math
import random

import pytest
import torch
from torch import Tensor

from core.events import CheckpointSaved, Diverged, Evaluated, RunStarted
from core.models.recurrence import State
from core.training.language_task import LanguageBatch
from core.training.learner import Learner
from core.training.rollback import MOST_ROLLBACKS
from core.training.task import Outcome
from core.training.trainer import Trainer
from training_cases import Recorder, small_config

VALUES = (math.nan, math.inf, -math.inf)


def train_poisoned(seed: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Train with one loss, gradient or weight out of range; return what is wrong after it."""
    dice = random.Random(seed)
    what, value = dice.choice(("loss", "gradient", "weights")), dice.choice(VALUES)
    at, on_divergence = dice.randrange(1, 24), dice.choice(("stop", "rollback"))
    config = small_config(
        model_type=dice.choice(("rnn", "lstm", "gru")), max_steps=24, eval_every=5,
        checkpoint_every=dice.choice((0, 3)), on_divergence=on_divergence, seed=seed,
        stateful=dice.random() < 0.5, sample_length=0,
    )  # fmt: skip
    recorder = Recorder()
    trainer = recorder.trainer(config)
    parameter, weight = dice.choice(list(trainer.model.named_parameters()))
    with monkeypatch.context() as patch:
        match what:
            case "loss":
                _spoil_loss(patch, at, value)
            case "gradient":
                _spoil_gradient(weight, at, value)
            case _:
                _spoil_weights(trainer, weight, at, value)
        ended = trainer.run()
    found = [*_unsaved(recorder), *_named(recorder, what, parameter)]
    if ended.reason != ("diverged" if on_divergence == "stop" else "max_steps"):
        found.append(f"the run ended as {ended.reason}")
    if on_divergence == "rollback" and len(recorder.of(RunStarted)) != 2:
        found.append("the run did not go back")
    return [f"seed {seed}, {what} {value} at {at}: {fault}" for fault in found]


def _unsaved(recorder: Recorder) -> list[str]:
    """Return which checkpoints hold numbers out of range, or are the best without a loss."""
    found = []
    for saved, kept in zip(recorder.of(CheckpointSaved), recorder.checkpoints, strict=True):
        bad = [name for name, t in kept.tensors.items() if not bool(t.float().isfinite().all())]
        found += [f"{name} of step {saved.step} was saved" for name in bad]
    found += [
        f"step {event.step} became the best"
        for event in recorder.of(Evaluated)
        if event.is_best and event.val_loss is None
    ]
    return found


def _named(recorder: Recorder, what: str, parameter: str) -> list[str]:
    """Return what is wrong with how the divergence was told."""
    told = recorder.of(Diverged)
    if len(told) != 1:
        return [f"{len(told)} divergences were told"]
    # Weights out of range are found by the next step's loss, or before they are measured or saved.
    expected = {"loss": {"loss"}, "gradient": {"gradient"}}.get(
        what, {"loss", "gradient", "weights"}
    )
    if told[0].what not in expected or (what == "gradient" and told[0].parameter != parameter):
        return [f"{told[0].what} of {told[0].parameter!r} was told"]
    return []


def _spoil_loss(patch: pytest.MonkeyPatch, at: int, value: float) -> None:
    outcome, calls = LanguageBatch.outcome, 0

    def spoilt(batch: LanguageBatch, state: State | None) -> Outcome:
        nonlocal calls
        calls += 1
        found = outcome(batch, state)
        return found._replace(loss=found.loss * value) if calls == at else found

    patch.setattr(LanguageBatch, "outcome", spoilt)


def _spoil_gradient(weight: Tensor, at: int, value: float) -> None:
    calls = 0

    def spoil(grad: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if calls != at:
            return grad
        spoilt = grad.clone()
        spoilt.view(-1)[calls % grad.numel()] = value
        return spoilt

    weight.register_hook(spoil)


def _spoil_weights(trainer: Trainer, weight: Tensor, at: int, value: float) -> None:
    take, done = trainer._take_step, False

    def spoil() -> None:
        nonlocal done
        take()
        if trainer.step == at and not done:
            done = True
            with torch.no_grad():
                weight.view(-1)[at % weight.numel()] = value

    trainer._take_step = spoil  # type: ignore[method-assign]


def test_some_numbers_out_of_range_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six of the places of the long harness."""
    assert [fault for seed in range(6) for fault in train_poisoned(seed, monkeypatch)] == []


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_200_numbers_out_of_range_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 200 random places, not one non-finite number is saved, and each run says what it was."""
    assert [fault for seed in range(200) for fault in train_poisoned(seed, monkeypatch)] == []


@pytest.mark.parametrize("naive", ["takes every step", "never looks at its weights"])
def test_a_naive_program_is_found_out(naive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check before a save, or without any, what is out of range is saved."""
    monkeypatch.setattr(Learner, "first_bad_weight", lambda _: "")
    if naive == "takes every step":
        monkeypatch.setattr("core.training.learner.math.isfinite", lambda _: True)
    found = [fault for seed in range(12) for fault in train_poisoned(seed, monkeypatch)]
    assert any("was saved" in fault for fault in found)


@pytest.mark.parametrize("on_divergence", ["stop", "rollback"])
def test_a_rate_that_explodes_ends_in_a_sentence(on_divergence: str) -> None:
    """Weights that grow without bound end the run; the remedy, taken by itself, saves it."""
    recorder = Recorder()
    trainer = recorder.trainer(
        small_config(
            learning_rate=100.0, max_grad_norm=0.0, warmup_steps=0, optimizer="adamw",
            weight_decay=10.0, epochs=9, eval_every=7, sample_length=0,
            on_divergence=on_divergence,
        )
    )  # fmt: skip
    ended = trainer.run()
    told = recorder.of(Diverged)
    assert ended.reason == ("diverged" if on_divergence == "stop" else "finished")
    assert 1 <= len(told) <= (1 if on_divergence == "stop" else MOST_ROLLBACKS)
    assert all(
        event.message.count("\n") == 0 and "learning_rate" in event.message for event in told
    )
    assert _unsaved(recorder) == []
