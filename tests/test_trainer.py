"""A run keeps its promises: it learns, obeys between steps, ends by plan and never on NaN."""

import math
import time

import pytest
import torch

from core.config import make_config
from core.decoding import Decoding
from core.doctor.remedy import Remedy, smaller_steps
from core.errors import SaveError
from core.events import (
    CheckpointSaved,
    Diverged,
    Evaluated,
    Event,
    Noticed,
    Paused,
    PhaseChanged,
    Resumed,
    RunEnded,
    RunFailed,
    RunStarted,
    SettingsChanged,
    StepsDone,
    TextSampled,
)
from core.models.recurrence import State
from core.text.corpus import make_corpus
from core.training import live_sample
from core.training.announcements import divergence
from core.training.language_task import LanguageBatch
from core.training.measures import Measures
from core.training.progress import Progress
from core.training.task import Outcome
from core.training.trainer import Trainer
from training_cases import TEXT, Recorder, after_steps, small_config, small_corpus, weights_of


class At(Recorder):
    """Do something the first time that training has come to a step."""

    def __init__(self, step: int, action: str, *arguments: object, **named: object) -> None:
        super().__init__()
        self.step, self.action, self.arguments, self.named = step, action, arguments, named

    def watch(self, trainer: Trainer) -> Trainer:
        """Call the control right after the step was taken."""
        take = trainer._take_step

        def take_and_act() -> None:
            take()
            if trainer.step == self.step:
                getattr(self.control, self.action)(*self.arguments, **self.named)

        trainer._take_step = take_and_act  # type: ignore[method-assign]
        return trainer


@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("stateful", [True, False])
def test_a_model_overfits_a_tiny_text(model_type: str, stateful: bool) -> None:
    """Twelve epochs over one repeated sentence bring the loss far below its start."""
    config = small_config(
        model_type=model_type, stateful=stateful, epochs=12, dropout=0.0, learning_rate=0.02,
        hidden_size=24,
    )  # fmt: skip
    recorder = Recorder()
    recorder.trainer(config).run()
    start, last = recorder.of(StepsDone)[0].losses[0], recorder.of(Evaluated)[-1]
    assert start is not None
    assert last.best_val_loss is not None
    assert last.best_val_loss < 1.0
    assert start > 3.0


def test_events_tell_the_whole_story_in_order() -> None:
    """RunStarted comes first, RunEnded last and once; steps are reported without a gap."""
    recorder = Recorder()
    config = small_config()
    ended = recorder.trainer(config).run()
    started = recorder.of(RunStarted)[0]
    assert next(e for e in recorder.events if not isinstance(e, Noticed)) is started
    assert recorder.events[-1] == ended
    assert len(recorder.of(RunEnded)) == 1
    assert (ended.reason, ended.step) == ("finished", 2 * started.steps_per_epoch)
    assert started.planned_steps == ended.step
    expected = 1
    for event in recorder.of(StepsDone):
        assert event.first_step == expected
        assert len(event.losses) == event.step - event.first_step + 1
        expected = event.step + 1
    assert expected == ended.step + 1
    phases = [event.phase for event in recorder.of(PhaseChanged)]
    assert phases[0] == "first_batch"
    assert phases[-1] == "ended"
    assert {"training", "evaluating", "saving", "sampling"} <= set(phases)
    assert [e.step for e in recorder.of(Evaluated)] == [started.steps_per_epoch, ended.step]


def test_the_same_seed_gives_the_same_losses() -> None:
    """Two runs agree to the last bit in every loss and weight; another seed does not."""
    runs = []
    for seed in (0, 0, 1):
        recorder = Recorder()
        trainer = recorder.trainer(small_config(seed=seed, teacher_forcing_ratio=0.7))
        trainer.run()
        runs.append((recorder.losses, weights_of(trainer)))
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[2][0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"max_steps": 7}, "max_steps"),
        ({"epochs": 1}, "finished"),
        ({"max_seconds": 1e-6}, "max_seconds"),
        ({"patience": 1, "eval_every": 2, "learning_rate": 1e-9, "epochs": 50}, "early_stop"),
    ],
)
def test_a_planned_end_is_named_and_evaluated(changes: dict[str, float], reason: str) -> None:
    """Each bound ends the run under its name, with an evaluation at its last step."""
    recorder = Recorder()
    ended = recorder.trainer(small_config(**changes)).run()
    assert ended.reason == reason
    assert recorder.of(Evaluated)[-1].step == ended.step
    assert recorder.of(CheckpointSaved)[-1].step == ended.step


