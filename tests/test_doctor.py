"""The doctor at work: what it says when, what it says once, and that a replay says the same."""

from pathlib import Path

import msgspec
import pytest

from core.doctor import Doctor, watched
from core.events import Diagnosed, DiagnosisEnded, Event, SettingChange, SettingsChanged, StepsDone
from core.settings import Value
from diagnosis_cases import CHANCE, began, codes, diagnoses, falling, reports, sayings, standing
from event_cases import GROUPS
from labelled_cases import classifier_config, small_labelled
from session_cases import Studio
from training_cases import Recorder, small_config
from tui.history import History
from tui.panels.gradient_view import norm_readings

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


def test_a_diagnosis_ends_when_its_fault_is_gone() -> None:
    """It stands while the fault lasts, is taken back when it is over, and at once by an edit."""
    start = [began(HIGH), *high(100)]
    good = reports(400, 2.5, first=101, learning_rate=0.5)
    assert standing([*start, *good[:20]]) == ["learning_rate_too_high"]
    assert standing([*start, *good]) == []
    ended = sayings([*start, change(100, "learning_rate", 0.5, 0.002)])[-1]
    assert ended == DiagnosisEnded(step=100, code="learning_rate_too_high")
    idle = change(100, "eval_every", 0, 10)
    assert standing([*start, idle]) == ["learning_rate_too_high"]


def test_an_edit_does_not_end_what_it_does_not_touch() -> None:
    """Too little data stays too little, whatever the learning rate."""
    start = began({}, train_tokens=3000, parameters=1_000_000)
    edited = [start, *reports(50), change(50, "learning_rate", 0.001, 0.002)]
    assert standing(edited) == ["too_little_data"]


def test_a_cause_found_late_takes_the_place_of_its_symptom() -> None:
    """Of what explains each other one diagnosis stands at a time, whichever is seen first."""
    clipped = reports(60, 2.5, clipped=5, max_grad_norm=1e-3, learning_rate=0.5)
    first = [began({**HIGH, "max_grad_norm": 1e-3}), *clipped]
    assert standing(first) == ["clipping_every_step"]
    wild = reports(100, CHANCE * 2, first=61, clipped=5, max_grad_norm=1e-3, learning_rate=0.5)
    assert standing([*first, *wild]) == ["learning_rate_too_high"]


def wrecked(rate: float, **changes: object) -> list[Event]:
    """Return a run whose weights were spoiled by a rate of 1 before the rate became another."""
    parts = dict.fromkeys(GROUPS, 1e6)
    spoiled = reports(60, 9.0, learning_rate=1.0, grad_norm=2e6, grad_norms=parts)
    after = reports(
        100, 9.0, first=61, learning_rate=rate, ratio=1e-5, grad_norm=2e6, grad_norms=parts,
        **changes,
    )  # fmt: skip
    return [began({"learning_rate": 1.0}), *spoiled, change(60, "learning_rate", 1.0, rate), *after]


def test_the_rate_is_not_too_high_and_too_low_at_once() -> None:
    """A sane rate on weights that another has spoiled is blamed for nothing: the weights are."""
    events = wrecked(0.0005)
    said = [found.code for found in diagnoses(events) if found.step > 60]
    assert said[-1] == "spoiled_weights"
    assert not {"learning_rate_too_low", "learning_rate_too_high"} & set(said)
    assert standing(events) == ["spoiled_weights"]
    back = [*events, began({"learning_rate": 0.0005}, start_step=20)]
    assert standing([*back, *reports(100, 2.5, first=21)]) == []


def undone(name: str, old: Value, new: Value) -> list[Event]:
    """Return a run whose loss is far above what it was when a setting changes."""
    learned = reports(200, 2.0, learning_rate=0.001)
    worse = reports(100, 3.8, first=201, learning_rate=0.001, ratio=1e-4)
    return [began({"learning_rate": 0.001}), *learned, change(200, name, old, new), *worse]


def test_a_rate_is_not_too_low_where_another_has_undone_what_was_learned() -> None:
    """Small updates and a high loss are no sign of a rate where the loss has been far lower."""
    assert standing(undone("learning_rate", 1.0, 0.001)) == ["spoiled_weights"]
    resumed = began({"learning_rate": 0.001}, start_step=200, best_val_loss=2.0)
    again = [resumed, *reports(100, 3.8, first=201, learning_rate=0.001, ratio=1e-4)]
    assert standing(again) == ["spoiled_weights"]
    recovered = reports(300, 2.2, first=301, learning_rate=0.001)
    assert standing([*again, *recovered]) == []


def test_a_loss_that_is_counted_otherwise_spoils_no_weights() -> None:
    """Fed its own mistakes, a model has another loss; that says nothing of its weights."""
    assert "spoiled_weights" not in codes(undone("teacher_forcing_ratio", 1.0, 0.5))


def test_a_rate_that_is_still_too_high_is_said_to_be() -> None:
    """Going back would not help at a rate that spoils the weights again."""
    assert standing(wrecked(0.3)) == ["learning_rate_too_high"]


@pytest.mark.parametrize(("rate", "limit"), [(0.5, 1.0), (0.001, 1.0), (0.5, 0.0), (0.001, 0.0)])
def test_the_meters_do_not_know_more_than_the_doctor(rate: float, limit: float) -> None:
    """Where a meter reads `explodes` a finding stands, after any report."""
    doctor, history = Doctor(), History()
    start = began({"learning_rate": rate, "max_grad_norm": limit})
    parts = dict.fromkeys(GROUPS, 5e5)
    events = reports(30, 2.5, max_grad_norm=limit) + reports(
        30, 2.5, first=31, max_grad_norm=limit, grad_norm=1e6, grad_norms=parts
    )
    alarms = 0
    for event in [start, *events, change(60, "dropout", 0.1, 0.2)]:
        for told in (event, *doctor.take(event)):
            history.fold(told)
        exploding = any(reading.word == "explodes" for reading in norm_readings(history))
        alarms += exploding
        assert not exploding or history.findings.standing
    assert alarms
    assert not history.findings.standing


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
    said = [event for event in studio.events if isinstance(event, Diagnosed | DiagnosisEnded)]
    assert "learning_rate_too_high" in [found.code for found in said]
    events = list(studio.store.events(1))
    assert [event for event in events if isinstance(event, Diagnosed | DiagnosisEnded)] == said
    assert sayings(events) == said


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
