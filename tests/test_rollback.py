"""A run that diverges goes back as it is told to, and nothing that is not finite is ever saved."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core.events import (
    CheckpointSaved,
    Diverged,
    Evaluated,
    Noticed,
    RunEnded,
    RunStarted,
    StepsDone,
)
from core.settings import Value
from core.training.checkpoint import Checkpoint
from core.training.trainer import Trainer
from scripted_backend import ScriptedBackend
from session_cases import Studio
from store_cases import finished_run, new_store
from studio_cases import open_studio
from training_cases import Recorder, after_steps, small_config, weights_of
from tui.closing import closing_lines
from tui.history import History
from tui.screens.choice import ChoiceDialog
from workspace.requests import ResumeRequest, StartRequest

SMALLER = 0.0003
"""A third of the default rate, in one digit: what the doctor makes of one that has diverged."""


def poison(trainer: Trainer, parameter: str, calls: set[int]) -> None:
    """Make a parameter's gradient infinite in some of the backward passes, counted from 1."""
    count = 0

    def spoil(grad: torch.Tensor) -> torch.Tensor:
        nonlocal count
        count += 1
        return grad * math.inf if count in calls else grad

    trainer.model.get_parameter(parameter).register_hook(spoil)


def test_a_run_goes_back_with_a_smaller_rate_and_is_a_resume_to_the_last_bit() -> None:
    """After a divergence at step 9 the run equals one resumed from step 6 with the smaller rate."""
    plan = small_config(checkpoint_every=3, max_steps=15, on_divergence="rollback")
    recorder = Recorder()
    trainer = recorder.trainer(plan)
    poison(trainer, "recurrence.weight_hh_l0", {9})
    ended = trainer.run()
    assert (ended.reason, ended.step) == ("max_steps", 15)
    assert [event.start_step for event in recorder.of(RunStarted)] == [0, 6]
    assert trainer.config.learning_rate == SMALLER
    assert "went back to step 6" in recorder.of(Noticed)[-1].message
    assert len(recorder.of(RunEnded)) == 1
    kept = next(kept for kept in recorder.checkpoints if kept.header.progress.step == 6)
    other = Recorder()
    slower = small_config(**{**kept.header.config, "learning_rate": SMALLER})
    resumed = other.trainer(slower, resume_from=kept)
    resumed.run()
    assert recorder.losses[8:] == other.losses
    assert weights_of(trainer) == weights_of(resumed)


def test_a_checkpoint_that_the_clock_asked_for_is_no_place_to_go_back_to() -> None:
    """Another time it would lie at another step, and the run would go on differently."""
    recorder = Recorder()
    plan = small_config(
        checkpoint_every=3, checkpoint_seconds=1.0, max_steps=10, on_divergence="rollback"
    )
    trainer = recorder.trainer(plan)

    def lasts(step: int) -> None:
        trainer.progress.elapsed_s = 0.0 if step < 7 else 2.0

    after_steps(trainer, lasts)
    poison(trainer, "output.bias", {8})
    trainer.run()
    assert 7 in [event.step for event in recorder.of(CheckpointSaved)]
    assert [event.start_step for event in recorder.of(RunStarted)] == [0, 6]


def test_without_a_checkpoint_the_run_begins_anew() -> None:
    """Before the first checkpoint the state at the start is the last good one."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(max_steps=6, on_divergence="rollback"))
    poison(trainer, "embedding.weight", {4})
    assert trainer.run().step == 6
    assert [event.start_step for event in recorder.of(RunStarted)] == [0, 0]
    other = Recorder()
    again = other.trainer(small_config(max_steps=6, learning_rate=SMALLER))
    again.run()
    assert weights_of(trainer) == weights_of(again)


def test_three_times_and_no_more() -> None:
    """The fourth divergence ends the run; the count outlives a resume."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(checkpoint_every=3, on_divergence="rollback"))
    poison(trainer, "output.bias", set(range(5, 100)))
    ended = trainer.run()
    assert (ended.reason, len(recorder.of(Diverged))) == ("diverged", 4)
    assert trainer.config.learning_rate == 3e-5
    last = recorder.checkpoints[-1].header
    assert last.progress.rollbacks == 3
    again = Recorder()
    resumed = again.trainer(trainer.config, resume_from=recorder.checkpoints[-1])
    poison(resumed, "output.bias", {1})
    assert resumed.run().reason == "diverged"
    assert len(again.of(Diverged)) == 1