def test_the_best_model_is_kept_apart() -> None:
    """Exactly the evaluations that were the best so far saved a checkpoint that says so."""
    recorder = Recorder()
    recorder.trainer(small_config(eval_every=5, learning_rate=5.0, epochs=4)).run()
    best = [event.step for event in recorder.of(Evaluated) if event.is_best]
    assert [event.step for event in recorder.of(CheckpointSaved) if event.is_best] == best
    assert len(best) < len(recorder.of(Evaluated))


def test_checkpoints_come_as_often_as_asked() -> None:
    """With `checkpoint_every=5` every fifth step is saved, whatever evaluations do."""
    recorder = Recorder()
    recorder.trainer(small_config(checkpoint_every=5, max_steps=17)).run()
    steps = [event.step for event in recorder.of(CheckpointSaved)]
    assert [step for step in steps if step % 5 == 0] == [5, 10, 15]


def test_no_more_training_than_asked_for_goes_without_a_checkpoint() -> None:
    """The training time counts from the checkpoint before, whatever asked for that one."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(max_steps=8, checkpoint_seconds=100.0))

    def lasts(step: int) -> None:
        trainer.progress.elapsed_s = 40.0 * step

    after_steps(trainer, lasts)
    trainer.run()
    assert [event.step for event in recorder.of(CheckpointSaved)] == [3, 6, 8]


def test_a_request_to_stop_saves_and_ends_after_the_step() -> None:
    """The run ends at the step it was at, with a checkpoint of it and no evaluation."""
    recorder = At(3, "stop", "signal")
    ended = recorder.watch(recorder.trainer(small_config())).run()
    assert (ended.reason, ended.step) == ("signal", 3)
    assert recorder.of(CheckpointSaved)[-1].step == 3
    assert not recorder.of(Evaluated)


def test_stopping_now_saves_nothing() -> None:
    """A stop without saving leaves no checkpoint."""
    recorder = At(3, "stop", save=False)
    ended = recorder.watch(recorder.trainer(small_config())).run()
    assert ended.reason == "stopped"
    assert not recorder.of(CheckpointSaved)


def test_a_pause_waits_until_it_is_ended() -> None:
    """While paused no step is taken; afterwards training goes on where it was."""
    recorder = At(3, "pause")

    def emit(event: Event) -> None:
        recorder.events.append(event)
        if isinstance(event, Paused):
            recorder.control.resume()

    recorder.emit = emit  # type: ignore[method-assign]
    ended = recorder.watch(recorder.trainer(small_config(max_steps=6))).run()
    assert [event.step for event in recorder.of(Paused)] == [3]
    assert [event.step for event in recorder.of(Resumed)] == [3]
    assert ended.step == 6


def test_a_live_change_acts_at_the_next_step_and_is_recorded() -> None:
    """The new learning rate is in force from the step after; the event says from which."""
    recorder = At(4, "change", {"learning_rate": 0.5, "dropout": 0.1})
    config = small_config(schedule="constant", warmup_steps=0, max_steps=8)
    recorder.watch(recorder.trainer(config)).run()
    (changed,) = recorder.of(SettingsChanged)
    assert changed.step == 4
    assert [(c.name, c.old, c.new) for c in changed.changes] == [
        ("learning_rate", 0.001, 0.5),
        ("dropout", 0.3, 0.1),
    ]
    rates = {event.first_step: event.learning_rate for event in recorder.of(StepsDone)}
    assert rates[1] == 0.001
    assert rates[5] == 0.5
    plain = Recorder()
    plain.trainer(config).run()
    assert plain.losses[:5] != recorder.losses[:5] or plain.losses[5:] != recorder.losses[5:]
    assert plain.losses[:4] == recorder.losses[:4]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"hidden_size": 64}, "hidden_size can only change in a new run"),
        # Losses over other parts of the text would decide which model is the best.
        ({"eval_tokens": 64}, "eval_tokens can only change in a new run"),
        ({"dropout": 3.0}, "dropout must be"),
        ({"dropuot": 0.1}, "did you mean dropout"),
    ],
)
def test_a_change_that_cannot_be_is_answered(values: dict[str, float], sentence: str) -> None:
    """The run goes on as it was, and the user is told why."""
    recorder = At(2, "change", values)
    ended = recorder.watch(recorder.trainer(small_config(max_steps=4))).run()
    assert ended.reason == "max_steps"
    assert not recorder.of(SettingsChanged)
    assert sentence in recorder.of(Noticed)[-1].message


def test_a_longer_plan_can_be_asked_for_while_it_runs() -> None:
    """Raising max_steps live makes the run longer."""
    recorder = At(2, "change", {"max_steps": 9})
    assert recorder.watch(recorder.trainer(small_config(max_steps=4))).run().step == 9


def test_a_sample_streams_while_training_goes_on_and_disturbs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sample's fragments lie between reports of steps; the losses are those without it."""
    monkeypatch.setattr(live_sample, "LONGEST_SLICE_S", 0.0)
    plain = Recorder()
    plain.trainer(small_config()).run()
    recorder = At(3, "sample", 77, "the ", Decoding(max_length=40, seed=5))
    recorder.watch(recorder.trainer(small_config())).run()
    fragments = [e for e in recorder.of(TextSampled) if e.origin == "console"]
    assert {e.sample for e in fragments} == {77}
    assert [e.done for e in fragments] == [False] * (len(fragments) - 1) + [True]
    assert sum(len(e.tokens) for e in fragments) == 40
    assert {e.step for e in fragments} == {3}
    assert len(fragments) > 1
    assert recorder.losses == plain.losses


