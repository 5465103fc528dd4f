"""Exported files belong to a run: another one does not replace them, nor reads half of them."""

import shutil
from pathlib import Path

import pytest
import torch

from cli_cases import Shell, is_one_line
from core.errors import CheckpointError, InputError
from core.events import Event, Noticed, StepsDone
from core.text import CharacterVocabulary
from session_cases import Studio
from workspace.export import export_run
from workspace.inference import open_language_model
from workspace.paths import Workspace

OTHER_TEXT = "Писту миуищд лдеосд цд псовддг анш ефсуздсд здас мд тпдак\n" * 40


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell with one run whose model is in `out`."""
    made = Shell(tmp_path, capsys)
    done = made.train("--save_dir", str(tmp_path / "out"), "--max_steps", "3", "--name", "first")
    assert done.code == 0
    return made


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def exported_run(folder: Path) -> object:
    """Return the number of the run whose model is in a folder."""
    return torch.load(folder / "best_lstm_char.pt", weights_only=True)["run"]["run"]


def test_a_second_run_does_not_replace_the_first_ones_model(shell: Shell) -> None:
    """It is refused before a step, with both runs and the ways out; nothing is touched."""
    before = contents(shell.root / "out")
    done = shell.train("--save_dir", str(shell.root / "out"), "--max_steps", "3")
    assert (done.code, done.lines) == (2, ["loading torch"])
    assert is_one_line(done.err)
    for word in ("run 1 first", "the new run", "--save_dir", "--overwrite", "keeps every run"):
        assert word in done.err
    assert contents(shell.root / "out") == before
    assert len(shell.run("runs", "list", "--json").objects[0]) == 1


def test_overwrite_replaces_it(shell: Shell) -> None:
    """With the option the new run's model and vocabulary stand there, and open together."""
    shell.text.write_text(OTHER_TEXT)
    words = ("--save_dir", str(shell.root / "out"), "--max_steps", "3", "--overwrite")
    assert shell.train(*words).code == 0
    assert exported_run(shell.root / "out") == 2
    model = str(shell.root / "out" / "best_lstm_char.pt")
    assert shell.run("generate", model, "--max_length", "5").code == 0


def test_a_runs_own_newer_best_replaces_the_older(shell: Shell) -> None:
    """Going on with a run needs no option."""
    before = contents(shell.root / "out")
    assert shell.run("resume", "1", "--max_steps", "12").code == 0
    assert contents(shell.root / "out")["best_lstm_char.pt"] != before["best_lstm_char.pt"]
    assert exported_run(shell.root / "out") == 1


def test_models_share_a_folder_where_they_share_the_vocabulary(shell: Shell) -> None:
    """Another kind of model of the same text lies beside the first; of another text it may not."""
    words = ("--save_dir", str(shell.root / "out"), "--max_steps", "3", "--model_type", "gru")
    assert shell.train(*words).code == 0
    for name in ("best_lstm_char.pt", "best_gru_char.pt"):
        assert shell.run("evaluate", str(shell.root / "out" / name), "--data_file",
                         str(shell.text)).code == 0  # fmt: skip
    before = contents(shell.root / "out")
    shell.text.write_text(OTHER_TEXT)
    done = shell.train(*words, "--model_type", "rnn")
    assert done.code == 2
    assert "char_vocabulary.json was written by run 2 " in done.err
    assert contents(shell.root / "out") == before


def test_a_copied_workspace_does_not_write_over_the_originals_export(shell: Shell) -> None:
    """A run that goes on in a copy is another run, as long as the original is there."""
    copy = shell.root / "copy"
    shutil.copytree(shell.workspace, copy)
    words = ("resume", "1", "--max_steps", "9")
    done = shell.run(*words, "--workspace", str(copy))
    assert done.code == 2
    assert is_one_line(done.err)
    assert f"run 1 first of {shell.workspace}" in done.err
    assert f"run 1 first of {copy}" in done.err
    assert shell.run(*words, "--workspace", str(copy), "--save_dir", str(copy / "o")).code == 0
    moved = shell.root / "moved"
    shell.workspace.rename(moved)
    assert shell.run(*words, "--workspace", str(moved)).code == 0


def test_an_export_by_hand_asks_as_well(shell: Shell) -> None:
    """`runs export` writes over what the same run wrote, and over nothing else unasked."""
    assert shell.train("--max_steps", "3").code == 0
    words = ("runs", "export", "--save_dir", str(shell.root / "out"))
    assert shell.run(*words, "1").code == 0
    done = shell.run(*words, "2")
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert exported_run(shell.root / "out") == 1
    assert shell.run(*words, "2", "--overwrite").code == 0
    assert exported_run(shell.root / "out") == 2


def test_what_is_no_export_of_ours_is_kept(shell: Shell) -> None:
    """A file that names no run, or is no model at all, is somebody's."""
    folder = shell.root / "theirs"
    folder.mkdir()
    (folder / "best_lstm_char.pt").write_bytes(b"mine")
    done = shell.run("runs", "export", "--save_dir", str(folder))
    assert done.code == 2
    assert "a run that it does not name" in done.err
    (folder / "best_lstm_char.pt").unlink()
    (folder / "char_vocabulary.json").write_text("{}")
    assert shell.run("runs", "export", "--save_dir", str(folder)).code == 2
    assert contents(folder) == {"char_vocabulary.json": b"{}"}


def test_a_model_beside_another_vocabulary_is_refused(shell: Shell) -> None:
    """As many characters, but other ones: the text would be nonsense, so none is written."""
    path = shell.root / "out" / "char_vocabulary.json"
    vocabulary = CharacterVocabulary()
    vocabulary.load(path)
    other = CharacterVocabulary()
    other.build_vocabulary("".join(chr(0x400 + n) for n in range(len(vocabulary) - 1)))
    assert len(other) == len(vocabulary)
    other.save(path)
    with pytest.raises(CheckpointError, match="exported with another vocabulary"):
        open_language_model(
            Workspace(shell.workspace), str(shell.root / "out" / "best_lstm_char.pt")
        )


def test_what_appears_during_a_run_is_kept_too(tmp_path: Path) -> None:
    """Two runs that began together do not fight: the later one says so and trains on."""
    studio = Studio(tmp_path)
    studio.start(max_steps=2)
    folder = tmp_path / "out"

    def export_the_other(event: Event) -> None:
        if isinstance(event, StepsDone) and not folder.exists():
            export_run(studio.workspace, 1, folder)

    ended = studio.start(max_steps=3, save_dir=str(folder), on_event=export_the_other)
    assert ended.reason == "max_steps"
    assert any("written by run 1" in told.message for told in studio.of(Noticed))
    assert exported_run(folder) == 1
    with pytest.raises(InputError, match="--overwrite"):
        export_run(studio.workspace, 2, folder)
