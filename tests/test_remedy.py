"""The one remedy for a run that has diverged, from the events alone."""

import pytest

import event_cases
from core.config import config_values, make_config
from core.doctor import Doctor, watched
from core.doctor.remedy import Remedy, remedy, smaller_steps
from core.events import Diagnosed, Diverged, Event, RunStarted, SettingChange, SettingsChanged
from core.settings import Value

BEFORE_EDIT = Remedy({"learning_rate": 0.0005}, undoes_edit=True)


def started(step: int = 0, **settings: Value) -> RunStarted:
    """Return a start with a rate of 0.0005, or other settings."""
    config = config_values(make_config({"learning_rate": 0.0005, **settings}))
    return event_cases.started(start_step=step, config=config)


def edit(step: int, **settings: tuple[Value, Value]) -> SettingsChanged:
    """Return an edit: old and new value by name."""
    changes = [SettingChange(name=name, old=a, new=b) for name, (a, b) in settings.items()]
    return SettingsChanged(step=step, changes=changes)


def best(step: int) -> Event:
    """Return an evaluation of the best model so far."""
    return event_cases.evaluated(step, 1.5, best=1.5)


def diverged(step: int) -> Diverged:
    """Return a divergence."""
    return Diverged(step=step, what="loss", parameter="", message="")


TO_ONE = edit(600, learning_rate=(0.0005, 1.0))


def remedy_of(*events: Event) -> Remedy:
    """Return what helps after some events."""
    doctor = Doctor()
    for event in events:
        doctor.take(event)
    return remedy(doctor.observations)


def test_the_edit_that_broke_a_run_is_taken_back() -> None:
    """The rate before it, though half of the broken one, or the usual one, would be another."""
    assert remedy_of(started(), best(491), TO_ONE, diverged(923)) == BEFORE_EDIT


def test_edits_on_top_of_one_another_are_taken_back_together() -> None:
    """Up to the settings with which the best model came about."""
    edits = edit(550, learning_rate=(0.0005, 0.5), dropout=(0.3, 0.0)), TO_ONE
    found = remedy_of(started(), best(491), *edits, diverged(923))
    assert found.values == {"learning_rate": 0.0005, "dropout": 0.3}


def test_the_same_edit_after_going_back_is_taken_back_again() -> None:
    """What was gone back to stays the way out, also where the edit comes with the resume."""
    story = (started(), best(491), TO_ONE, diverged(923))
    again = edit(495, learning_rate=(0.0005, 0.5))
    assert remedy_of(*story, started(491), again, diverged(501)) == BEFORE_EDIT
    assert remedy_of(*story, started(491, learning_rate=0.5), diverged(501)) == BEFORE_EDIT


def test_an_edit_that_was_undone_too_late_is_still_to_blame() -> None:
    """The weights are what it has made of them; the settings before it need no change."""
    undone = edit(620, learning_rate=(1.0, 0.0005))
    assert remedy_of(started(), best(491), TO_ONE, undone, diverged(630)) == BEFORE_EDIT


def test_an_edit_that_led_to_a_better_model_is_not_to_blame() -> None:
    """Then the doctor's remedy holds, and that is no longer the rate before."""
    found = remedy_of(
        started(), best(491), edit(600, learning_rate=(0.0005, 0.003)), best(982), diverged(1200)
    )
    assert found == Remedy({"learning_rate": 0.001}, undoes_edit=False)


def test_the_first_evaluation_of_all_proves_no_edit() -> None:
    """It is the best there is, however bad."""
    assert remedy_of(started(), TO_ONE, best(491), diverged(500)).undoes_edit


def test_a_remedy_never_leads_back_to_what_has_diverged() -> None:
    """A rate that failed is left for a smaller one, step by step."""
    first = (started(learning_rate=1.0), diverged(10))
    assert remedy_of(*first).values == {"learning_rate": 0.002}
    second = (*first, started(learning_rate=0.002), diverged(20))
    assert remedy_of(*second).values == {"learning_rate": 0.0007}
    raised = (*second, started(learning_rate=0.5), diverged(30))
    assert remedy_of(*raised).values == {"learning_rate": 0.0007}


def test_what_only_says_when_to_save_or_stop_is_no_edit() -> None:
    """Neither the plan nor the way to treat a divergence breaks a run."""
    change = edit(600, eval_every=(0, 10), epochs=(20, 30), on_divergence=("stop", "rollback"))
    assert not remedy_of(started(), best(491), change, diverged(923)).undoes_edit


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"learning_rate": 0.0005}, {"learning_rate": 0.0002}),
        ({"learning_rate": 1.0}, {"learning_rate": 0.002}),
        ({"learning_rate": 0.0005, "max_grad_norm": 0.0}, {"max_grad_norm": 1.0}),
        (
            {"learning_rate": 1.0, "max_grad_norm": 0.0},
            {"max_grad_norm": 1.0, "learning_rate": 0.002},
        ),
    ],
)
def test_without_an_edit_steps_become_smaller(
    settings: dict[str, Value], wanted: dict[str, Value]
) -> None:
    """Clipping comes first where there is none; a rate above the usual goes down to it."""
    config = make_config(settings)
    assert smaller_steps(config, config.learning_rate) == wanted


@pytest.mark.parametrize("edited", [True, False])
@pytest.mark.parametrize("clip", [1.0, 0.0])
def test_the_doctor_says_the_same(edited: bool, clip: float) -> None:
    """Each finding of a divergence proposes the remedy, and nothing else."""
    events: list[Event] = []
    doctor = Doctor()
    take = watched(events.append, doctor)
    rate = 0.0005 if edited else 1.0
    take(started(learning_rate=rate, max_grad_norm=clip))
    take(best(491))
    if edited:
        take(TO_ONE)
    take(Diverged(step=923, what="gradient", parameter="", message=""))
    found = [event.fix for event in events if isinstance(event, Diagnosed)]
    assert found
    assert all(fix == remedy(doctor.observations).values for fix in found)
