"""A first look at validation comes early where a run would be silent, and changes nothing."""

from pathlib import Path
from typing import cast

import msgspec
import pytest

from core.config import Config
from core.events import Evaluated, Previewed, ReplayCompared, TextSampled, decode_event
from core.settings import Value
from core.training import preview
from core.training.preview import AFTER_S, Preview
from core.training.progress import Progress
from core.training.task import Task
from labelled_cases import classifier_config, small_labelled
from session_cases import Studio
from training_cases import Recorder, after_steps, small_config, weights_of
from workspace.requests import ReplayRequest

NEVER = 1e9
AT_ONCE = 1e-9


def trained(
    config: Config, after_s: float, monkeypatch: pytest.MonkeyPatch, *, stop_at: int = 0
) -> tuple[Recorder, str]:
    """Train with a first look after some seconds; return what was told and a hash of the weights.

    Args:
        config: The settings.
        after_s: Seconds of training before the first look.
        monkeypatch: Sets them.
        stop_at: The step after which the run is cut and resumed; 0 for none.
    """
    monkeypatch.setattr(preview, "AFTER_S", after_s)
    corpus = small_labelled(config) if config.task == "classify" else None
    recorder = Recorder()
    trainer = recorder.trainer(config, corpus)
    if stop_at:
        after_steps(trainer, lambda step: recorder.control.stop() if step == stop_at else None)
        trainer.run()
        resumed = Recorder(events=recorder.events)
        trainer = resumed.trainer(config, corpus, resume_from=recorder.checkpoints[-1])
    trainer.run()
    return recorder, weights_of(trainer)


def judged(recorder: Recorder) -> list[Evaluated]:
    """Return a run's evaluations without the times that they took."""
    return [
        msgspec.structs.replace(event, eval_s=0.0, elapsed_s=0.0)
        for event in recorder.of(Evaluated)
    ]


LANGUAGE: list[dict[str, Value]] = [
    {},
    {"teacher_forcing_ratio": 0.5, "dropout": 0.4, "stateful": False},
    {"schedule": "plateau", "plateau_patience": 0, "patience": 1, "learning_rate": 0.3,
     "epochs": 9},
]  # fmt: skip


@pytest.mark.parametrize("stop_at", [0, 4])
@pytest.mark.parametrize("changes", LANGUAGE)
def test_it_changes_no_loss(
    changes: dict[str, Value], stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losses are equal to the last bit with and without it, also where the run was resumed."""
    config = small_config(**changes)
    without, weights = trained(config, NEVER, monkeypatch, stop_at=stop_at)
    seen, same_weights = trained(config, AT_ONCE, monkeypatch, stop_at=stop_at)
    assert without.of(Previewed) == []
    # A run that is cut before its first evaluation shows it again, since it goes on unseen.
    assert len(seen.of(Previewed)) == (2 if stop_at else 1)
    assert seen.losses == without.losses
    assert same_weights == weights
    assert judged(seen) == judged(without)


def test_a_classifier_has_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its accuracy is shown, its losses and evaluations stay as they are."""
    config = classifier_config()
    without, weights = trained(config, NEVER, monkeypatch)
    seen, same_weights = trained(config, AT_ONCE, monkeypatch)
    (shown,) = seen.of(Previewed)
    assert shown.accuracy is not None
    assert (seen.losses, same_weights) == (without.losses, weights)
    assert judged(seen) == judged(without)


@pytest.mark.parametrize("tokens", [1, 50, 10**9])
def test_it_reads_texts_from_all_of_the_validation_data(tokens: int) -> None:
    """They are evenly spread and about as many tokens as asked for, each with its class."""
    val = small_labelled(classifier_config()).val
    part = val.spread(tokens)
    assert 1 <= len(part) <= len(val)
    assert len(part.ids) <= max(tokens * 2, 20)
    places = [val.texts.index(text) for text in part.texts]
    assert places == sorted(places)
    for index, place in enumerate(places):
        assert part.text_ids(index).tolist() == val.text_ids(place).tolist()
        assert part.labels[index] == val.labels[place]
    if tokens >= len(val.ids):
        assert part is val


def test_it_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no evaluation, saves nothing, and its sample takes no number from the others."""
    recorder, _ = trained(small_config(), AT_ONCE, monkeypatch)
    (shown,) = recorder.of(Previewed)
    kinds = [type(event) for event in recorder.events]
    assert kinds.index(Previewed) < kinds.index(Evaluated)
    assert shown.step == 1
    assert recorder.of(Evaluated)[0].is_best
    numbers = [(event.sample, event.is_preview) for event in recorder.of(TextSampled)]
    assert numbers == [(0, True), (1, False), (2, False)]
    assert all(saved.header.progress.step > 1 for saved in recorder.checkpoints)


def test_a_run_with_one_replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorded run has equal losses when it is trained again, whichever of the two has one."""
    studio = Studio(tmp_path)
    for name, recorded, again in (("a", AT_ONCE, NEVER), ("b", NEVER, AT_ONCE)):
        monkeypatch.setattr(preview, "AFTER_S", recorded)
        studio.start(name=name)
        monkeypatch.setattr(preview, "AFTER_S", again)
        studio.run(ReplayRequest(target=name, name=f"{name}-again", places={}))
        (verdict,) = studio.of(ReplayCompared)
        assert verdict.step is None
        assert verdict.equal_steps == verdict.recorded_steps > 0


class Paced:
    """Stand in for a task of some steps an epoch."""

    steps_per_epoch = 1000


def due_after(seconds_a_step: float, **changes: Value) -> float | None:
    """Return the seconds of training after which a run of some speed has its first look."""
    config, progress = small_config(**changes), Progress()
    first_look = Preview(cast("Task", Paced()), lambda event: None, progress)
    while progress.step < 1000:
        progress.step += 1
        progress.elapsed_s += seconds_a_step
        if first_look.is_due(config, progress):
            return progress.elapsed_s
        if changes.get("eval_every") and progress.step % int(changes["eval_every"]) == 0:
            progress.last_eval_step = progress.step
    return None


@pytest.mark.parametrize("seconds_a_step", [0.03, 0.25, 1.0, 45.0])
def test_it_comes_in_time_at_any_speed(seconds_a_step: float) -> None:
    """It comes after ten seconds, or the first step where that takes longer."""
    due = due_after(seconds_a_step)
    assert due is not None
    assert due <= AFTER_S + seconds_a_step


@pytest.mark.parametrize(
    ("seconds_a_step", "changes"),
    [
        (0.01, {}),
        (1.0, {"eval_every": 10}),
        (1.0, {"eval_every": 15}),
        (1.0, {"max_steps": 18}),
        (1.0, {"max_seconds": 18.0}),
    ],
)
def test_an_evaluation_that_is_near_stands_in_its_place(
    seconds_a_step: float, changes: dict[str, Value]
) -> None:
    """Where a run evaluates or ends within twenty seconds there is nothing to bridge."""
    assert due_after(seconds_a_step, **changes) is None


def test_runs_of_older_versions_are_read() -> None:
    """A sample from before there were first looks is none of one."""
    line = (
        b'{"type":"TextSampled","sample":1,"step":9,"origin":"training","prompt":"",'
        b'"tokens":["a"],"probabilities":[0.5],"done":true}'
    )
    event = decode_event(line)
    assert isinstance(event, TextSampled)
    assert not event.is_preview
