"""After a divergence a run goes back to its last sane state, and that stays within reach."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core.events import CheckpointSaved, Diverged, Event, Noticed, RunEnded, RunStarted
from core.settings import Value
from core.training.trainer import Trainer
from session_cases import Studio
from test_rollback import poison
from training_cases import Recorder, after_steps, small_config
from tui.closing import closing_lines
from tui.history import History
from workspace.requests import StartRequest

PLAN: dict[str, Value] = {
    "checkpoint_every": 3,
    "eval_every": 50,
    "max_steps": 30,
    "keep_checkpoints": 1,
}


@pytest.fixture
def prepare(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Trainer], None]], None]:
    """Return what lets each trainer be changed just before it runs."""
    run = Trainer.run

    def let(change: Callable[[Trainer], None]) -> None:
        def changed(trainer: Trainer) -> RunEnded:
            change(trainer)
            return run(trainer)

        monkeypatch.setattr(Trainer, "run", changed)

    return let


Prepare = Callable[[Callable[[Trainer], None]], None]


def nothing(trainer: Trainer) -> None:
    """Change nothing."""


def wreck(trainer: Trainer) -> None:
    """Make finite weights of which no loss is sane, from the next step on."""
    with torch.no_grad():
        bias = trainer.model.get_parameter("output.bias")
        bias.copy_(torch.linspace(-1e4, 1e4, len(bias)))


def at_step(trainer: Trainer, step: int, act: Callable[[Trainer], None]) -> None:
    """Do something once, after a step."""
    after_steps(trainer, lambda done: act(trainer) if done == step else None)


def test_a_diverged_run_is_resumed_from_its_sane_state(tmp_path: Path, prepare: Prepare) -> None:
    """The state before the step that was not finite is newer, and would fail at once."""
    studio = Studio(tmp_path)
    prepare(lambda trainer: poison(trainer, "output.bias", {9}))
    ended = studio.run(StartRequest(config=studio.config(**PLAN)))
    assert (ended.reason, ended.step) == ("diverged", 8)
    assert [saved.step for saved in studio.store.checkpoints(1)] == [8, 6]
    assert ended.checkpoint is not None
    assert "checkpoint-00000006" in ended.checkpoint
    prepare(nothing)
    studio.resume("1")
    assert studio.of(RunStarted)[0].start_step == 6
    passed_over, helps = [event.message for event in studio.of(Noticed)][:2]
    assert "step 8 is passed over" in passed_over
    assert helps == "run 1 diverged; what helps: --learning_rate 0.0003"
    prepare(lambda trainer: poison(trainer, "output.bias", {9}))
    studio.resume("1", learning_rate=0.0003)
    assert not [event for event in studio.of(Noticed) if "what helps" in event.message]


def test_what_was_gone_back_to_stays_the_point_of_return(tmp_path: Path, prepare: Prepare) -> None:
    """Three divergences in a row, each in a session of its own, all offer the same way back."""
    studio = Studio(tmp_path)

    def break_by_edit(trainer: Trainer) -> None:
        poison(trainer, "output.bias", {9})
        at_step(trainer, 7, lambda _: studio.control.change({"learning_rate": 1.0}))

    prepare(break_by_edit)
    studio.run(StartRequest(config=studio.config(**PLAN)))
    assert studio.of(Diverged)[0].fix == {"learning_rate": 0.001}
    for call in (3, 2, 1):

        def spoil(trainer: Trainer, call: int = call) -> None:
            poison(trainer, "output.bias", {call})

        prepare(spoil)
        ended = studio.resume("1", learning_rate=0.5)
        assert ended.reason == "diverged"
        (diverged,) = studio.of(Diverged)
        assert diverged.checkpoint_step == 6
        assert diverged.fix == {"learning_rate": 0.001}
        assert diverged.undoes_edit
        assert Path(str(diverged.checkpoint)).is_file()
    history = History()
    for event in studio.store.events(1):
        history.fold(event)
    way_back = "go back to step 6 with: rnnstudio resume 1 --learning_rate 0.001"
    assert closing_lines(history, workspace=None)[-1] == way_back


def test_a_wrecked_run_that_never_diverged_is_resumed_from_before(
    tmp_path: Path, prepare: Prepare
) -> None:
    """Losses that are finite but far above the best push no good state off the disk."""
    studio = Studio(tmp_path)
    prepare(lambda trainer: at_step(trainer, 6, wreck))
    ended = studio.run(StartRequest(config=studio.config(**PLAN)))
    assert ended.step == 30
    steps = [saved.step for saved in studio.store.checkpoints(1)]
    assert len(studio.of(CheckpointSaved)) > 6
    assert steps == [30, 6]
    prepare(nothing)
    studio.resume("1", max_steps=31)
    assert studio.of(RunStarted)[0].start_step == 6


def test_a_run_that_overfits_is_resumed_where_it_stands(tmp_path: Path) -> None:
    """A validation loss that has risen breaks no state: what a run has learned is not dropped."""
    studio = Studio(tmp_path)
    studio.run(StartRequest(config=studio.config(**PLAN)))
    assert studio.resume("1", max_steps=33).step == 33
    assert studio.of(RunStarted)[0].start_step == 30
    assert not [event for event in studio.of(Noticed) if "passed over" in event.message]


def test_after_going_back_by_hand_the_branch_that_was_left_is_not_resumed(tmp_path: Path) -> None:
    """Nothing was saved since, but what was chosen stays chosen."""
    studio = Studio(tmp_path)
    studio.run(StartRequest(config=studio.config(**{**PLAN, "keep_checkpoints": 9})))
    older = next(saved for saved in studio.store.checkpoints(1) if saved.step == 12)

    def leave(event: Event) -> None:
        if isinstance(event, RunStarted):
            studio.control.stop(save=False)

    studio.resume(str(older.path), on_event=leave)
    assert studio.of(RunStarted)[0].resumed_from == str(older.path)
    studio.resume("1", max_steps=13)
    assert studio.of(RunStarted)[0].start_step == 12


def test_a_rollback_takes_back_the_edit_that_broke_the_run() -> None:
    """Not half of the broken rate, nor the usual one: the rate before."""
    recorder = Recorder()
    trainer = recorder.trainer(
        small_config(checkpoint_every=3, max_steps=12, on_divergence="rollback")
    )
    poison(trainer, "output.bias", {9})

    edits = iter([{"learning_rate": 1.0}])
    at_step(trainer, 7, lambda _: recorder.control.change(next(edits, {})))
    assert trainer.run().reason == "max_steps"
    assert trainer.config.learning_rate == 0.001
    assert "learning_rate 0.001, as before the edit" in recorder.of(Noticed)[-1].message


def test_a_rollback_goes_back_to_no_wrecked_state() -> None:
    """A checkpoint of finite weights with losses far above the best is no way back."""
    recorder = Recorder()
    plan = small_config(checkpoint_every=3, eval_every=50, max_steps=12, on_divergence="rollback")
    trainer = recorder.trainer(plan)
    wrecked: list[int] = []

    def once(step: int) -> None:
        if step == 7 and not wrecked:
            wrecked.append(step)
            wreck(trainer)

    after_steps(trainer, once)
    poison(trainer, "output.bias", {11})
    trainer.run()
    assert [event.step for event in recorder.of(CheckpointSaved)][:3] == [3, 6, 9]
    assert [event.start_step for event in recorder.of(RunStarted)] == [0, 6]
