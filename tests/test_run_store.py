"""What the store promises of runs and events: order, durability, and one trainer a run."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from class_cases import classified
from core.config import make_config
from core.errors import InputError, RunNotFoundError, WorkspaceError
from core.events import (
    Event,
    Noticed,
    Paused,
    Resumed,
    SettingChange,
    SettingsChanged,
    TextSampled,
)
from store_cases import (
    ended,
    evaluated,
    finished_run,
    fragment,
    new_store,
    no_room,
    saved,
    started,
)
from store_cases import steps_done as steps
from workspace.locks import RunLock
from workspace.paths import Workspace
from workspace.runs import RunStore

TRAINER = """
import sys, time
from pathlib import Path
from core.config import make_config
from store_cases import *
store = RunStore(Workspace(Path(sys.argv[1])))
run = store.create_run("other", make_config())
for event in (started("other"), steps_done(1), evaluated(1), steps_done(2)):
    store.record(run.run, event)
print("ready", flush=True)
sys.stdin.read()
"""


def start_trainer(root: Path) -> subprocess.Popen[str]:
    """Start a process that has made a run in the workspace and holds it."""
    here = Path(__file__).parent
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINER, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=here.parent,
        env={"PYTHONPATH": f"{here}:{here.parent}"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    """Numbers count from 1, and a deleted run's number is gone for good."""
    store = new_store(tmp_path)
    assert [finished_run(store), finished_run(store)] == [1, 2]
    store.delete(2)
    assert finished_run(store) == 3
    assert [run.run for run in store.list_runs()] == [3, 1]


def test_names_are_made_up_and_unique(tmp_path: Path) -> None:
    """Without a name a run is called after text and model; a taken name is refused."""
    store = new_store(tmp_path)
    config = make_config({"data_file": "/texts/my [red]novel\x1b.txt", "model_type": "gru"})
    names = [store.create_run(None, config).name for _ in range(3)]
    assert names == ["my [red]novel_-gru", "my [red]novel_-gru-2", "my [red]novel_-gru-3"]
    store.create_run("mine", config)
    with pytest.raises(InputError, match="already called 'mine'"):
        store.create_run("mine", config)
    assert len(store.list_runs()) == 4


def test_a_folder_left_by_a_lost_database_is_not_taken_over(tmp_path: Path) -> None:
    """After an older database was restored, new runs get numbers that no folder has."""
    store = new_store(tmp_path)
    finished_run(store)
    orphan = store.workspace.run_dir(7)
    orphan.mkdir()
    (store.workspace.runs_dir / "notes").mkdir()
    assert (finished_run(store), finished_run(store)) == (8, 9)
    assert not list(orphan.iterdir())


@pytest.mark.parametrize("digits", [18, 30])
def test_a_folder_that_looks_like_a_huge_number_is_none(tmp_path: Path, digits: int) -> None:
    """It ends nothing in a traceback, and gives no run a number that cannot be asked for."""
    store = new_store(tmp_path)
    (store.workspace.runs_dir / ("9" * digits)).mkdir(parents=True)
    run = finished_run(store)
    assert store.find(str(run)).run == run == 1


@pytest.mark.parametrize(
    "name",
    ["", "  ", "12", "#12", "a/b", "..\\b", "a\nb", "\x1b[2J", "x" * 101, "a.pt", "b.safetensors"],
)
def test_a_name_that_could_mean_something_else_is_refused(tmp_path: Path, name: str) -> None:
    """A name is one printable line and cannot be taken for a number or a path."""
    store = new_store(tmp_path)
    with pytest.raises(InputError, match="a run's name must"):
        store.check_name(name)
    with pytest.raises(InputError, match="a run's name must"):
        store.create_run(name, make_config())
    assert store.list_runs() == []


