"""A run that was cut in two is the run that was not, to the last bit."""

from collections.abc import Iterator
from itertools import product

import pytest
import torch

from core.config import Config
from core.errors import CheckpointError
from core.events import Evaluated, Noticed, RunEnded
from core.settings import Value
from core.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from core.training.trainer import Trainer
from training_cases import Recorder, after_steps, small_config, weights_of

STEPS_PER_EPOCH = 27
"""Of the small corpus at the small settings, both ways of cutting it."""


def run(
    config: Config,
    *,
    resume_from: Checkpoint | None = None,
    change_at: int = 0,
    change: dict[str, Value] | None = None,
) -> tuple[Recorder, Trainer, RunEnded]:
    """Train, with a live change after the step `change_at`."""
    recorder = Recorder()
    trainer = recorder.trainer(config, resume_from=resume_from)

    def act(step: int) -> None:
        if change and step == change_at:
            recorder.control.change(change)

    after_steps(trainer, act)
    return recorder, trainer, trainer.run()


def cases() -> Iterator[dict[str, Value]]:
    """Yield a covering choice of settings: every value of each with every cell."""
    for model_type, dropout, stateful in product(("rnn", "lstm", "gru"), (0.0, 0.3), (True, False)):
        schedule = {(0.0, True): "constant", (0.3, True): "cosine"}.get(
            (dropout, stateful), "plateau"
        )
        yield {
            "model_type": model_type,
            "dropout": dropout,
            "stateful": stateful,
            "schedule": schedule,
            "teacher_forcing_ratio": 0.5 if dropout else 1.0,
        }


