"""An experiment on the bench: lanes that follow the store, and commands that run as children."""

import time
from pathlib import Path

import pytest

from core.config import config_values, make_config
from core.events import StepsDone
from experiment_cases import begin_member, measured, planned_experiment, train_member
from store_cases import started, steps_done
from tui.child_program import ChildProgram
from tui.comparison import Comparison
from tui.laboratory import Laboratory
from tui.race import Race
from workspace.experiments import ExperimentStore
from workspace.paths import Workspace
from workspace.runs import RunStore


@pytest.fixture(name="store")
def fixture_store(tmp_path: Path) -> ExperimentStore:
    """Return an empty store."""
    return ExperimentStore(RunStore(Workspace(tmp_path)))


def test_lanes_follow_what_is_stored(store: ExperimentStore) -> None:
    """Only what is new is folded; a lane knows how far it is, and who leads."""
    planned = planned_experiment(store, {"model_type": ["rnn", "lstm"]}, max_steps=9)
    race = Race(store, planned)
    assert race.refresh()
    assert [(lane.label, lane.run, lane.share_done) for lane in race.lanes] == [
        ("rnn", None, 0.0),
        ("lstm", None, 0.0),
    ]
    assert race.leader is None
    train_member(store, 1, 1, *measured(2.5, 2.0))
    run = begin_member(store, 1, 2)
    for event in (started(), *measured(2.2)):
        store.runs.record(run, event)
    assert race.refresh()
    first, second = race.lanes
    assert race.leader is first
    assert (first.history.best_val_loss, first.is_read) == (2.0, True)
    assert (second.history.step, second.member.status) == (1, "running")
    version, rows = race.version, len(second.history.training)
    assert race.refresh()
    assert (race.version, len(second.history.training)) == (version, rows)
    store.runs.record(run, steps_done(2))
    store.runs.release(run)  # as when the process that trains it ends
    assert race.refresh()
    assert (second.history.step, second.history.state) == (2, "ended")
    assert race.can_go_on


def test_a_run_that_begins_anew_gets_a_new_lane(store: ExperimentStore) -> None:
    """What was killed before its first checkpoint leaves nothing of its curve."""
    planned = planned_experiment(store, {"model_type": ["rnn"]}, max_steps=9)
    race = Race(store, planned)
    run = begin_member(store, 1, 1)
    store.runs.record(run, started())
    store.runs.record(run, steps_done(5))
    store.runs.release(run)
    race.refresh()
    assert race.lanes[0].history.step == 5
    store.request(1, 1)
    race.refresh()
    assert race.lanes[0].history.step == 0


def test_seeds_tell_lanes_apart_where_there_are_several(store: ExperimentStore) -> None:
    """The label names the seed only where the values do not tell."""
    race = Race(store, planned_experiment(store, {"dropout": [0.1, 0.3]}, seeds=2))
    race.refresh()
    seed = race.lanes[0].member.seed
    wanted = [f"{rate} s{seed + more}" for more in (0, 1) for rate in (0.1, 0.3)]
    assert [race.label_of(lane) for lane in race.lanes] == wanted


def wait_for(child: ChildProgram) -> list[bytes]:
    """Return all that a child prints."""
    lines, limit = [], time.monotonic() + 60
    while not child.is_over:
        assert time.monotonic() < limit
        lines += child.lines()
        time.sleep(0.02)
    return lines


def test_what_a_child_refuses_is_one_line(tmp_path: Path) -> None:
    """Its last line on standard error is what the screen says."""
    child = ChildProgram(["lr-range", "--hidden_size", "0", "--workspace", str(tmp_path)])
    assert wait_for(child) == []
    assert "hidden_size" in child.refusal
    assert "rnnstudio:" not in child.refusal


def test_a_comparison_leaves_out_what_varies_and_what_is_as_usual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words are those that a user would type for the settings on the screen."""
    asked: list[list[str]] = []
    monkeypatch.setattr("tui.laboratory.ChildProgram", lambda words: asked.append(list(words)))
    laboratory = Laboratory(RunStore(Workspace(tmp_path)))
    config = config_values(
        make_config({"hidden_size": 16, "max_seconds": 5.0, "epochs": 10**6, "save_dir": "x"})
    )
    laboratory.compare(Comparison("hidden-sizes", steps=50, seeds=2, parallel=2), config)
    where = ["--workspace", str(tmp_path)]
    how = ["--max_steps", "50", "--by", "steps", "--seeds", "2", "--parallel", "2"]
    assert asked.pop() == ["experiment", "hidden-sizes", *where, *how]
    laboratory.compare(Comparison("model-types", by="seconds", seconds=2.5), config)
    given = ["--max_seconds", "2.5", "--hidden_size", "16"]
    assert not {"--epochs", "--max_steps"} & set(asked[0])
    assert set(given) <= set(asked[0])
    assert "--save_dir" not in asked[0]


def test_a_comparison_runs_to_its_end(tmp_path: Path) -> None:
    """Real children train all runs; the race on show follows them."""
    text = tmp_path / "text.txt"
    text.write_text("to be or not to be, that is the question.\n" * 40)
    runs = RunStore(Workspace(tmp_path / "home"))
    laboratory = Laboratory(runs)
    small = {"hidden_size": 4, "num_layers": 1, "embedding_dim": 4, "batch_size": 2,
             "seq_length": 8, "threads": 1, "data_file": str(text)}  # fmt: skip
    laboratory.compare(
        Comparison("model-types", steps=4, parallel=3), config_values(make_config(small))
    )
    limit = time.monotonic() + 100
    while laboratory.busy:
        assert time.monotonic() < limit
        _, refusals = laboratory.advance(seen=True)
        assert not refusals
        time.sleep(0.05)
    race = laboratory.race
    assert race is not None
    race.refresh()
    assert [lane.label for lane in race.lanes] == ["rnn", "lstm", "gru"]
    assert [lane.history.step for lane in race.lanes] == [4, 4, 4]
    assert {lane.share_done for lane in race.lanes} == {1.0}
    assert race.leader is not None
    assert next(runs.of_kind(1, StepsDone)).step >= 1
