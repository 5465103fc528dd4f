"""Looks inside come seldom, cost little, and change nothing."""

from collections.abc import Sequence
from typing import cast

from core.events import Event, GatesMeasured, GradientsThroughTime, RunEnded, StepsDone
from core.training.probes import LEAST_S, LOOKS_A_RUN, SHARE, Probes
from core.training.task import Task
from training_cases import Recorder, small_config, weights_of


class Clock:
    """Tell a time that the test sets."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


class SlowTask:
    """Take some time for each look."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.seconds = clock, seconds
        self.looks = 0

    def look(self, step: int) -> Sequence[Event]:
        """See one thing."""
        self.looks += 1
        self.clock.now += self.seconds
        return [GatesMeasured(step=step, layers=[])]


def looks_in(total_s: float, look_s: float, trained_s: float = 0.0) -> tuple[int, float]:
    """Return how many looks some time of steps of 10 ms has, and their share of it."""
    clock = Clock()
    task = SlowTask(clock, look_s)
    seen: list[Event] = []
    probes = Probes(seen.append, clock)
    while clock.now < total_s:
        clock.now += 0.01
        if probes.is_due():
            probes.look(cast("Task", task), 1, trained_s + clock.now)
    assert len(seen) == task.looks
    return task.looks, task.looks * look_s / clock.now


def test_looks_take_a_small_share() -> None:
    """However slow a look is, looking takes about 2 % of the time at most."""
    for look_s in (0.001, 0.05, 0.4, 3.0):
        looks, share = looks_in(400.0, look_s)
        assert looks >= 2
        assert share <= SHARE * 1.1 + look_s / 400.0
        assert looks <= 400.0 / LEAST_S


def test_long_runs_are_looked_at_less_often() -> None:
    """Hours into a run a look is due every few hundredths of its length."""
    looks, _ = looks_in(200.0, 0.001, trained_s=50 * LOOKS_A_RUN)
    assert looks <= 200 / 50 + 2


def test_a_run_is_looked_into_unless_asked_not_to() -> None:
    """There is a look in the first second of a run, in the order of steps; `probes` ends it."""
    recorder = Recorder()
    recorder.trainer(small_config()).run()
    steps = [
        event.step
        for event in recorder.events
        if isinstance(event, StepsDone | GradientsThroughTime | GatesMeasured)
    ]
    assert steps == sorted(steps)
    assert recorder.of(GradientsThroughTime)
    assert recorder.of(GatesMeasured)[-1].step == recorder.of(RunEnded)[0].step
    blind = Recorder()
    trainer = blind.trainer(small_config(probes=False))
    trainer.run()
    assert not blind.of(GatesMeasured)
    assert blind.losses == recorder.losses


def test_looking_changes_no_weight() -> None:
    """The same weights come out, looked at or not, with dropout in force."""
    found = set()
    for probes in (True, False):
        recorder = Recorder()
        trainer = recorder.trainer(small_config(probes=probes, dropout=0.3))
        trainer._probes._next = 0.0
        trainer.run()
        found.add(weights_of(trainer))
    assert len(found) == 1
