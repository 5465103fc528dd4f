"""`replay`, and `runs show --as command`: what a user types to do a run again."""

import shlex
import subprocess
from pathlib import Path

import pytest

from cli_cases import CONTROLS, Done, Shell, is_one_line
from core.config import SETTINGS, Config, make_config
from core.events import RunStarted, SettingChange, SettingsChanged, StepsDone, decode_event
from core.settings import Value
from tui.cli.commands import root_parser
from tui.cli.options import new_config
from workspace.paths import Workspace
from workspace.replaying import Replay
from workspace.reproducing import options, shell_line
from workspace.runs import RunStore


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path, capsys)


def losses_of(done: Done) -> list[float]:
    """Return the losses of a run's events."""
    reports = [decode_event(line) for line in done.lines]
    return [loss for e in reports if isinstance(e, StepsDone) for loss in e.losses if loss]


def resumed(shell: Shell) -> Shell:
    """Train a run whose learning rate changes after step 3."""
    assert shell.train("--max_steps", "3", "--name", "steered").code == 0
    assert shell.run("resume", "--max_steps", "8", "--learning_rate", "0.1").code == 0
    return shell


def test_replay_says_whether_it_is_the_same(shell: Shell) -> None:
    """For people a line before the end, for scripts an object before `RunEnded`, exit code 0."""
    done = resumed(shell).run("replay", "steered", "--name", "again")
    assert (done.code, done.err) == (0, "")
    assert "replay: losses equal run 1's, bit for bit, in all 8 steps" in done.lines
    assert "note: replays run 1 steered: 8 steps, 1 edit" in done.lines
    done = shell.run("replay", "1", "--json")
    verdict, last = done.objects[-2:]
    assert (done.code, verdict["type"], last["type"]) == (0, "ReplayCompared", "RunEnded")
    assert (verdict["equal_steps"], verdict["recorded_steps"], verdict["step"]) == (8, 8, None)


def test_a_text_that_has_moved_is_told_with_the_option_that_names_it(shell: Shell) -> None:
    """Neither going on nor a replay asks to check a path that nobody has typed."""
    resumed(shell)
    moved = shell.text.rename(shell.root / "moved.txt")
    for words in (["resume", "1", "--max_steps", "9"], ["replay", "1"]):
        done = shell.run(*words)
        assert done.code == 2
        assert done.err == (
            f"rnnstudio: {shell.text} does not exist; "
            "--data_file says where that of steered is now\n"
        )
        assert shell.run(*words, "--data_file", str(moved)).code == 0


