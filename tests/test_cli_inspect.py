"""`inspect`: the look inside of a finished model, to people and to scripts."""

from pathlib import Path

import pytest

from cli_cases import CONTROLS, SMALL_MODEL, Shell, is_one_line, write_table
from core.events import GatesMeasured, GradientsThroughTime, TextInspected, decode_event
from labelled_cases import reviews
from training_cases import TEXT
from tui.cli.main import run_command_line

HOSTILE = 'He "said\x1b[2J" (no)\n'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two language models, of characters and of words, and a text."""
    folder = tmp_path_factory.mktemp("inspect")
    (folder / "jugs.txt").write_text(TEXT)
    usual = [*SMALL_MODEL, "--data_file", str(folder / "jugs.txt")]
    for vocab_type in ("char", "word"):
        words = ["train", *usual, "--vocab_type", vocab_type, "--name", f"by-{vocab_type}"]
        assert run_command_line([*words, "--workspace", str(folder / "studio")]) == 0
    return folder


@pytest.fixture
def shell(root: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in the folder with the runs."""
    return Shell(root, capsys)


@pytest.mark.parametrize("run", ["by-char", "by-word"])
def test_a_finished_run_is_looked_into(shell: Shell, run: str) -> None:
    """Three tables: gradients by distance, gates by layer, and units by property."""
    done = shell.run("inspect", run)
    assert done.code == 0, done.err
    heads = [line.split(":")[0] for line in done.lines if ":" in line]
    assert heads[:2] == ["gradients through time", "gates and hidden states"]
    assert any(line.split()[1:2] == ["hidden"] for line in done.lines)
    assert "units that follow the text best" in done.out


def test_json_has_the_events_of_training(shell: Shell) -> None:
    """Scripts read the same objects as from `train --json`."""
    done = shell.run("inspect", "by-char", "--json")
    events = [decode_event(line) for line in done.lines]
    assert [type(event) for event in events] == [GradientsThroughTime, GatesMeasured, TextInspected]


def test_any_text_is_looked_at_and_none_controls_the_terminal(shell: Shell) -> None:
    """A text of one's own, and held-out text of another file."""
    other = shell.root / "other.txt"
    other.write_text(HOSTILE * 9)
    done = shell.run("inspect", "by-char", "--text", HOSTILE, "--data_file", str(other))
    assert done.code == 0
    assert "inside quotes" in done.out
    assert not CONTROLS & set(done.out)


def test_what_cannot_be_looked_into_is_refused_in_a_line(shell: Shell) -> None:
    """A file without tokens, one that is not there, an empty text, a classifier, a changed text."""
    short = shell.root / "short.txt"
    short.write_text("a")
    for words, said in (
        (("by-char", "--data_file", str(short)), "needs at least 2"),
        (("by-char", "--data_file", str(shell.root / "gone.txt")), "does not exist"),
        (("by-char", "--text", ""), "--text must not be empty"),
        (("nobody",), "there is no run 'nobody'"),
    ):
        done = shell.run("inspect", *words)
        assert done.code == 2
        assert is_one_line(done.err)
        assert said in done.err


def test_a_classifier_is_not_looked_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It predicts no next token, and the refusal says what it is for."""
    shell = Shell(tmp_path, capsys)
    write_table(shell.reviews, reviews())
    assert shell.train_classifier().code == 0
    done = shell.run("inspect", "1")
    assert done.code == 2
    assert "classifies texts" in done.err