@pytest.mark.parametrize("settings", list(cases()), ids=lambda s: "-".join(map(str, s.values())))
@pytest.mark.parametrize("cut", [7, STEPS_PER_EPOCH + 4])
def test_a_resumed_run_equals_the_uninterrupted_one(
    settings: dict[str, Value], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Losses and weights are equal bit for bit, mid-epoch and across an epoch's end."""
    path = tmp_path_factory.mktemp("resume") / "cut.safetensors"
    plan = small_config(**settings, eval_every=5, epochs=2)
    whole, trainer, _ = run(plan)
    recorder = Recorder()
    first = recorder.trainer(plan)

    def act(step: int) -> None:
        if step == cut:
            recorder.control.stop()

    after_steps(first, act)
    first.run()
    write_checkpoint(path, recorder.checkpoints[-1])
    second, resumed, ended = run(plan, resume_from=read_checkpoint(path))
    assert ended.step == trainer.step
    assert recorder.losses + second.losses == whole.losses
    assert weights_of(resumed) == weights_of(trainer)


def test_a_live_change_survives_the_cut() -> None:
    """After a change at step 3 and a cut at step 6 the run goes on with the changed settings."""
    change: dict[str, Value] = {"learning_rate": 0.02, "dropout": 0.0}
    whole, trainer, _ = run(small_config(), change_at=3, change=change)
    recorder, _, _ = run(small_config(max_steps=6, schedule="constant"))
    assert recorder.checkpoints
    first = Recorder()
    cut = first.trainer(small_config())

    def act(step: int) -> None:
        if step == 3:
            first.control.change(change)
        if step == 6:
            first.control.stop()

    after_steps(cut, act)
    cut.run()
    checkpoint = first.checkpoints[-1]
    assert checkpoint.header.config["learning_rate"] == 0.02
    second, resumed, _ = run(cut.config, resume_from=checkpoint)
    assert first.losses + second.losses == whole.losses
    assert weights_of(resumed) == weights_of(trainer)


@pytest.mark.parametrize(
    "missing", ["rng/torch", "state/0", "optimizer/output.weight/exp_avg", "rng/coins"]
)
def test_the_check_would_notice_a_missing_part(missing: str) -> None:
    """Dropping generator, hidden state, moments or coins is refused or changes the losses."""
    plan = small_config(teacher_forcing_ratio=0.5)
    whole, _, _ = run(plan)
    recorder = Recorder()
    first = recorder.trainer(plan)
    take = first._take_step

    def take_and_stop() -> None:
        take()
        if first.step == 7:
            recorder.control.stop()

    first._take_step = take_and_stop  # type: ignore[method-assign]
    first.run()
    checkpoint = recorder.checkpoints[-1]
    group = missing.rsplit("/", 1)[0] if missing.startswith(("optimizer", "state")) else missing
    tensors = {k: v for k, v in checkpoint.tensors.items() if not k.startswith(group)}
    assert len(tensors) < len(checkpoint.tensors)
    try:
        second, _, _ = run(plan, resume_from=Checkpoint(checkpoint.header, tensors))
    except CheckpointError:
        return
    assert recorder.losses + second.losses != whole.losses


@pytest.mark.parametrize("missing", ["step", "exp_avg", "exp_avg_sq"])
def test_a_weight_with_half_of_its_moments_is_refused(missing: str) -> None:
    """Adam would end in a traceback at the first step."""
    recorder, _, _ = run(small_config(max_steps=3))
    checkpoint = recorder.checkpoints[-1]
    tensors = dict(checkpoint.tensors)
    del tensors[f"optimizer/output.weight/{missing}"]
    with pytest.raises(CheckpointError, match=r"optimizer state of output\.weight is not whole"):
        run(small_config(), resume_from=Checkpoint(checkpoint.header, tensors))


def test_an_evaluation_cut_short_is_made_up_for() -> None:
    """A stop during an evaluation leaves it due; the resumed run begins with it."""
    plan = small_config(eval_every=6)
    whole, trainer, _ = run(plan)
    recorder = Recorder()
    first = recorder.trainer(plan)
    evaluate = first._evaluate

    def stop_and_evaluate() -> None:
        recorder.control.stop()
        evaluate()

    first._evaluate = stop_and_evaluate  # type: ignore[method-assign]
    first.run()
    checkpoint = recorder.checkpoints[-1]
    assert checkpoint.header.progress.evaluation_due
    second, resumed, _ = run(plan, resume_from=checkpoint)
    assert recorder.losses + second.losses == whole.losses
    assert weights_of(resumed) == weights_of(trainer)
    assert resumed.progress.best_val_loss == trainer.progress.best_val_loss


def test_the_last_evaluation_is_made_up_for_too() -> None:
    """A run cut short in the evaluation at its planned end, already saved, does it when resumed."""
    plan = small_config(max_steps=6, eval_every=100, checkpoint_every=3)
    whole, trainer, _ = run(plan)
    at_the_end = next(kept for kept in whole.checkpoints if kept.header.progress.step == 6)
    assert at_the_end.header.progress.last_eval_step == -1
    second, resumed, ended = run(plan, resume_from=at_the_end)
    assert (ended.reason, second.losses) == ("max_steps", [])
    assert [e.val_loss for e in second.of(Evaluated)] == [e.val_loss for e in whole.of(Evaluated)]
    assert resumed.progress.best_val_loss == trainer.progress.best_val_loss


def test_a_finished_run_says_so_and_goes_on_when_given_more() -> None:
    """Nothing is trained twice; with more epochs the run goes on from where it was."""
    recorder, _, _ = run(small_config(epochs=1))
    checkpoint = recorder.checkpoints[-1]
    again, _, ended = run(small_config(epochs=1), resume_from=checkpoint)
    assert ended.reason == "finished"
    assert not again.losses
    assert "give a larger --epochs than 1" in again.of(Noticed)[-1].message
    shorter, _, _ = run(small_config(epochs=1, max_steps=5), resume_from=checkpoint)
    assert "--epochs than 1" in shorter.of(Noticed)[-1].message
    both, _, _ = run(small_config(epochs=1, max_steps=STEPS_PER_EPOCH), resume_from=checkpoint)
    assert both.of(Noticed)[-1].message.endswith(
        f"give a larger --epochs than 1; a larger --max_steps than {STEPS_PER_EPOCH}"
    )
    fewer, _, _ = run(small_config(epochs=9, max_steps=5), resume_from=checkpoint)
    assert f"--max_steps than {STEPS_PER_EPOCH}" in fewer.of(Noticed)[-1].message
    longer, _, ended = run(small_config(epochs=2), resume_from=checkpoint)
    assert ended.step == 2 * STEPS_PER_EPOCH
    assert len(longer.losses) == STEPS_PER_EPOCH


def test_a_checkpoint_of_another_model_is_refused() -> None:
    """Other sizes end in one sentence that names the weights that do not fit."""
    recorder, _, _ = run(small_config(max_steps=1))
    with pytest.raises(CheckpointError, match=r"recurrence\.weight_ih_l0"):
        run(small_config(hidden_size=13), resume_from=recorder.checkpoints[-1])


def test_the_global_generator_is_the_training_threads() -> None:
    """Seeding happens inside: what the caller did to torch's generator does not matter."""
    torch.manual_seed(99)
    one, _, _ = run(small_config(max_steps=5))
    torch.manual_seed(100)
    two, _, _ = run(small_config(max_steps=5))
    assert one.losses == two.losses
