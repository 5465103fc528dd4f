"""`rnnstudio experiment` as a user types it: tables, JSON, kills, signals and refusals."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli_cases import SMALL_MODEL, Shell, is_one_line, options_of
from core.events import StepsDone
from core.settings import Value
from experiment_cases import measured, planned_experiment, train_member
from training_cases import SMALL
from tui.child_program import PROGRAM
from workspace.experiments import ExperimentStore
from workspace.paths import Workspace
from workspace.records import Run
from workspace.runs import RunStore

ENDLESS = options_of({name: value for name, value in SMALL.items() if name != "epochs"})
TINY = options_of({"num_layers": 1, "embedding_dim": 4, "batch_size": 4, "seq_length": 8})

WRONG = {
    "nothing varied": ("", "needs --vary NAME=V1,V2, or one of model-types"),
    "unknown setting": ("--vary hiden_size=3", "did you mean hidden_size?"),
    "bad value": ("--vary hidden_size=3,x", "between 1 and 8192, got 'x'"),
    "value twice": ("--vary hidden_size=3,3", "is given 3 twice"),
    "setting twice": ("--vary dropout=0 --vary dropout=0.1", "is varied twice"),
    "no value": ("--vary hidden_size=", "needs a value"),
    "other task": ("--vary pooling=max,mean", "means nothing to a language model"),
    "other task by name": ("sequence-lengths --task classify", "means nothing to a classifier"),
    "varied and given": ("model-types --model_type rnn", "both varied and given"),
    "options first": ("--hidden_size 3 model-types", "stands before model-types"),
    "no seeds": ("model-types --seeds 0", "--seeds must be a whole number between 1"),
    "no room": ("model-types --parallel 1000", "--parallel must be a whole number between 1"),
    "unknown budget": ("model-types --by stepz", "--by must be one of steps, seconds"),
    "unequal budget": ("model-types --by seconds --max_steps 3", "does not go with --by seconds"),
    "width is chosen": ("hidden-sizes --by parameters", "hidden_size is chosen"),
    "no loss": ("model-types --to_loss nan", "--to_loss must be a number above 0"),
    "no file": ("model-types --data_file nope", "nope does not exist"),
    "short for one": ("sequence-lengths --data_file short.txt", "seq_length 128 needs at least"),
    "no corpus": ("--vary corpus=python-reference,braket", "did you mean brackets?"),
    "one folder for all": ("model-types --save_dir x", "runs export"),
    "number as name": ("model-types --name 7", "must not be a number"),
    "too many": ("--vary hidden_size=1,2 --seeds 600", "at most 1000"),
    "misspelt": ("modl-types", "did you mean model-types?"),
    "none to show": ("show 7", "`rnnstudio experiment model-types` makes one"),
    "none to resume": ("resume", "there is no experiment"),
    "no member": ("member 1 x", "whole numbers, got 'x'"),
}
"""Command lines after `rnnstudio experiment` that are wrong, and what their message must hold."""


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in a folder with a small text."""
    return Shell(tmp_path, capsys)


