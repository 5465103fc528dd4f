"""The store of experiments: what is planned, what became of it, and what deleting leaves."""

import sqlite3
from pathlib import Path

import pytest

from core.config import make_config
from core.errors import InputError
from experiment_cases import begin_member, measured, planned_experiment, train_member
from store_cases import finished_run, new_store, read_only, saved
from workspace import database
from workspace.database import MIGRATIONS
from workspace.experiments import ExperimentStore
from workspace.requests import MemberKey, ResumeRequest, StartRequest

CELLS = {"model_type": ["rnn", "gru"]}


@pytest.fixture
def store(tmp_path: Path) -> ExperimentStore:
    """Return a store in a workspace that does not exist yet."""
    return ExperimentStore(new_store(tmp_path))


def test_a_plan_is_kept_as_it_was_made(store: ExperimentStore) -> None:
    """What varies, the members' settings and their order come back; nothing has begun."""
    made = planned_experiment(store, CELLS, seeds=2, hidden_size=7)
    found = store.find(made.experiment)
    assert (found, found.varied, found.is_running) == (made, CELLS, False)
    members = store.members(made.experiment)
    assert [member.values["model_type"] for member in members] == ["rnn", "gru"] * 2
    assert [member.seed for member in members] == [0, 0, 1, 1]
    assert {member.config["hidden_size"] for member in members} == {7}
    assert {member.status for member in members} == {"waiting"}
    assert [member.name for member in members][:3] == [
        "cells-rnn-seed0", "cells-gru-seed0", "cells-rnn-seed1"
    ]  # fmt: skip
    assert store.runs.list_runs() == []


def test_experiments_are_found_as_runs_are(store: ExperimentStore) -> None:
    """By number, with `#`, by name, and the newest without either; the nearest name is told."""
    with pytest.raises(InputError, match=r"there is no experiment in .* yet"):
        store.find(None)
    for name in ("cells", "widths"):
        planned_experiment(store, CELLS, name=name)
    found = [store.find(target).name for target in (1, "#2", "cells", None)]
    assert found == ["cells", "widths", "cells", "widths"]
    with pytest.raises(InputError, match="did you mean 'widths'"):
        store.find("width")
    with pytest.raises(InputError, match=r"there is no experiment '\\udcff'"):
        store.find("\udcff")
    with pytest.raises(InputError, match="there is no experiment '9'"):
        store.find("9")
    assert [one.name for one in store.list_experiments()] == ["widths", "cells"]


def test_names_are_checked_or_made_free(store: ExperimentStore) -> None:
    """A name that the user chose is refused where it is taken; one made up gets a number."""
    planned_experiment(store, CELLS)
    with pytest.raises(InputError, match="an experiment is already called 'cells'"):
        planned_experiment(store, CELLS)
    with pytest.raises(InputError, match="an experiment's name must not be a number"):
        store.check_name("7")
    again = store.create("cells", [], varied=CELLS, by="steps", parallel=1, is_named=False)
    assert again.name == "cells-2"


def test_a_members_run_is_its_own(store: ExperimentStore) -> None:
    """A run is tied to its member when it begins, once; a taken name gets a number."""
    finished_run(store.runs, "cells-rnn")
    number = planned_experiment(store, CELLS).experiment
    run = begin_member(store, number, 1)
    state = store.member(number, 1)
    assert state.run is not None
    assert (state.run.run, state.run.name, state.status) == (run, "cells-rnn-2", "running")
    before = len(store.runs.list_runs())
    for key in (MemberKey(number, 1), MemberKey(number, 9), MemberKey(9, 1)):
        with pytest.raises(InputError, match="is being trained already"):
            store.runs.create_run("x", make_config(), key)
    assert len(store.runs.list_runs()) == before


def test_what_is_left_to_do_is_known(store: ExperimentStore) -> None:
    """Ends by plan and divergence are over; a stop, a signal and a failure are not."""
    reasons = ("finished", "max_steps", "max_seconds", "early_stop", "diverged")
    others = ("stopped", "signal", "failed")
    varied = {"hidden_size": list(range(1, 10))}
    number = planned_experiment(store, varied).experiment
    for member, reason in enumerate((*reasons, *others), 1):
        train_member(store, number, member, reason=reason)
    states = store.members(number)
    assert [state.is_over for state in states] == [True] * 5 + [False] * 4