def test_the_wish_can_be_made_while_it_trains() -> None:
    """Set live, it leads back to where it was set, until there is a checkpoint."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(max_steps=8))
    poison(trainer, "output.bias", {6})

    def wish(step: int) -> None:
        if step == 4:
            recorder.control.change({"on_divergence": "rollback"})

    after_steps(trainer, wish)
    assert trainer.run().reason == "max_steps"
    assert [event.start_step for event in recorder.of(RunStarted)] == [0, 4]


def once_after_step(trainer: Trainer, step: int, spoil: Callable[[], None]) -> None:
    """Spoil the weights when a step is first done, and not when it is done again."""
    spoiled = False

    def look(done: int) -> None:
        nonlocal spoiled
        if done == step and not spoiled:
            spoiled = True
            with torch.no_grad():
                spoil()

    after_steps(trainer, look)


@pytest.mark.parametrize("on_divergence", ["stop", "rollback"])
def test_weights_that_leave_the_range_are_never_saved(on_divergence: str) -> None:
    """A finite gradient with an update out of range is a divergence, found before it is saved."""
    recorder = Recorder()
    plan = small_config(eval_every=4, max_steps=12, on_divergence=on_divergence)
    trainer = recorder.trainer(plan)

    def spoil() -> None:
        trainer.model.get_parameter("recurrence.bias_ih_l0")[3] = math.inf

    once_after_step(trainer, 8, spoil)
    ended = trainer.run()
    (diverged,) = recorder.of(Diverged)
    assert (diverged.what, diverged.parameter) == ("weights", "recurrence.bias_ih_l0")
    assert all(is_finite(kept) for kept in recorder.checkpoints)
    assert len(recorder.of(CheckpointSaved)) == (1 if on_divergence == "stop" else 3)
    if on_divergence == "stop":
        assert (ended.reason, ended.best_step) == ("diverged", 4)
    else:
        assert (ended.reason, ended.step) == ("max_steps", 12)
        assert [event.step for event in recorder.of(Evaluated)] == [4, 8, 12]


def test_a_model_whose_losses_are_not_finite_is_no_place_to_go_back_to() -> None:
    """Weights that an evaluation finds to be too large, though finite, are left behind, too."""
    recorder = Recorder()
    plan = small_config(eval_every=4, max_steps=12, sample_length=5, on_divergence="rollback")
    trainer = recorder.trainer(plan)

    def spoil() -> None:
        for name in ("output.weight", "output.bias"):
            trainer.model.get_parameter(name).fill_(3e38)

    once_after_step(trainer, 8, spoil)
    ended = trainer.run()
    losses = [(event.step, event.val_loss is None) for event in recorder.of(Evaluated)]
    assert losses == [(4, False), (8, True), (8, False), (12, False)]
    assert (ended.reason, ended.step) == ("max_steps", 12)
    assert [event.start_step for event in recorder.of(RunStarted)] == [0, 4]


def is_finite(checkpoint: Checkpoint) -> bool:
    """Tell whether all that a checkpoint holds is finite."""
    return all(bool(torch.isfinite(t.float()).all()) for t in checkpoint.tensors.values())


@pytest.mark.parametrize(
    ("key", "target"), [("b", "/tmp/checkpoint-2"), ("c", None), ("escape", None)]
)
async def test_the_dashboard_offers_the_way_back(
    tmp_path: Path, key: str, target: str | None
) -> None:
    """A run that diverged asks: back to the checkpoint before it, or stay."""
    store = new_store(tmp_path)
    finished_run(store)
    store.close()
    backend = ScriptedBackend(diverge_at=5)
    async with open_studio(store.workspace.root, backend) as studio:
        await studio.press("space")
        await studio.until(lambda: isinstance(studio.app.screen, ChoiceDialog), "the question")
        backend.diverge_at = 0
        await studio.press(key)
        assert studio.app.screen is studio.dashboard
        if target is None:
            assert len(backend.requests) == 1
            return
        await studio.until(lambda: len(backend.requests) > 1, "the resume")
        expected = ResumeRequest(target=target, changes={"learning_rate": SMALLER})
        assert backend.requests[1] == expected


def test_the_store_knows_what_a_rollback_left_and_how_to_go_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored and replayed, the run has one loss a step; a stopped one names the way back."""
    studio = Studio(tmp_path)
    first = Trainer.run

    def poisoned(trainer: Trainer) -> RunEnded:
        poison(trainer, "output.bias", {9})
        return first(trainer)

    monkeypatch.setattr(Trainer, "run", poisoned)
    usual: dict[str, Value] = {
        "checkpoint_every": 3,
        "max_steps": 12,
        "keep_checkpoints": 1,
        "eval_every": 50,
    }
    studio.run(StartRequest(config=studio.config(**usual, on_divergence="rollback")))
    history = History()
    for event in studio.store.events(1):
        history.fold(event)
    assert list(history.training["step"]) == list(range(1, 13))
    assert (history.reason, history.diverged) == ("max_steps", None)
    assert studio.store.find(1).config["learning_rate"] == SMALLER
    ended = studio.run(StartRequest(config=studio.config(**usual)))
    assert (ended.reason, ended.step) == ("diverged", 8)
    (diverged,) = studio.of(Diverged)
    assert diverged.checkpoint_step == 6
    assert [saved.step for saved in studio.store.checkpoints(2)] == [8, 6]
    history = History()
    for event in studio.events:
        history.fold(event)
    lines = closing_lines(history, workspace=None)
    assert lines[-1] == "go back to step 6 with: rnnstudio resume 2 --learning_rate 0.0003"
    assert lines[-2] == f"checkpoint {diverged.checkpoint}"
    monkeypatch.setattr(Trainer, "run", first)
    assert studio.resume("2", learning_rate=SMALLER).run == 2
    assert studio.of(RunStarted)[0].start_step == 6
    assert studio.of(StepsDone)[0].first_step == 7
