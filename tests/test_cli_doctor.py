"""`doctor`: findings for people, with a command that runs, and as events for scripts."""

import json
import shlex
from pathlib import Path

import pytest

from cli_cases import Shell
from core.config import config_values, make_config
from core.events import decode_event
from core.settings import Value
from tui.fixes import fix_command, options_text
from workspace.records import Run

SLOW = ("--learning_rate", "1e-7", "--epochs", "100", "--max_steps", "80")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path, capsys)


def run_with(status: str = "max_steps", **settings: Value) -> Run:
    """Return a run's row."""
    return Run(
        run=3, name="n", status=status, step=9, best_val_loss=None, created="",
        config=config_values(make_config(settings)), corpus_name="", parameters=None,
        elapsed_s=0.0, last_loss=None, pid=None, host=None, pinned=False,
    )  # fmt: skip


def test_a_finding_comes_with_a_command_that_mends_it(shell: Shell) -> None:
    """`train` says what is wrong in a line; `doctor` says it again, and its command trains."""
    trained = shell.train(*SLOW)
    (line,) = [line for line in trained.lines if line.startswith("doctor: ")]
    assert "too low" in line and line.endswith("fix: --learning_rate 0.003")
    done = shell.run("doctor")
    assert done.code == 0
    assert any(line.endswith(": learning rate too low") for line in done.lines)
    (fix,) = [line.split("fix: ")[1] for line in done.lines if "fix: " in line]
    words = shlex.split(fix)[1:]
    assert shell.run(*words).code == 0
    config = json.loads(shell.run("runs", "show", "--json").out)["config"]
    before = json.loads(shell.run("runs", "show", "1", "--json").out)["config"]
    changed = {name for name in config if config[name] != before[name]}
    assert changed == {"learning_rate"}


def test_findings_as_events(shell: Shell) -> None:
    """`--json` prints what `train --json` did, an object a line, and nothing where all is well."""
    trained = shell.train(*SLOW, "--json")
    said = [line for line in trained.lines if json.loads(line)["type"] == "Diagnosed"]
    done = shell.run("doctor", "1", "--json")
    assert done.lines == said and decode_event(said[0])
    shell.train("--max_steps", "2")
    assert shell.run("doctor", "--json").out == ""


def test_a_healthy_run_is_said_to_be_one(shell: Shell) -> None:
    """Where nothing is wrong, that is said, with exit code 0; a run that is not is refused."""
    shell.train("--max_steps", "2")
    done = shell.run("doctor")
    assert done.code == 0 and done.lines[-1] == "the doctor sees nothing wrong"
    assert shell.run("doctor", "7").code == 2


def test_prose_fits_the_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are wrapped at the terminal's width; commands stay in one line, to be copied."""
    shell.train(*SLOW)
    monkeypatch.setenv("COLUMNS", "50")
    lines = shell.run("doctor").lines
    assert all(len(line) <= 50 for line in lines[2:] if "fix: " not in line)


def test_the_command_is_the_shortest_that_does_it() -> None:
    """Sampling goes to `generate`, live settings to `resume` while that can be, else to `train`."""

    def command(run: Run, fix: dict[str, Value], can_resume: bool = True) -> str:
        return fix_command(run, fix, preferred={}, can_resume=can_resume, workspace=None)

    assert command(run_with(), {"temperature": 0.8}) == "rnnstudio generate 3 --temperature 0.8"
    live: dict[str, Value] = {"dropout": 0.5}
    assert command(run_with("stopped"), live) == "rnnstudio resume 3 --dropout 0.5"
    new = "rnnstudio train --hidden_size 64 --dropout 0.5"
    assert command(run_with(hidden_size=64), live) == new
    assert command(run_with("diverged", hidden_size=64), live, can_resume=False) == new
    assert command(run_with("stopped"), {"num_layers": 1}) == "rnnstudio train --num_layers 1"


def test_a_fix_of_a_run_of_a_race_changes_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """It had only a share of the threads, which a new run alone need not make do with."""
    monkeypatch.setattr("core.thread_shares.available_threads", lambda: 2)

    def command(parallel: int) -> str:
        run, fix = run_with(threads=1), {"num_layers": 1}
        given: dict[str, Value] = {}
        return fix_command(
            run, fix, preferred=given, can_resume=True, workspace=None, parallel=parallel
        )

    assert command(2) == "rnnstudio train --num_layers 1"
    assert command(1) == "rnnstudio train --threads 1 --num_layers 1"


def test_the_command_survives_the_shell_and_the_users_defaults() -> None:
    """Names with spaces are quoted, switches are spelled as such, and own defaults are undone."""
    assert options_text({"data_file": "/a b", "stateful": False, "probes": True}) == (
        "--data_file '/a b' --no_stateful --probes"
    )
    mine: dict[str, Value] = {"data_file": "/mine.txt", "hidden_size": 64}
    told = fix_command(
        run_with(), {"num_layers": 1}, preferred=mine, can_resume=True, workspace=Path("/w x")
    )
    assert told == (
        "rnnstudio train --corpus python-reference --hidden_size 256 --num_layers 1 "
        "--workspace '/w x'"
    )
