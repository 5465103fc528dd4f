"""Where an experiment stands on a terminal: what is done, what trains, and nothing hostile."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from cli_cases import CONTROLS
from experiment_cases import begin_member, measured, planned_experiment, train_member
from store_cases import new_store, started
from tui.cli.experiment_display import moving_part
from workspace.experiments import ExperimentStore


@pytest.fixture
def store(tmp_path: Path) -> ExperimentStore:
    """Return a store with an experiment, one of whose runs is over and one trains."""
    store = ExperimentStore(new_store(tmp_path))
    varied = {"val_file": ["/a/\x1b[2Jb.txt", "/c.txt", "/d.txt"]}
    planned_experiment(store, varied, max_steps=4)
    train_member(store, 1, 2, *measured(2.0))
    run = begin_member(store, 1, 1)
    for event in (started(), *measured(2.5)):
        store.runs.record(run, event)
    return store


def drawn(store: ExperimentStore, width: int, *, stopping: bool = False) -> list[str]:
    """Return the lines of the moving part."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    console.print(moving_part(store.members(1), stopping=stopping))
    return out.getvalue().splitlines()


def test_what_is_done_and_what_trains_is_told(store: ExperimentStore) -> None:
    """A line for the whole, and one for each run that trains, which fit the terminal."""
    head, line = drawn(store, 80)
    assert head.startswith("training: 1 of 3 runs done")
    assert "step 1" in line
    assert line.endswith("loss 2.5000  best 2.5000")
    assert not CONTROLS & set(head + line)
    assert all(len(line) <= 40 for line in drawn(store, 40))
    assert drawn(store, 80, stopping=True)[0].startswith("stopping: saving")


def test_the_share_is_of_the_budget(store: ExperimentStore) -> None:
    """Of the steps, or of the seconds; a run that waits has none of it behind it."""
    assert [member.share_done for member in store.members(1)] == [0.25, 1.0, 0.0]
    planned_experiment(store, {"dropout": [0.1]}, name="timed", max_seconds=4.0)
    run = begin_member(store, 2, 1)
    for event in (started(), *measured(2.5)):
        store.runs.record(run, event)
    assert store.member(2, 1).share_done == 0.25
