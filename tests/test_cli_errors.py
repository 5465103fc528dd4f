"""Wrong input: one line on standard error that says what and the way out; nothing is written."""

import gc
import os
import shlex
from pathlib import Path

import pytest

from cli_cases import CONTROLS, Shell, is_one_line

HOSTILE = "esc\x1b[2J\n\x9b.txt"

WRONG = {
    "missing file": ("train --data_file missing.txt", "missing.txt does not exist"),
    "empty file": ("train --data_file empty.txt", "empty.txt is empty"),
    "folder": ("train --data_file .", "is a folder"),
    "short file": ("train --data_file short.txt", "seq_length 64 needs at least 65"),
    "not UTF-8": ("train --data_file latin.txt", "at byte 6 (0xe9); name its encoding with --enc"),
    "pipe": ("train --data_file fifo", "fifo is a pipe"),
    "unknown encoding": ("train --data_file short.txt --encoding x", "unknown encoding 'x'"),
    "missing val_file": ("train --data_file jugs.txt --val_file nope", "nope does not exist"),
    "no data_file": ("train --data_file=", "data_file must name a file"),
    "two texts": ("train --data_file jugs.txt --corpus brackets", "give one"),
    "unknown corpus": ("train --corpus braket", "did you mean brackets?"),
    "unfetched corpus": ("train --corpus tiny-shakespeare", "corpora fetch tiny-shakespeare"),
    "out of range": ("train --hidden_size 0", "between 1 and 8192, got 0"),
    "not a number": ("train --learning_rate nan", "got nan"),
    "not whole": ("train --epochs 1.5", "epochs must be a whole number of at least 1, got '1.5'"),
    "no share": ("train --dropout x", "a number of at least 0 and below 1, got 'x'"),
    "no choice": ("train --model_type lsmt", "one of rnn, lstm, gru, got 'lsmt'"),
    "misspelt": ("train --hiden-size 5", "did you mean --hidden_size?"),
    "misspelt command": ("trian", "did you mean train?"),
    "unknown command": ("foo", "choose from train, generate"),
    "unknown preset": ("train --preset tyni", "--preset must be one of chapter, tiny, "),
    "value for a flag": (
        "train --tie_weights=true",
        "--tie_weights takes no value, got 'true'; its opposite is --no_tie_weights",
    ),
    "word for a flag": (
        "train --epochs 3 --no-tie-weights maybe",
        "--no_tie_weights takes no value, got 'maybe'; its opposite is --tie_weights",
    ),
    "word for a flag of the dashboard": (
        "--tie_weights true",
        "--tie_weights takes no value, got 'true'; its opposite is --no_tie_weights",
    ),
    "word behind a flag": ("train jugs.txt --tie_weights", "unexpected argument 'jugs.txt'"),
    "home of nobody": ("train --data_file ~no.such.user/x", "~no.such.user/x does not exist"),
    "vary nothing": ("experiment --vary foo=1", "'foo'; rnnstudio settings lists all of them"),
    "stray argument": ("train jugs.txt", "--data_file"),
    "misplaced": ("--epochs 3 train", "rnnstudio train --epochs"),
    "no GPU": ("train --device cuda --data_file jugs.txt", "--device cpu"),
    "number as name": ("train --name 7 --data_file jugs.txt", "must not be a number"),
    "bad save_dir": ("train --data_file jugs.txt --save_dir jugs.txt/x", "is not a folder"),
    "no run": ("generate", "`rnnstudio train` makes one"),
    "prompt for no run": ("generate 9 --prompt x", "there is no run"),
    "no checkpoint": ("generate fake.safetensors", "is not an rnnstudio checkpoint"),
    "no length": ("generate --max_length -3", "got -3"),
    "no temperature": ("generate --temperature 0", "between 0.01 and 100"),
    "no text": ("evaluate --data_file=", "must name a file"),
    "nothing to measure": ("evaluate", "`rnnstudio train` makes one"),
    "limit of nothing": ("evaluate --limit 3", "give both"),
    "bad limit": ("evaluate --per_char --limit x", "number of tokens"),
    "resume nothing": ("resume", "there is no run"),
    "show nothing": ("runs show 3", "there is no run"),
    "delete nothing": ("runs delete", "RUN is missing"),
    "fetch built-in": ("corpora fetch brackets", "built in"),
    "unknown option": ("settings --jsn", "did you mean --json?"),
    "no terminal": ("--hidden_size 4", "rnnstudio train"),
    "one class": ("train --task classify --data_file one.tsv", "has the class 'good', and"),
    "no such column": ("train --task classify --data_file jugs.tsv --label_column x", "column 'x'"),
    "no column 0": ("train --task classify --data_file jugs.tsv --label_column 0", "column 0"),
    "unknown class": ("train --task classify --data_file jugs.tsv --val_file ugly.tsv", "'ugly'"),
    "no labelled text": ("train --task classify --data_file blank.tsv", "row 2 of"),
    "no rows": ("train --task classify --data_file empty.txt", "empty.txt is empty"),
    "no table": ("train --task classify --data_file latin.txt", "at byte 6 (0xe9)"),
    "no class folders": ("train --task classify --data_file plain", "a folder for each class"),
    "text to classify": ("train --task classify --corpus brackets", "no labelled texts"),
    "classes to write": ("train --corpus lookup", "--task classify"),
    "no text to classify": ("classify", "a text is missing"),
    "empty text": ("classify 3 ''", "must not be empty"),
    "no run to classify": ("classify 9 x", "there is no run"),
    "no model to classify": ("classify fake.safetensors x", "is not an rnnstudio checkpoint"),
    "file to classify": ("classify short.txt", "write < before its name"),
}
"""Command lines that are wrong, and what their message must hold."""


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Return a shell in a folder with wrong inputs of many kinds."""
    (tmp_path / "empty.txt").touch()
    (tmp_path / "short.txt").write_text("abc")
    (tmp_path / "latin.txt").write_bytes(b"un caf\xe9 noir")
    (tmp_path / "fake.safetensors").write_bytes(b"\xff" * 100)
    (tmp_path / "jugs.tsv").write_text("fine\tgood\ndull\tbad\n" * 4)
    (tmp_path / "one.tsv").write_text("fine\tgood\n" * 4)
    (tmp_path / "ugly.tsv").write_text("fine\tgood\ngrey\tugly\n")
    (tmp_path / "blank.tsv").write_text("fine\tgood\n \tbad\n")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "1.txt").write_text("fine")
    (tmp_path / HOSTILE).touch()
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tui.cli.input_lines.is_given", lambda: False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    return Shell(tmp_path, capsys)


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_leaves_no_trace(shell: Shell, case: str) -> None:
    """The message names the value or the way out, the code is 2, the folder is as before."""
    line, expected = WRONG[case]
    before = sorted(shell.root.rglob("*"))
    done = shell.run(*shlex.split(line))
    assert done.code == 2
    assert is_one_line(done.err)
    assert expected in done.err
    assert sorted(shell.root.rglob("*")) == before


def test_without_standard_error_nothing_goes_astray(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is closed, what is wrong does not come among the objects of `--json`."""
    monkeypatch.setattr("sys.stderr", None)
    done = shell.run("runs", "show", "3", "--json")
    assert (done.code, done.out) == (2, "")