def test_a_run_is_found_by_number_name_or_as_the_newest(tmp_path: Path) -> None:
    """RUN is a number or a name; left out it is the newest; a near miss is suggested."""
    store = new_store(tmp_path)
    with pytest.raises(RunNotFoundError, match=r"there is no run in .* yet"):
        store.find(None)
    first, second = finished_run(store, "shakes-lstm"), finished_run(store, "novel-gru")
    assert store.find(None).run == second
    assert store.find("shakes-lstm").run == store.find("1").run == store.find("#1").run == first
    with pytest.raises(RunNotFoundError, match="no run 'shake-lstm'; did you mean 'shakes-lstm'"):
        store.find("shake-lstm")
    for unknown in ("77", "9" * 40, 77, "\udcff"):
        with pytest.raises(RunNotFoundError, match="`rnnstudio runs` lists them"):
            store.find(unknown)


def test_the_row_of_a_run_follows_its_events(tmp_path: Path) -> None:
    """Status, step, losses and live changes can be listed without reading the events."""
    store = new_store(tmp_path)
    number = store.create_run(None, make_config()).run
    change = SettingChange(name="dropout", old=0.3, new=0.1)
    first: list[Event] = [started(), steps(5), Paused(step=5)]
    for event in first:
        store.record(number, event)
    assert store.find(number).status == "paused"
    later: list[Event] = [
        Resumed(step=5),
        SettingsChanged(step=5, changes=[change]),
        steps(7, None),
        evaluated(7),
    ]
    for event in later:
        store.record(number, event)
    run = store.find(number)
    assert (run.status, run.step, run.last_loss, run.best_val_loss) == ("running", 7, None, 2.0)
    assert (run.config["dropout"], run.parameters, run.elapsed_s) == (0.1, 1234, 0.7)
    assert run.is_live
    store.record(number, ended(7, "early_stop"))
    run = store.find(number)
    assert (run.status, run.elapsed_s, run.is_live) == ("early_stop", 1.5, False)


def test_steps_wait_for_at_most_a_second_or_the_next_other_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports of steps are written together, and before any event that comes after them."""
    now = [100.0]
    monkeypatch.setattr("workspace.recording.time.monotonic", lambda: now[0])
    writer, reader = new_store(tmp_path), new_store(tmp_path)
    number = writer.create_run(None, make_config()).run
    seen: list[int] = []
    for step, when in enumerate((100.0, 100.9, 101.0, 101.1), start=1):
        now[0] = when
        writer.record(number, steps(step))
        seen.append(len(list(reader.events(number))))
    assert seen == [0, 0, 3, 3]
    writer.record(number, evaluated(4))
    assert list(reader.events(number)) == [steps(1), steps(2), steps(3), steps(4), evaluated(4)]


def test_what_is_announced_as_durable_is_synced_first(tmp_path: Path) -> None:
    """Evaluations, checkpoints, changes and the end are committed with `synchronous=FULL`."""
    store = new_store(tmp_path)
    number = store.create_run(None, make_config()).run
    connection = store.database.writer()
    durable = {}
    checkpoint = saved(tmp_path / "c", 1)
    for event in (started(), Noticed(message="n"), evaluated(1), checkpoint, Paused(step=1)):
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        store.record(number, event)
        durable[type(event).__name__] = statements[0] == "PRAGMA synchronous = FULL"
    assert durable == {
        "RunStarted": False,
        "Noticed": False,
        "Evaluated": True,
        "CheckpointSaved": True,
        "Paused": False,
    }


def test_fragments_of_a_sample_become_one_event(tmp_path: Path) -> None:
    """A sample is stored once, whole; samples of console and training do not mix."""
    store = new_store(tmp_path)
    number = store.create_run(None, make_config()).run
    for event in (
        fragment(1, ["a"]),
        fragment(1, ["x"], done=True, origin="training"),
        steps(1),
        fragment(1, ["b", "c"], done=True),
        fragment(2, ["cut"]),
        ended(),
    ):
        store.record(number, event)
    samples = [event for event in store.events(number) if isinstance(event, TextSampled)]
    assert [(sample.tokens, sample.done) for sample in samples] == [
        (["x"], True),
        (["a", "b", "c"], True),
        (["cut"], False),
    ]


def test_answers_to_what_is_typed_are_not_kept(tmp_path: Path) -> None:
    """A classifier's answers in the console leave no row; nothing else is lost by that."""
    store = new_store(tmp_path)
    number = store.create_run(None, make_config()).run
    for event in (steps(1), classified(1), ended()):
        store.record(number, event)
    assert list(store.events(number)) == [steps(1), ended()]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.integers(1, 99).map(steps),
            st.text(st.characters(codec="utf-8"), max_size=9).map(lambda t: Noticed(message=t)),
            st.integers(1, 99).map(evaluated),
            st.text(st.characters(codec="utf-8"), max_size=5).map(
                lambda t: fragment(3, [t], done=True)
            ),
        ),
        max_size=30,
    )
)
def test_a_finished_run_replays_as_it_was(events: list[Event]) -> None:
    """Every event comes back equal and in order, whatever was batched in between."""
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder))
        number = finished_run(store, events=tuple(events))
        other = finished_run(store)
        store.close()
        reader = new_store(Path(folder))
        assert list(reader.events(number)) == [started(), *events, ended()]
        assert list(reader.events(other)) == [started(), ended()]
        reader.close()