def test_going_on_with_more_at_a_time_shares_the_threads_anew(
    store: ExperimentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has not begun gets its share; what has keeps its own; fewer at a time change nothing."""
    monkeypatch.setattr("core.thread_shares.available_threads", lambda: 8)
    planned = planned_experiment(store, CELLS, seeds=2, threads=0)
    begin_member(store, planned.experiment, 1)
    for parallel, threads in ((1, 0), (2, 4), (4, 2), (2, 2)):
        store.share_threads(store.find(planned.experiment), parallel)
        members = store.members(planned.experiment)
        assert [member.config["threads"] for member in members] == [0, *[threads] * 3]
    assert store.find(planned.experiment).parallel == 4


def test_deleting_a_run_leaves_its_member_to_be_trained(store: ExperimentStore) -> None:
    """The experiment stays whole: the member waits again, and the others keep their runs."""
    number = planned_experiment(store, CELLS).experiment
    first, second = (train_member(store, number, member) for member in (1, 2))
    store.runs.delete(first)
    states = store.members(number)
    assert [(state.status, state.run and state.run.run) for state in states] == [
        ("waiting", None),
        ("max_steps", second),
    ]
    assert isinstance(store.request(number, 1), StartRequest)
    assert train_member(store, number, 1) > second


def test_deleting_an_experiment_leaves_its_runs(store: ExperimentStore) -> None:
    """Only the plan and its lock go, and its number is not given again."""
    number = planned_experiment(store, CELLS).experiment
    train_member(store, number, 1)
    store.lock(number).release()
    store.forget(number)
    assert not store.runs.workspace.experiment_dir(number).exists()
    assert store.list_experiments() == []
    assert [run.name for run in store.runs.list_runs()] == ["cells-rnn"]
    assert planned_experiment(store, CELLS).experiment == number + 1


def test_what_a_member_needs_next(store: ExperimentStore) -> None:
    """It begins, goes on from a checkpoint, or begins again where there is none to go on from."""
    number = planned_experiment(store, CELLS, hidden_size=7).experiment
    request = store.request(number, 1)
    assert isinstance(request, StartRequest)
    assert (request.member, request.name) == (MemberKey(number, 1), "cells-rnn")
    assert (request.config.hidden_size, request.config.model_type) == (7, "rnn")
    begin_member(store, number, 1)
    with pytest.raises(InputError, match="is being trained by process"):
        store.request(number, 1)
    store.runs.close()
    assert isinstance(store.request(number, 1), StartRequest)
    assert store.runs.list_runs() == []
    path = store.runs.workspace.run_dir(2) / "step.safetensors"
    run = train_member(store, number, 1, *measured(2.0), saved(path, 1), reason="signal")
    assert store.request(number, 1) == ResumeRequest(target=str(run))


def test_one_process_sees_to_an_experiment(store: ExperimentStore) -> None:
    """A second one is refused in one line, and may when the first has let go."""
    number = planned_experiment(store, CELLS).experiment
    lock = store.lock(number)
    assert store.find(number).is_running
    with pytest.raises(InputError, match="is being run by another process"):
        store.lock(number)
    lock.release()
    assert not store.find(number).is_running
    store.lock(number).release()


def test_a_workspace_of_an_older_format_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the tables it has no experiments, but its runs; a plan brings it up to date."""
    at = next(at for at, step in enumerate(MIGRATIONS) if "TABLE experiments" in step[0])
    monkeypatch.setattr(database, "MIGRATIONS", MIGRATIONS[:at])
    monkeypatch.setattr("workspace.runs._enter", None)
    old = new_store(tmp_path)
    finished_run(old, "old")
    old.close()
    monkeypatch.undo()
    store = ExperimentStore(new_store(tmp_path))
    with read_only(tmp_path / "studio"):
        assert store.list_experiments() == []
        assert [run.name for run in store.runs.list_runs()] == ["old"]
    store.runs.close()
    number = planned_experiment(store, CELLS).experiment
    assert train_member(store, number, 1) == 2
    store.runs.close()
    assert {run.name for run in new_store(tmp_path).list_runs()} == {"old", "cells-rnn"}
    with sqlite3.connect(store.runs.workspace.database_path) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    assert version == len(MIGRATIONS)


def test_a_failure_before_the_run_is_kept_until_it_begins(store: ExperimentStore) -> None:
    """A member that could not begin says why, and no longer does once it has."""
    number = planned_experiment(store, CELLS).experiment
    store.note_failure(number, 1, "the text is short")
    state = store.member(number, 1)
    assert (state.status, state.failure, state.is_over) == ("failed", "the text is short", False)
    begin_member(store, number, 1)
    assert store.member(number, 1).failure == ""


def test_hostile_values_make_names_that_are_allowed(store: ExperimentStore) -> None:
    """Paths, control characters and a model's ending become names that a run may have."""
    values = ["/a/b\x1b[2J.txt", "/x/" + "long" * 80, "/m/model.pt", "/a\\b"]
    number = planned_experiment(store, {"val_file": values}, name="files").experiment
    for member in store.members(number):
        store.runs.check_name(member.name)