def test_a_sample_can_be_cancelled_and_replaced() -> None:
    """Cancelling closes the sample; a prompt with unknown characters is read and said."""
    recorder = At(3, "sample", 1, "the \N{SNOWMAN}", Decoding(max_length=100_000))

    def emit(event: Event) -> None:
        recorder.events.append(event)
        if isinstance(event, TextSampled) and event.sample == 1 and not event.done:
            recorder.control.cancel_sample()

    recorder.emit = emit  # type: ignore[method-assign]
    recorder.watch(recorder.trainer(small_config())).run()
    fragments = [e for e in recorder.of(TextSampled) if e.origin == "console"]
    assert fragments[-1].done
    assert any("\N{SNOWMAN}" in event.message for event in recorder.of(Noticed))


def no_memory(*_args: object, **_kwargs: object) -> None:
    """Ask for more memory than there is."""
    raise MemoryError


@pytest.mark.parametrize(
    ("action", "arguments", "breaks", "sentence"),
    [
        # As of a unit that another, larger model has.
        ("sample", (1, "x", Decoding(clamp="9:999=1")), "", "names a unit that is not there"),
        (
            "sample",
            (1, "x", Decoding()),
            "core.training.live_sample.LiveSample.advance",
            "of memory",
        ),
        ("inspect", (1, "some text", 0), "core.training.language_task.inspect_text", "of memory"),
    ],
)
def test_what_cannot_be_answered_ends_no_run(
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    arguments: tuple[object, ...],
    breaks: str,
    sentence: str,
) -> None:
    """A sample or a look that goes wrong is told, and training goes on to its end."""
    if breaks:
        monkeypatch.setattr(breaks, no_memory)
    recorder = At(3, action, *arguments)
    ended = recorder.watch(recorder.trainer(small_config(max_steps=6))).run()
    assert (ended.reason, ended.step) == ("max_steps", 6)
    assert sentence in recorder.of(Noticed)[-1].message
    samples = [event for event in recorder.of(TextSampled) if event.origin == "console"]
    assert not samples or samples[-1].done