def test_more_events_than_a_page_come_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading page by page loses and repeats nothing."""
    monkeypatch.setattr("workspace.runs.PAGE", 4)
    store = new_store(tmp_path)
    number = finished_run(store, events=tuple(steps(n) for n in range(1, 11)))
    found = list(store.events(number))
    assert found == [started(), *(steps(n) for n in range(1, 11)), ended()]


def test_a_reader_in_another_process_sees_a_live_run(tmp_path: Path) -> None:
    """While one process trains, another lists the run, reads its events, and cannot take it."""
    trainer = start_trainer(tmp_path / "studio")
    try:
        store = new_store(tmp_path)
        (run,) = store.list_runs()
        assert (run.name, run.status, run.step, run.pid) == ("other", "running", 1, trainer.pid)
        assert list(store.events(1)) == [started("other"), steps(1), evaluated(1)]
        for refused in (store.claim, store.delete):
            with pytest.raises(
                InputError, match=f"run 1 is being trained by process {trainer.pid} on "
            ):
                refused(1)
        assert store.create_run("mine", make_config()).run == 2
        store.close()
    finally:
        trainer.kill()
        trainer.communicate()


def test_a_killed_trainer_leaves_an_interrupted_run_that_can_go_on(tmp_path: Path) -> None:
    """After kill -9 the run counts as interrupted, its evaluation is there, its lock is free."""
    trainer = start_trainer(tmp_path / "studio")
    trainer.kill()
    trainer.communicate()
    store = new_store(tmp_path)
    assert store.find(1).status == "interrupted"
    assert list(store.events(1)) == [started("other"), steps(1), evaluated(1)]
    assert store.claim(1).status == "running"
    with pytest.raises(InputError, match="run 1 is being trained by process"):
        new_store(tmp_path).claim(1)
    store.release(1)
    store.delete(1)
    assert store.list_runs() == []
    assert not store.workspace.run_dir(1).exists()


def test_rename_and_pin_are_kept(tmp_path: Path) -> None:
    """A run can be renamed, to a free name only, and pinned."""
    store = new_store(tmp_path)
    first, second = finished_run(store, "one"), finished_run(store, "two")
    store.annotate(first, name="uno")
    store.annotate(first, name="uno")
    with pytest.raises(InputError, match="already called 'two'"):
        store.annotate(first, name="two")
    store.set_pinned(second, True)
    assert [(run.name, run.pinned) for run in store.list_runs()] == [("two", True), ("uno", False)]


def test_notes_and_tags_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    """What is said of a run is kept; where a part is refused nothing of it is."""
    store = new_store(tmp_path)
    run = finished_run(store, "one")
    store.annotate(run, notes="  wide, for a start ", tags=" gru,, keep , gru")
    assert (store.find(run).notes, store.find(run).tags) == ("wide, for a start", ("gru", "keep"))
    for refused in ({"tags": "x" * 41}, {"notes": "x" * 2001}, {"tags": "a\x1bb"}, {"name": "7"}):
        with pytest.raises(InputError):
            store.annotate(run, **({"name": "other", "notes": "n", "tags": "t"} | refused))
    assert (store.find(run).name, store.find(run).tags) == ("one", ("gru", "keep"))
    store.annotate(run, tags="")
    assert store.find(run).tags == ()
    assert store.find(run).notes == "wide, for a start"


def test_deleting_a_run_leaves_what_its_folder_leads_to(tmp_path: Path) -> None:
    """Where the folder is a link, the link goes alone, and nothing is written behind it."""
    store = new_store(tmp_path)
    run = finished_run(store)
    folder, elsewhere = store.workspace.run_dir(run), tmp_path / "elsewhere"
    shutil.rmtree(folder)
    elsewhere.mkdir()
    (elsewhere / "thesis.txt").write_text("not ours")
    folder.symlink_to(elsewhere)
    store.delete(run)
    assert [path.name for path in elsewhere.iterdir()] == ["thesis.txt"]
    assert not folder.is_symlink()
    assert store.list_runs() == []


def test_a_full_disk_can_be_looked_at_and_emptied(tmp_path: Path) -> None:
    """Runs are read where no file can grow; a deleted run's files go before its row is changed."""
    store = new_store(tmp_path)
    run = finished_run(store)
    file = store.workspace.run_dir(run) / "checkpoint-00000001-abcdef01.safetensors"
    file.write_text("x")
    store.close()
    there: list[bool] = []

    def look(statement: str) -> None:
        if statement.startswith("DELETE FROM runs"):
            there.append(file.exists())

    with no_room():
        reader, second = RunStore(store.workspace), RunStore(store.workspace)
        assert reader.find(run).step == 9
        assert [found.run for found in second.list_runs()] == [run]
        RunLock(store.workspace.run_dir(run)).release()
        with pytest.raises(WorkspaceError):
            reader.create_run(None, make_config())
        assert [path.name for path in store.workspace.runs_dir.iterdir()] == [str(run)]
        reader.close()
    store.database.writer().set_trace_callback(look)
    store.delete(run)
    assert set(there) == {False}
    assert not file.parent.exists()


