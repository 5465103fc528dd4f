"""The doctor at work: what it says when, what it says once, and that a replay says the same."""

from pathlib import Path

import msgspec
import pytest

from core.doctor import Doctor, watched
from core.events import Diagnosed, Event, SettingChange, SettingsChanged, StepsDone
from core.settings import Value
from diagnosis_cases import CHANCE, began, codes, diagnoses, falling, reports
from labelled_cases import classifier_config, small_labelled
from session_cases import Studio
from training_cases import Recorder, small_config

HIGH: dict[str, Value] = {"learning_rate": 0.5}


def change(step: int, name: str, old: Value, new: Value) -> SettingsChanged:
    """Return a live change."""
    return SettingsChanged(step=step, changes=[SettingChange(name=name, old=old, new=new)])


def high(count: int, first: int = 1) -> list[Event]:
    """Return steps whose learning rate is too high."""
    return reports(count, CHANCE * 2, first=first, learning_rate=0.5)


def test_a_healthy_run_is_left_in_peace() -> None:
    """Nothing is said of a run that learns as it should."""
    assert codes([began({}), *reports(1000, falling)]) == []


def test_many_small_steps_are_left_in_peace() -> None:
    """With small batches at a high rate the weights go on moving, while the loss falls."""
    start = began({"learning_rate": 0.008, "batch_size": 16, "seq_length": 32})
    assert codes([start, *reports(800, falling, learning_rate=0.008, ratio=0.018)]) == []


def test_a_finding_is_said_once_while_it_lasts() -> None:
    """What goes on being wrong is not said again."""
    assert codes([began(HIGH), *high(900)]) == ["learning_rate_too_high"]


def test_a_finding_is_news_again_after_it_was_gone() -> None:
    """What was gone for a while and comes back is said once more."""
    good = reports(400, 2.5, first=101, learning_rate=0.5)
    assert len(codes([began(HIGH), *high(100), *good, *high(200, first=501)])) == 2


def test_a_finding_is_said_again_of_other_settings() -> None:
    """A change of settings begins anew, and needs new evidence; one that means nothing does not."""
    changed = change(100, "learning_rate", 0.5, 0.4)
    said = diagnoses([began(HIGH), *high(100), changed, *high(100, first=101)])
    assert [found.code for found in said] == ["learning_rate_too_high"] * 2
    assert said[1].step - 100 >= 40
    idle = change(100, "eval_every", 0, 10)
    assert len(codes([began(HIGH), *high(100), idle, *high(100, first=101)])) == 1


def test_nothing_is_said_while_the_rate_warms_up() -> None:
    """The first steps of a run are wild; the doctor waits until the rate is at its peak."""
    events = [began({**HIGH, "warmup_steps": 100}), *high(130)]
    assert codes(events) == []
    assert codes([*events, *high(20, first=131)]) == ["learning_rate_too_high"]


def test_a_cause_silences_what_follows_from_it() -> None:
    """Every clipped step of a run whose rate is too high is no second finding."""
    wild = reports(200, CHANCE * 2, clipped=5, max_grad_norm=1e-3, learning_rate=0.5)
    assert codes([began({**HIGH, "max_grad_norm": 1e-3}), *wild]) == ["learning_rate_too_high"]


def test_memory_is_spoken_of_before_the_first_step() -> None:
    """What does not fit is known from the sizes alone."""
    (said,) = diagnoses([began({}, free_bytes=20_000_000, parameters=950_000)])
    assert (said.code, said.step) == ("memory_runs_out", 0)


def test_a_run_of_an_older_version_can_be_read() -> None:
    """Settings that it has not, or that are unknown, do not keep the doctor from looking."""
    start = began(HIGH)
    config = {name: v for name, v in start.config.items() if name != "doctor"}
    older = msgspec.structs.replace(start, config={**config, "gone": 1})
    assert codes([older, *high(100)]) == ["learning_rate_too_high"]


def test_findings_follow_the_event_that_shows_them() -> None:
    """Every event is passed on, and what it shows comes right after it; with `doctor` off, not."""
    told: list[Event] = []
    emit = watched(told.append)
    for event in [began(HIGH), *high(100)]:
        emit(event)
    at = next(n for n, event in enumerate(told) if isinstance(event, Diagnosed))
    shown, said = told[at - 1 : at + 1]
    assert isinstance(shown, StepsDone) and isinstance(said, Diagnosed) and shown.step == said.step
    silent: list[Event] = []
    emit = watched(silent.append)
    events = [began({**HIGH, "doctor": False}), *high(100)]
    for event in events:
        emit(event)
    assert silent == events


def test_a_real_run_is_diagnosed_and_a_replay_says_the_same(tmp_path: Path) -> None:
    """A session keeps its findings in the store, and a doctor who reads it comes to the same."""
    studio = Studio(tmp_path)
    studio.start(
        learning_rate=5.0, schedule="constant", epochs=200, max_steps=120, eval_every=40,
        num_layers=1,
    )  # fmt: skip
    said = studio.of(Diagnosed)
    assert "learning_rate_too_high" in [found.code for found in said]
    events = list(studio.store.events(1))
    assert [event for event in events if isinstance(event, Diagnosed)] == said
    doctor = Doctor()
    assert [found for event in events for found in doctor.take(event)] == said


def test_a_classifier_is_diagnosed_as_well() -> None:
    """The same rules watch a run that classifies texts."""
    config = classifier_config(learning_rate=1e-7, epochs=100, max_steps=80)
    recorder = Recorder()
    recorder.trainer(config, small_labelled(config)).run()
    assert "learning_rate_too_low" in [said.code for said in recorder.of(Diagnosed)]


@pytest.mark.parametrize("doctor", [True, False])
def test_the_doctor_changes_no_number(doctor: bool) -> None:
    """A watched run takes the very steps of one that is not."""
    recorder, plain = Recorder(), Recorder()
    recorder.trainer(small_config(doctor=doctor)).run()
    plain.trainer(small_config(doctor=False)).run()
    assert recorder.losses == plain.losses