def test_a_difference_is_an_exit_code(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step that differs is named with every digit of both losses."""
    resumed(shell)
    monkeypatch.setattr("core.training.learner.ADAM_BETAS", (0.8, 0.999))
    done = shell.run("replay", "1")
    assert done.code == 1
    line = next(line for line in done.lines if line.startswith("replay: "))
    assert line.startswith("replay: step 3 is the first that differs from run 1: loss ")


def test_a_replay_that_falls_short_is_no_success(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal losses of fewer steps are not enough, unless the user ended it."""
    resumed(shell)
    monkeypatch.setattr(Replay, "_is_due", lambda *_: False)
    done = shell.run("replay", "1")
    assert done.code == 1
    assert any("in the 3 of its 8 steps that were taken" in line for line in done.lines)


def test_what_is_refused_is_one_line(shell: Shell) -> None:
    """No run, a missing text, a taken name: exit code 2 and nothing is written."""
    assert shell.run("replay").code == 2
    resumed(shell)
    assert "already called" in shell.run("replay", "1", "--name", "steered").err
    shell.text.unlink()
    done = shell.run("replay", "1")
    assert done.code == 2
    assert is_one_line(done.err)
    assert len(shell.run("runs").lines) == 2


def test_show_prints_the_command(shell: Shell) -> None:
    """A run without edits is one line, which trains the very same."""
    assert shell.train("--max_steps", "3", "--no_stateful").code == 0
    [line] = shell.run("runs", "show", "--as", "command").lines
    assert "--no_stateful" in line
    assert "--optimizer" not in line
    losses = losses_of(shell.train("--max_steps", "3", "--no_stateful", "--json"))
    words = shlex.split(line)
    assert words[-2:] == ["--workspace", str(shell.workspace)]
    assert losses_of(shell.run(*words[1:], "--json")) == losses


def test_show_prints_the_replay_of_a_steered_run(shell: Shell) -> None:
    """The first line does it again; the rest, comments, is what is done."""
    lines = resumed(shell).run("runs", "show", "1", "--as", "command").lines
    assert shlex.split(lines[0])[:3] == ["rnnstudio", "replay", "1"]
    assert all(line.startswith("# ") for line in lines[1:])
    assert lines[2].startswith("# rnnstudio train ")
    assert lines[-1] == "# after step 3: max_steps 3 -> 8, learning_rate 0.001 -> 0.1"
    done = shell.run("runs", "show", "1", "--as", "command", "--json")
    assert (done.code, is_one_line(done.err)) == (2, True)
    copy = shell.root / "copy.safetensors"
    copy.write_bytes(next((shell.workspace / "runs" / "1").glob("*8-*.safetensors")).read_bytes())
    assert shell.run("resume", str(copy), "--max_steps", "9").code == 0
    first = shell.run("runs", "show", "--as", "command").lines[0]
    assert first.startswith("# began from a checkpoint of another run at step 8")


CONFIGS: tuple[tuple[Config, dict[str, Value]], ...] = (
    (make_config(), {}),
    (make_config({"learning_rate": 1e-05, "tie_weights": True, "seed": 7}), {}),
    (make_config(), {"learning_rate": 0.5, "tie_weights": True, "task": "classify"}),
    (make_config(), {"data_file": "/elsewhere", "hidden_size": 3}),
    (make_config({"data_file": "/a b/$(rm x)/'q'", "corpus": "brackets"}), {"corpus": "lookup"}),
    (make_config({"task": "classify", "corpus": "lookup"}), {}),
    (make_config(preset="classifier"), {"dropout": 0.1, "data_file": "/elsewhere"}),
    (make_config(preset="sst2"), {"task": "classify", "bidirectional": False}),
    (make_config({"save_dir": "/-x", "text_column": "-3", "task": "classify"}), {}),
)


@pytest.mark.parametrize(("config", "preferred"), CONFIGS)
def test_the_command_gives_these_settings(config: Config, preferred: dict[str, Value]) -> None:
    """Whatever the config file says by now, the typed words lead back to the run's settings."""
    words = shlex.split(shell_line(["train", *options(_values(config), preferred)]))
    args = root_parser().parse_args(words)
    made = new_config(getattr(args, "settings", {}), getattr(args, "preset", None), preferred)
    unused = {
        name
        for name, setting in SETTINGS.items()
        if setting.about.task not in ("", config.task) or (name == "corpus" and config.data_file)
    }
    names = set(SETTINGS) - unused
    assert {name: _values(made)[name] for name in names} == {n: _values(config)[n] for n in names}


def _values(config: Config) -> dict[str, Value]:
    return {name: getattr(config, name) for name in SETTINGS}


def test_a_hostile_path_stays_a_word(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """Line ends and escapes of a path end no comment, run nothing, and reach no terminal."""
    hostile = "/tmp/x\nrm -rf ~\x1b[2J'; touch owned; '"
    store = RunStore(Workspace(shell.workspace))
    config = make_config({"data_file": hostile})
    run = store.create_run("hostile", config).run
    store.record(run, _started(config))
    change = SettingChange(name="val_file", old="", new=hostile)
    store.record(run, SettingsChanged(step=2, changes=[change]))
    store.close()
    done = shell.run("runs", "show", "--as", "command")
    assert not CONTROLS & set(done.out)
    assert all(line.startswith(("rnnstudio ", "# ")) for line in done.lines)
    command = done.lines[2].removeprefix("# rnnstudio train ")
    script = f"printf '%s\\0' {command}"
    words = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert words.stdout.split("\0")[:2] == ["--data_file", hostile]


def _started(config: Config) -> RunStarted:
    return RunStarted(
        run=1, name="hostile", config=_values(config), parameters=1, vocab_size=5,
        train_tokens=9, val_tokens=9, steps_per_epoch=1, planned_steps=1, start_step=0,
        device="cpu", threads=1, corpus_name="x", grad_groups=[],
    )  # fmt: skip