def test_a_gradient_that_is_not_finite_ends_the_run_before_the_step() -> None:
    """The event names step and parameter; the checkpoint holds the last good weights."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(eval_every=10_000))
    poison = trainer.model.get_parameter("recurrence.weight_hh_l1")
    count = 0

    def poison_third(grad: torch.Tensor) -> torch.Tensor:
        nonlocal count
        count += 1
        return grad * math.inf if count == 3 else grad

    poison.register_hook(poison_third)
    ended = trainer.run()
    (diverged,) = recorder.of(Diverged)
    assert (ended.reason, ended.step) == ("diverged", 2)
    assert (diverged.step, diverged.what) == (3, "gradient")
    assert diverged.parameter == "recurrence.weight_hh_l1"
    assert "step 3 was skipped" in diverged.message
    assert recorder.checkpoints[-1].header.progress.step == 2
    for name, tensor in recorder.checkpoints[-1].tensors.items():
        assert bool(torch.isfinite(tensor.float()).all()), name


def test_a_run_that_diverged_ends_though_a_pause_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody has to resume a run that cannot go on before it says that it has ended."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config())

    def emit(event: Event) -> None:
        recorder.emit(event)
        if isinstance(event, Diverged):
            recorder.control.pause()
        if isinstance(event, Paused):
            recorder.control.resume()

    trainer._emit = trainer._steering._emit = emit
    outcome = LanguageBatch.outcome

    def spoil(batch: LanguageBatch, state: State | None) -> Outcome:
        found = outcome(batch, state)
        return found._replace(loss=found.loss * math.nan)

    monkeypatch.setattr(LanguageBatch, "outcome", spoil)
    assert trainer.run().reason == "diverged"
    assert not recorder.of(Paused)


def test_a_divergence_found_late_goes_back_to_the_last_good_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where checks are deferred, the steps after the bad one do not count."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(eval_every=10_000))
    trainer.learner.deferred = True
    report = trainer._report
    report.is_due = lambda: len(report.results) == 8  # type: ignore[method-assign]
    outcome, calls = LanguageBatch.outcome, 0

    def spoil_fifth(batch: LanguageBatch, state: State | None) -> Outcome:
        nonlocal calls
        calls += 1
        found = outcome(batch, state)
        return found._replace(loss=found.loss * math.nan) if calls == 5 else found

    monkeypatch.setattr(LanguageBatch, "outcome", spoil_fifth)
    ended = trainer.run()
    assert (ended.reason, ended.step) == ("diverged", 4)
    assert recorder.of(Diverged)[0].step == 5
    assert recorder.of(StepsDone)[-1].step == 4
    assert calls > 5
    assert len(recorder.losses) == 4


def test_the_rate_counts_the_wait_for_the_device() -> None:
    """Where a step is only begun, the time until it is done counts as training it."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(max_steps=4))
    trainer.learner.deferred = True
    measured = trainer._report.measured

    def wait() -> list[tuple[float, float]]:
        time.sleep(0.05)
        return measured()

    trainer._report.measured = wait  # type: ignore[method-assign]
    trainer.run()
    reports = recorder.of(StepsDone)
    seconds = sum(64 * len(report.losses) / report.tokens_per_s for report in reports)
    assert seconds == pytest.approx(reports[-1].elapsed_s)


def test_a_learning_rate_beyond_reason_ends_in_a_sentence() -> None:
    """At the largest rate without clipping the run survives or says that it diverged."""
    recorder = Recorder()
    ended = recorder.trainer(
        small_config(learning_rate=100.0, max_grad_norm=0.0, warmup_steps=0, epochs=6)
    ).run()
    assert ended.reason in ("finished", "diverged")
    for checkpoint in recorder.checkpoints:
        for tensor in checkpoint.tensors.values():
            assert bool(torch.isfinite(tensor.float()).all())


def test_the_way_out_of_a_divergence_can_be_taken() -> None:
    """Smaller steps come of a smaller rate where gradients are clipped, of clipping where not."""
    for limit, wanted in ((0.0, {"max_grad_norm": 1.0}), (2.0, {"learning_rate": 0.0003})):
        steps = smaller_steps(small_config(max_grad_norm=limit), 0.001)
        event = divergence(Remedy(steps, undoes_edit=False), 3, math.nan, math.nan, "w")
        assert event.fix == wanted
        assert f"What helps: {next(iter(wanted))} " in event.message