def too_late(*_args: object, **_kwargs: object) -> int:
    """Stand for what loads torch."""
    raise AssertionError("torch has been loaded")


@pytest.mark.parametrize(
    ("words", "waits_for_torch"),
    [
        ("train --data_file nope", "tui.cli.train.train_headless"),
        ("train --data_file jugs.tsv --val_file nope", "tui.cli.train.train_headless"),
        ("lr-range --data_file nope", "workspace.rate_range.range_points"),
        ("evaluate --data_file nope", "workspace.inference.open_model"),
        ("inspect --data_file nope", "workspace.inference.open_language_model"),
    ],
)
def test_a_missing_file_is_refused_before_torch_is_loaded(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: str, waits_for_torch: str
) -> None:
    """Nobody waits for seconds to hear that a path is wrong."""
    monkeypatch.setattr(waits_for_torch, too_late)
    done = shell.run(*shlex.split(words))
    assert (done.code, "nope does not exist" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "waits_for_torch"),
    [
        ("generate nope", "workspace.inference.open_language_model"),
        ("evaluate nope", "workspace.inference.open_model"),
        ("inspect nope", "workspace.inference.open_language_model"),
        ("classify 9 x", "workspace.inference.open_classifier"),
        ("resume nope", "tui.cli.resume.train_headless"),
        ("replay nope", "tui.cli.replay.train_headless"),
        ("generate nope.safetensors", "workspace.inference.open_language_model"),
        ("train --corpus nope", "tui.cli.train.train_headless"),
        ("train --corpus tiny-shakespeare", "tui.cli.train.train_headless"),
        ("train --task classify --corpus brackets", "tui.cli.train.train_headless"),
        ("lr-range --corpus nope", "workspace.rate_range.range_points"),
    ],
)
def test_a_missing_run_or_corpus_is_refused_before_torch_is_loaded(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: str, waits_for_torch: str
) -> None:
    """Nor to hear that a name is wrong."""
    monkeypatch.setattr(waits_for_torch, too_late)
    done = shell.run(*shlex.split(words))
    assert (done.code, is_one_line(done.err)) == (2, True)


