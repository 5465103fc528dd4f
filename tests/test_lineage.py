"""The tree of a run's checkpoints, and which of them are sane."""

import math

import pytest

import event_cases
from core.events import (
    CheckpointSaved,
    Diverged,
    Evaluated,
    Event,
    RunStarted,
    SettingChange,
    SettingsChanged,
)
from core.lineage import Lineage


def started(step: int = 0, resumed_from: str = "") -> RunStarted:
    """Return a start, or a resume from a checkpoint."""
    return event_cases.started(start_step=step, resumed_from=resumed_from)


def saved(step: int, train_loss: float | None = 1.5, name: str = "") -> CheckpointSaved:
    """Return the saving of a checkpoint that is called by its step."""
    path = f"/runs/1/{name or step}"
    return CheckpointSaved(
        step=step, path=path, sha256="", size=1, is_best=False, train_loss=train_loss
    )


def measured(step: int, val_loss: float | None) -> Evaluated:
    """Return an evaluation."""
    return event_cases.evaluated(step, val_loss, best=1.5)


def lineage_of(*events: Event) -> Lineage:
    """Fold some events."""
    lineage = Lineage()
    for event in events:
        lineage.take(event)
    return lineage


def ranked(lineage: Lineage, *newest_first: str) -> list[str]:
    """Return names of checkpoints, the one to go on from first."""
    return sorted(newest_first, key=lineage.rank)


def test_a_state_whose_next_step_diverged_is_not_sane() -> None:
    """It would be so again; this is found whether it was saved before or after."""
    broken = Diverged(step=101, what="loss", parameter="", message="")
    after = lineage_of(started(), saved(50), broken, saved(100))
    before = lineage_of(started(), saved(50), saved(100), broken)
    for lineage in (after, before):
        assert [lineage.is_sane("50"), lineage.is_sane("100")] == [True, False]
        assert ranked(lineage, "100", "50") == ["50", "100"]


def test_a_state_that_has_led_on_is_not_spoiled_by_what_was_tried_from_it() -> None:
    """Settings that make its next step diverge are at fault, not the state."""
    broken = Diverged(step=51, what="loss", parameter="", message="")
    assert lineage_of(started(), saved(50), saved(100), started(50), broken).is_sane("50")


@pytest.mark.parametrize(
    ("train_loss", "val_loss", "sane"),
    [
        (1.5, 1.6, True),
        (1.6, None, True),
        (8.0, None, False),
        (8.0, 9.0, False),
        (1.2, 9.0, True),  # it overfits, and is as it was meant to be
        (8.0, 1.6, True),  # a harder part of the text
        (1.5, math.inf, False),
        (None, 9.0, True),  # an old run's, of which too little is known
    ],
)
def test_sane_is_finite_and_not_far_above_the_best(
    train_loss: float | None, val_loss: float | None, sane: bool
) -> None:
    """Validation clears a state, training condemns one, and what is not finite is never sane."""
    events: list[Event] = [started(), measured(50, 1.5), saved(50)]
    if val_loss is not None:
        events.append(measured(100, val_loss if math.isfinite(val_loss) else None))
    lineage = lineage_of(*events, saved(100, train_loss))
    assert lineage.is_sane("100") is sane
    assert ranked(lineage, "100", "50")[0] == ("100" if sane else "50")


def test_nothing_is_sane_that_is_far_worse_than_guessing() -> None:
    """The first checkpoint of a run that was wrecked at once has nothing to be compared with."""
    assert not lineage_of(started(), saved(50, 1e7)).is_sane("50")
    assert lineage_of(started(), saved(1, math.log(65))).is_sane("1")


def test_the_training_loss_is_the_mean_of_the_last_steps() -> None:
    """Twenty of them, of the present branch alone."""
    lineage = lineage_of(started(), event_cases.steps(1, [float(n) for n in range(1, 31)]))
    assert lineage.train_loss == pytest.approx(20.5)
    lineage.take(started(10))
    assert lineage.train_loss is None


def test_more_dropout_makes_no_state_insane() -> None:
    """A training loss under another setting is another quantity, which does not compare."""
    change = SettingsChanged(
        step=60, changes=[SettingChange(name="teacher_forcing_ratio", old=1.0, new=0.2)]
    )
    assert lineage_of(started(), saved(50), change, saved(100, 3.4)).is_sane("100")
    assert not lineage_of(started(), saved(50), saved(100, 3.4)).is_sane("100")


def test_what_was_gone_back_to_comes_before_what_was_left() -> None:
    """The branch in training leads, also where the branch that was left is newer or further."""
    lineage = lineage_of(started(), saved(50), saved(100), saved(150), started(50, "/runs/1/50"))
    assert ranked(lineage, "150", "100", "50") == ["50", "150", "100"]
    lineage.take(saved(60, 9.0))
    assert ranked(lineage, "60", "150", "100", "50") == ["50", "150", "100", "60"]
    lineage.take(started(150, "/runs/1/150"))
    assert [past.name for past in lineage.branch] == ["150", "100", "50"]


def test_a_start_that_names_no_checkpoint_goes_back_along_its_branch() -> None:
    """As a rollback does, and as the events of older versions say."""
    lineage = lineage_of(started(), saved(50), saved(100), started(70))
    assert [past.name for past in lineage.branch] == ["50"]
    lineage.take(started(100))
    assert [past.name for past in lineage.branch] == ["100", "50"]
    lineage.take(started(0))
    assert lineage.branch == []


def test_what_is_not_known_counts_as_good() -> None:
    """Where the events are lost, the rows of the checkpoints still say which is newest."""
    assert Lineage().rank("7") == (False, False)