def test_a_disk_that_refuses_ends_the_run_with_its_reason() -> None:
    """RunFailed says why; RunEnded still comes last."""
    recorder = Recorder()

    def refuse(*_: object) -> CheckpointSaved:
        raise SaveError("cannot save: no space left")

    recorder.save = refuse  # type: ignore[method-assign, assignment]
    ended = recorder.trainer(small_config()).run()
    assert recorder.of(RunFailed)[0].message == "cannot save: no space left"
    assert ended.reason == "failed"
    assert recorder.events[-1] == ended


def test_the_plateau_schedule_says_when_it_cuts() -> None:
    """A stalled validation cuts the rate, with a notice."""
    recorder = Recorder()
    config = small_config(
        schedule="plateau", plateau_patience=0, learning_rate=1e-9, warmup_steps=0,
        eval_every=4, epochs=2,
    )  # fmt: skip
    recorder.trainer(config).run()
    assert any("learning rate cut" in event.message for event in recorder.of(Noticed))
    assert recorder.of(StepsDone)[-1].learning_rate < 1e-9


def test_word_level_trains_and_reports_comparable_figures() -> None:
    """A word model's loss is per token; its bits per character stand beside it."""
    config = small_config(vocab_type="word", seq_length=8)
    recorder = Recorder()
    recorder.trainer(config, make_corpus("words", TEXT, config)).run()
    found = recorder.of(Evaluated)[-1]
    assert found.val_loss is not None
    assert found.bits_per_char is not None
    assert found.bits_per_char < found.val_loss / math.log(2)


def test_no_sample_is_drawn_where_none_is_wanted() -> None:
    """`sample_length=0` draws nothing."""
    recorder = Recorder()
    recorder.trainer(small_config(sample_length=0)).run()
    assert not recorder.of(TextSampled)


def test_the_default_trainer_uses_the_settings_it_announces() -> None:
    """RunStarted carries the settings, the size of the model and its gradient groups."""
    recorder = Recorder()
    config = small_config(max_steps=1)
    trainer = recorder.trainer(config)
    trainer.run()
    started = recorder.of(RunStarted)[0]
    assert make_config(started.config) == config
    assert started.parameters == sum(weight.numel() for weight in trainer.model.parameters())
    assert started.grad_groups[0] == "embedding"
    assert started.vocab_size == len(small_corpus(config).vocabulary)
    assert started.threads == 1


def test_a_short_text_trains_in_smaller_batches_and_says_so() -> None:
    """Where the text does not fill the batch, the user is told how many sequences it has."""
    recorder = Recorder()
    ended = recorder.trainer(small_config(batch_size=500, epochs=9, max_steps=2)).run()
    assert ended.reason == "max_steps"
    assert any("instead of batch_size 500" in told.message for told in recorder.of(Noticed))


def test_evaluations_at_each_step_do_not_keep_the_clock_from_saving(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run whose every step ends with an evaluation, none of them the best, saves all the same."""
    monkeypatch.setattr(Progress, "judge", judged_worse)
    recorder = Recorder()
    plan = small_config(eval_every=1, checkpoint_every=1000, checkpoint_seconds=100.0, max_steps=6)
    trainer = recorder.trainer(plan)

    def lasts(step: int) -> None:
        trainer.progress.elapsed_s = 60.0 * step

    after_steps(trainer, lasts)
    trainer.run()
    assert [event.step for event in recorder.of(CheckpointSaved)] == [2, 4, 6]


def judged_worse(progress: Progress, _measures: Measures) -> bool:
    """Take note of an evaluation that is not the best."""
    progress.last_eval_step = progress.step
    return False


def test_a_long_validation_text_is_measured_in_part_and_that_is_said() -> None:
    """`eval_tokens` bounds what an evaluation takes; the best model is still found by it."""
    losses = []
    for most in (0, 100):
        recorder = Recorder()
        recorder.trainer(small_config(eval_tokens=most, max_steps=2)).run()
        said = [told.message for told in recorder.of(Noticed) if "measures 100 of" in told.message]
        assert len(said) == (most > 0)
        losses.append(recorder.of(Evaluated)[-1].val_loss)
    assert losses[0] != losses[1]