def test_all_wrong_settings_are_told_at_once(shell: Shell) -> None:
    """One line names every problem, so that nobody finds them one by one."""
    done = shell.run("train", "--hidden_size", "0", "--dropout", "1", "--epochs", "many")
    assert is_one_line(done.err)
    assert all(name in done.err for name in ("hidden_size must", "dropout must", "epochs must"))


@pytest.mark.parametrize(
    "words",
    [
        ["train", "--data_file", HOSTILE],
        ["train", "--name", "a\x1b[2Jb"],
        ["train", "--\x1b[2J"],
        ["\x1b[2J\n"],
        ["generate", "\x1b[2J\n"],
        ["generate", f"./{HOSTILE}"],
        ["classify", f"./{HOSTILE}"],
        ["classify", "\x1b[2J\n"],
        ["classify", "\udcff"],
        ["classify", "x" * 5000 + ".txt"],
        ["train", "--task", "classify", "--data_file", "jugs.tsv", "--text_column", "\x1b[2J\n"],
        ["train", "--data_file", "\udcff\n"],
        ["generate", "--stop", "\udcff"],
        ["train", "--corpus", "\x9b\n[/]"],
        ["generate", "a\0.txt"],
        ["train", "--data_file", "a\0b"],
        ["generate", "x" * 5000 + ".txt"],
        ["evaluate", "--data_file", "x" * 5000],
    ],
    ids=repr,
)
def test_a_message_is_safe_for_the_terminal(shell: Shell, words: list[str]) -> None:
    """Whatever was typed, the message about it is one printable line."""
    done = shell.run(*words)
    assert done.code == 2
    assert is_one_line(done.err)
    assert not CONTROLS & set(done.out)


def test_a_wrong_config_file_is_named(shell: Shell) -> None:
    """The file's path and the word that is wrong are in the message."""
    shell.workspace.mkdir()
    (shell.workspace / "config.toml").write_text("[settings]\nhiden_size = 3\n")
    for words in (["train"], []):
        done = shell.run(*words)
        assert done.code == 2
        assert is_one_line(done.err)
        assert "config.toml" in done.err
        assert "hidden_size" in done.err


def test_a_workspace_that_cannot_be_one_is_named(shell: Shell) -> None:
    """A file, and a folder without a name, are refused with the option that changes it."""
    shell.workspace.write_text("a file")
    for words in (["runs"], ["runs", "--workspace="]):
        done = shell.run(*words)
        assert (done.code, is_one_line(done.err)) == (2, True)
        assert "--workspace" in done.err


def test_a_dashboard_that_is_refused_leaves_the_collector_on(shell: Shell) -> None:
    """Whoever calls the command line in a process of their own keeps their memory and files."""
    gc.enable()
    assert shell.run().code == 2
    assert gc.isenabled()
