"""`train` and `resume` without the dashboard: what they print, keep and return."""

import json
import os
import signal
from pathlib import Path

import pytest

from cli_cases import Shell, is_one_line
from core.control import Control
from core.events import (
    CheckpointSaved,
    Event,
    RunEnded,
    RunFailed,
    StepsDone,
    decode_event,
    encode_event,
)
from event_cases import ended
from tui.cli import output, signals, steady_output
from tui.cli.output import OutputError, ReaderGone
from workspace import session


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path, capsys)


def test_a_log_says_how_it_went_and_how_to_go_on(shell: Shell) -> None:
    """Into a pipe go plain lines, without an escape; the last ones name the command to resume."""
    done = shell.train("--name", "first")
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert any(line.startswith("run 1 first: lstm 12 x 2") for line in done.lines)
    assert any("validation loss" in line for line in done.lines)
    assert f"rnnstudio resume 1 --epochs 4 --workspace {shell.workspace}" in done.lines[-1]


def test_a_terminal_gets_a_display_that_moves(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The display hides the cursor and gives it back; the lines that stay are those of a log."""
    for module in ("headless", "steady_output", "output"):
        monkeypatch.setattr(f"tui.cli.{module}.is_terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    done = shell.train()
    assert (done.code, done.err) == (0, "")
    assert done.out.count("\x1b[?25l") == done.out.count("\x1b[?25h") == 1
    assert "━" in done.out
    assert "validation loss" in done.out
    assert "rnnstudio resume 1" in done.lines[-1]


def test_json_is_events_and_nothing_else(shell: Shell) -> None:
    """Each line is one event of the contract; the end comes last, durable checkpoints before."""
    done = shell.train("--json")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("\n")
    assert all(line.startswith('{"type":') for line in done.lines)
    events = [decode_event(line) for line in done.lines]
    kinds = [type(event) for event in events]
    assert kinds.count(RunEnded) == 1
    assert kinds[-1] is RunEnded
    last = done.objects[-1]
    assert {"run", "reason", "step", "best_val_loss", "checkpoint"} <= last.keys()
    assert (last["run"], last["reason"]) == (1, "finished")
    saved = [event for event in events if isinstance(event, CheckpointSaved)]
    assert saved[-1].path == last["checkpoint"]
    assert Path(saved[-1].path).is_file()
    losses = [loss for event in events if isinstance(event, StepsDone) for loss in event.losses]
    assert len(losses) == last["step"]


def test_save_dir_gets_what_the_chapter_names(shell: Shell) -> None:
    """`--save_dir` writes the model and the vocabulary under the chapter's names."""
    assert shell.train("--save_dir", str(shell.root / "checkpoints")).code == 0
    written = sorted(path.name for path in (shell.root / "checkpoints").iterdir())
    assert written == ["best_lstm_char.pt", "char_vocabulary.json"]


def test_a_finished_run_goes_on_only_with_more_to_do(shell: Shell) -> None:
    """Resuming what has ended says so and exits 0; a larger plan is carried out."""
    shell.train("--max_steps", "5")
    again = shell.run("resume")
    assert again.code == 0
    assert any(line.startswith("note: ") and "max_steps" in line for line in again.lines)
    further = shell.run("resume", "1", "--max-steps", "8", "--json")
    assert further.code == 0
    assert (further.objects[-1]["step"], further.objects[-1]["run"]) == (8, 1)


def test_what_cannot_change_is_refused_on_resuming(shell: Shell) -> None:
    """Another width needs another run, and the message says so."""
    shell.train("--max_steps", "2")
    done = shell.run("resume", "--hidden_size", "24", "--max_steps", "4")
    assert done.code == 2
    assert is_one_line(done.err)
    assert "hidden_size cannot change" in done.err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_saves_and_ends(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    """The step is finished, the state is saved, the code tells the signal, and it can go on."""

    def encode_and_signal(event: Event) -> bytes:
        if isinstance(event, StepsDone):
            signal.raise_signal(number)
        return encode_event(event)

    monkeypatch.setattr("tui.cli.headless.encode_event", encode_and_signal)
    before = signal.getsignal(number)
    done = shell.train("--json", "--epochs", "1000")
    assert (done.code, done.err) == (code, "")
    assert signal.getsignal(number) == before
    last = done.objects[-1]
    assert last["reason"] == "signal"
    assert Path(str(last["checkpoint"])).is_file()
    monkeypatch.undo()
    steps = int(str(last["step"])) + 1
    further = shell.run("resume", "--json", "--max_steps", str(steps))
    assert further.objects[-1]["step"] == steps


def test_nohup_is_respected() -> None:
    """A program that was started to outlive its terminal is not ended by its hanging up."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.unwinding():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time that the signals see, to be changed."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_a_second_ctrl_c_ends_at_once(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first asks to save; one press that arrives twice is one; a later one ends the process."""
    codes: list[int] = []
    monkeypatch.setattr(signals, "end_at_once", codes.append)
    control = Control()
    stopping = signals.StopSignals(control)
    with stopping.handled():
        signal.raise_signal(signal.SIGINT)
        assert control.stop_reason == "signal"
        clock[0] += signals.SAME_PRESS_S / 2
        signal.raise_signal(signal.SIGINT)
        assert codes == []
        clock[0] += 5
        signal.raise_signal(signal.SIGTERM)
        assert codes == []
        signal.raise_signal(signal.SIGINT)
    assert codes == [130]
    assert stopping.number == signal.SIGINT


@pytest.mark.parametrize("failure", [ReaderGone(), OutputError("disk full")])
def test_a_run_outlives_its_reader(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """When standard output breaks, the run is saved before the command ends, which says so.

    A reader that went away before the planned end gives the code of SIGPIPE, as in any pipeline.
    """
    write = output.write

    def break_at_steps(data: str | bytes) -> None:
        if b"StepsDone" in (data if isinstance(data, bytes) else b""):
            raise failure
        write(data)

    monkeypatch.setattr(steady_output, "write", break_at_steps)
    monkeypatch.setattr("tui.cli.main.abandon", lambda: None)
    done = shell.train("--json", "--epochs", "1000")
    assert done.code == (141 if isinstance(failure, ReaderGone) else 1)
    assert done.err == ("" if isinstance(failure, ReaderGone) else "rnnstudio: disk full\n")
    monkeypatch.undo()
    run = json.loads(shell.run("runs", "--json").out)[0]
    assert run["status"] == "stopped"
    assert run["step"] > 0


@pytest.mark.parametrize(
    ("reason", "code"),
    [("finished", 0), ("max_steps", 0), ("max_seconds", 0), ("early_stop", 0), ("stopped", 0),
     ("diverged", 1), ("failed", 1)],
)  # fmt: skip
def test_the_exit_code_tells_how_a_run_ended(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, reason: str, code: int
) -> None:
    """An end by plan or wish is 0, one that went wrong 1, with its cause on standard error."""

    class Scripted:
        """Stand for a session that ends for a given reason."""

        def __init__(self, *_args: object, emit: object, control: object) -> None:
            self._emit = emit

        def run(self) -> RunEnded:
            """Tell the end, and the error before it."""
            assert callable(self._emit)
            if reason == "failed":
                self._emit(RunFailed(message="the disk\nis \x1b[2J full"))
            self._emit(ended(reason=reason))
            return ended(reason=reason)

    monkeypatch.setattr(session, "Session", Scripted)
    done = shell.train()
    assert done.code == code
    assert (done.err == "") == (reason != "failed")
    if done.err:
        assert is_one_line(done.err)


def test_the_config_file_sets_defaults(shell: Shell) -> None:
    """`[settings]` of the workspace's config file holds where the command line says nothing."""
    shell.workspace.mkdir()
    (shell.workspace / "config.toml").write_text("[settings]\nmax_steps = 3\nseed = 9\n")
    config = shell.train("--seed", "4", "--json").objects
    started = next(event for event in config if event["type"] == "RunStarted")["config"]
    assert isinstance(started, dict)
    assert (started["max_steps"], started["seed"]) == (3, 4)