def store_of(shell: Shell) -> ExperimentStore:
    """Return a fresh store over the shell's workspace."""
    return ExperimentStore(RunStore(Workspace(shell.workspace)))


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_leaves_no_trace(
    shell: Shell, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the value or the way out, the code is 2, the folder is as before."""
    monkeypatch.chdir(shell.root)
    Path("short.txt").write_text("to be or not to be\n" * 6)
    line, expected = WRONG[case]
    before = sorted(shell.root.rglob("*"))
    done = shell.run("experiment", *line.split())
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert expected in done.err
    assert sorted(shell.root.rglob("*")) == before


def test_equal_parameters_from_the_first_run_to_the_table(shell: Shell) -> None:
    """Each model gets its width, the real counts are near, and the table and the JSON are whole."""
    words = [*TINY, "--hidden_size", "24", "--max_steps", "20", "--data_file", str(shell.text)]
    done = shell.run(
        "experiment", "model-types", *words, "--by", "parameters", "--parallel", "3", "--json"
    )
    assert (done.code, done.err) == (0, "")
    kinds = [found["type"] for found in done.objects]
    assert kinds == [
        "ExperimentStarted",
        "MemberEnded",
        "MemberEnded",
        "MemberEnded",
        "ExperimentEnded",
    ]
    assert all(line.startswith('{"type":') for line in done.lines)
    last = done.objects[-1]
    assert last["reason"] == "finished"
    rows = last["table"]
    assert isinstance(rows, list)
    counts = {row["values"]["model_type"]: row["parameters"] for row in rows}
    assert all(abs(count / counts["lstm"] - 1) < 0.03 for count in counts.values())
    widths = {row["values"]["model_type"]: row["hidden_size"] for row in rows}
    assert widths["rnn"] > widths["gru"] > widths["lstm"] == 24
    assert last["to_loss"] == max(row["val_loss"]["mean"] for row in rows)
    runs = {run.name: run for run in store_of(shell).runs.list_runs()}
    assert set(runs) == {"model-types-rnn", "model-types-lstm", "model-types-gru"}
    assert {run.status for run in runs.values()} == {"max_steps"}
    shown = shell.run("experiment", "show", "--json")
    assert json.loads(shown.out)["table"] == rows
    told = shell.run("experiment", "show", "model-types").lines
    assert told[1].startswith("hidden_size for equal numbers of parameters: model_type rnn: ")
    assert told[3].split()[:4] == ["model_type", "hidden_size", "runs", "val"]
    again = shell.run("experiment", "resume")
    assert again.code == 0
    assert not any(line.startswith("run ") for line in again.lines)
    assert shell.run("experiment", "list").lines[1].split()[:2] == ["1", "model-types"]


def test_a_run_that_cannot_begin_stops_no_other(shell: Shell) -> None:
    """It is told in a line and in the table; the code is 1, and going on is offered."""
    # A look at a part of it does not tell that such a text has too few words.
    text = shell.root / "long words.txt"
    text.write_text(("x" * 1000 + " ") * 8)
    words = [*TINY[:-1], "20", "--hidden_size", "4", "--max_steps", "5", "--data_file", str(text)]
    done = shell.run("experiment", "--vary", "vocab_type=char,word", *words, "--parallel", "2")
    assert (done.code, done.err) == (1, "")
    (refused,) = [line for line in done.lines if line.startswith("vocab_type word: failed: ")]
    assert "needs at least 21" in refused
    table = {
        line.split()[0]: line for line in done.lines if line.split()[:1] in (["char"], ["word"])
    }
    assert "1/1" in table["char"]
    assert "0/1, 1 failed" in table["word"]
    assert done.lines[-1].startswith("1 of 2 runs to go; resume with: ")


def test_an_experiment_that_cannot_begin_is_refused_as_a_whole(shell: Shell) -> None:
    """One line says why, and no plan is left behind."""
    words = [*SMALL_MODEL, "--seq_length", "4000", "--data_file", str(shell.text)]
    done = shell.run("experiment", "dropout", *words)
    assert done.code == 2
    assert is_one_line(done.err)
    assert "seq_length 4000" in done.err
    assert shell.run("experiment", "list").lines[0].startswith("no experiments yet")


@contextmanager
def started(shell: Shell, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """Start an experiment in a process that is gone at the end; so are its children."""
    command = [sys.executable, str(PROGRAM), "experiment", *ENDLESS, *words]
    place = ["--data_file", str(shell.text), "--workspace", str(shell.workspace)]
    process = subprocess.Popen(
        [*command, "--sample_length", "0", *place],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def runs_of(shell: Shell) -> list[Run]:
    """Return the runs in the workspace, oldest first."""
    return RunStore(Workspace(shell.workspace)).list_runs()[::-1]


def have_checkpoints(shell: Shell, count: int) -> bool:
    """Tell whether so many runs have something to go on from."""
    store = RunStore(Workspace(shell.workspace))
    return sum(bool(store.checkpoints(run.run)) for run in store.list_runs()) >= count


def losses_of(store: RunStore, run: int) -> dict[int, float | None]:
    """Return a run's loss by step; of a step that was taken twice, the second one's."""
    found: dict[int, float | None] = {}
    for event in store.of_kind(run, StepsDone):
        found.update(zip(range(event.first_step, event.step + 1), event.losses, strict=True))
    return found


def is_alive(pid: int | None) -> bool:
    """Tell whether a process is there."""
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


THREE = ("--vary", "model_type=rnn,gru,lstm")
VARIED = ("--vary", "model_type=rnn,gru", "--max_steps", "250", "--eval_every", "25")


def test_a_killed_experiment_goes_on_to_the_same_numbers(shell: Shell) -> None:
    """Killed with its child in the middle, it ends bit for bit as one that was not."""
    with started(shell, *VARIED) as process:
        until(lambda: have_checkpoints(shell, 1))
        for pid in [process.pid, *(run.pid for run in runs_of(shell))]:
            os.kill(pid or 0, signal.SIGKILL)
    until(lambda: all(run.status == "interrupted" for run in runs_of(shell)))
    assert all(0 < run.step < 250 for run in runs_of(shell))
    shown = shell.run("experiment", "show")
    assert "2 of 2 runs to go; resume with: rnnstudio experiment resume 1" in shown.out
    done = shell.run("experiment", "resume")
    assert (done.code, done.err) == (0, "")
    store = RunStore(Workspace(shell.workspace))
    for cell in ("rnn", "gru"):
        whole = ["--max_steps", "250", "--epochs", "250", "--eval_every", "25"]
        whole += ["--sample_length", "0"]
        assert shell.train("--model_type", cell, *whole, "--name", f"whole-{cell}").code == 0
        resumed, alone = store.find(f"model_type-{cell}"), store.find(f"whole-{cell}")
        assert losses_of(store, resumed.run) == losses_of(store, alone.run)
        assert len(losses_of(store, alone.run)) == 250
        assert resumed.best_val_loss == alone.best_val_loss


def test_a_signal_saves_all_members_and_leaves_no_process(shell: Shell) -> None:
    """Every run is saved, every child is gone, the code and the last line say how it ended."""
    with started(shell, *THREE, "--max_steps", "1000000", "--parallel", "2") as process:
        until(lambda: len([run for run in runs_of(shell) if run.step]) == 2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (143, "")
    found = runs_of(shell)
    assert [run.status for run in found] == ["signal"] * 2
    assert not any(is_alive(run.pid) for run in found)
    assert have_checkpoints(shell, 2)
    assert "3 of 3 runs to go; resume with: rnnstudio experiment resume 1 --workspace" in out


def test_children_end_with_a_parent_that_was_killed(shell: Shell) -> None:
    """Nothing trains on unseen: each child saves and ends by itself."""
    with started(shell, *VARIED, "--max_steps", "1000000", "--parallel", "2"):
        until(lambda: len([run for run in runs_of(shell) if run.step]) == 2)
    until(lambda: not any(is_alive(run.pid) for run in runs_of(shell)))
    assert [run.status for run in runs_of(shell)] == ["signal"] * 2
    assert have_checkpoints(shell, 2)


def test_the_table_says_what_is_and_what_is_not_known(shell: Shell) -> None:
    """Means with their spread, a dash for what no run has, and the state of what is unfinished."""
    store = store_of(shell)
    varied: dict[str, list[Value]] = {"model_type": ["rnn", "gru"], "hidden_size": [7]}
    planned_experiment(store, varied, seeds=2)
    train_member(store, 1, 1, *measured(2.0))
    train_member(store, 1, 3, *measured(3.0))
    train_member(store, 1, 2, reason="diverged")
    store.runs.close()
    lines = shell.run("experiment", "show").lines
    assert lines[0] == (
        "experiment 1 cells: model_type rnn, gru; hidden_size 7; 2 seeds; 4 runs, 20 epochs each"
    )
    assert lines[2].split("  ")[0].strip() == "model_type"
    assert "2.5000 ± 0.7071" in lines[3]
    assert "13.74 ± 8.98" in lines[3]
    assert "0/2, 1 diverged" in lines[4]
    assert lines[4].count("–") >= 4
    assert "1 of 4 runs to go" in lines[-1]
    assert "1.0 ± 0.0 s" in lines[3]
    missed = shell.run("experiment", "show", "--to_loss", "2.5").lines
    assert "to 2.5000" in missed[2]
    assert " s " not in missed[3]
    listed = json.loads(shell.run("experiment", "list", "--json").out)
    assert [one["name"] for one in listed] == ["cells"]
    assert [run["status"] for run in listed[0]["runs"]] == [
        "max_steps", "diverged", "max_steps", "waiting"
    ]  # fmt: skip


def test_deleting_a_plan_leaves_the_runs(shell: Shell) -> None:
    """The runs are listed on, and the experiment is gone."""
    store = store_of(shell)
    planned_experiment(store, {"model_type": ["rnn"]})
    train_member(store, 1, 1, *measured(2.0))
    store.runs.close()
    assert shell.run("experiment", "delete", "cells").out.startswith("deleted experiment 1 cells")
    assert shell.run("experiment", "show").code == 2
    assert [run.name for run in runs_of(shell)] == ["cells-rnn"]