def test_a_run_is_kept_where_the_database_cannot_be_shared(tmp_path: Path) -> None:
    """Its trainer has it alone then; nobody else keeps it from others for longer than a look."""
    store = new_store(tmp_path)
    first = finished_run(store)
    store.close()
    os.mkfifo(store.workspace.root / "rnnstudio.db-shm")
    screen = RunStore(store.workspace)
    screen.annotate(first, name="renamed")
    second = finished_run(store)
    store.close()
    assert [(run.run, run.status) for run in screen.list_runs()] == [
        (second, "finished"),
        (first, "finished"),
    ]


def test_a_workspace_can_be_moved(tmp_path: Path) -> None:
    """Checkpoints are found again after the folder was moved, and stay absolute."""
    store = new_store(tmp_path)
    path = store.workspace.run_dir(1) / "checkpoint-00000009-abcd.safetensors"
    number = finished_run(store, events=(saved(path, 9, is_best=True),))
    assert store.checkpoints(number)[0].path == path
    store.close()
    moved = (tmp_path / "studio").rename(tmp_path / "elsewhere")
    (found,) = RunStore(Workspace(moved)).checkpoints(number)
    assert found.path == moved / "runs" / "1" / path.name
    assert (found.step, found.is_best) == (9, True)


def test_the_best_of_a_run_is_that_on_the_way_to_where_it_goes_on(tmp_path: Path) -> None:
    """What a branch that was left has reached does not stand in the list of runs."""
    with closing(new_store(tmp_path)) as store:
        run = store.create_run(None, make_config()).run
        for event in (started(), evaluated(10, 2.505), evaluated(20, 2.424)):
            store.record(run, event)
        assert store.find(str(run)).best_val_loss == 2.424
        store.record(run, msgspec.structs.replace(started(), start_step=15, best_val_loss=2.505))
        assert store.find(str(run)).best_val_loss == 2.505
