"""Training on everything: `val_fraction 0` holds nothing out, and says so."""

from pathlib import Path

import numpy as np
import pytest

from cli_cases import Shell, is_one_line
from core.config import make_config
from core.control import Inspect
from core.errors import DataError, SettingsError
from core.events import (
    BaselinesMeasured,
    CheckpointSaved,
    Evaluated,
    GatesMeasured,
    Noticed,
    Previewed,
    RunStarted,
    TextSampled,
    YardsticksMeasured,
)
from core.settings import Value
from core.text.corpus import Corpus, make_corpus
from core.text.labelled import LabelledTexts
from core.text.labelled_corpus import LabelledCorpus, make_labelled_corpus
from labelled_cases import classifier_config, small_labelled
from training_cases import TEXT, Recorder, small_config
from tui.held_out import holds_text_out
from workspace import large_texts
from workspace.data import load_data
from workspace.paths import Workspace


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_all_of_a_text_is_trained_on(vocab_type: str) -> None:
    """Nothing of a text is cut off, at either level of tokens."""
    made = make_corpus("a", TEXT, small_config(val_fraction=0, vocab_type=vocab_type))
    assert made.vocabulary.indices_to_text(made.train.tolist()).split() == TEXT.split()
    assert made.train_chars == len(TEXT)
    assert len(made.val) == made.val_chars == 0
    assert made.looked_at is made.train


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_a_text_in_pieces_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vocab_type: str
) -> None:
    """A text read in pieces, and its kept tokens, are those of one read at once."""
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    config = small_config(val_fraction=0, vocab_type=vocab_type, data_file=str(path))

    def load() -> Corpus:
        workspace = Workspace(tmp_path / "home")
        found = load_data(workspace, config, report=lambda *_: None, should_stop=lambda: False)
        assert isinstance(found, Corpus)
        return found

    whole = load()
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 0)
    monkeypatch.setattr("core.text.text_file.PIECE_BYTES", 101)
    read = load()
    assert read.beside is not None
    assert read.beside.end(10)
    kept = load()
    for found in (read, kept):
        assert found.digest == whole.digest
        np.testing.assert_array_equal(found.train, whole.train)
        assert len(found.val) == 0


def test_all_labelled_texts_are_trained_on() -> None:
    """A class of a single text is enough where no part needs one of its own."""
    data = LabelledTexts(["so good", "so bad", "how odd"], ["a", "b", "c"], ["1", "2", "3"])
    made = make_labelled_corpus("three", data, classifier_config(val_fraction=0))
    assert made.train.texts == data.texts
    assert len(made.val) == len(made.val.ids) == 0


def test_a_small_share_is_still_refused() -> None:
    """A share that rounds to nothing was not asked for as nothing."""
    with pytest.raises(DataError, match="0 characters to validate with"):
        make_corpus("a", TEXT, small_config(val_fraction=1e-9))


def test_patience_needs_validation() -> None:
    """Patience without evaluations is refused in one line; a validation file makes it right."""
    with pytest.raises(SettingsError, match="patience 0, raise val_fraction or name a val_file"):
        make_config({"val_fraction": 0, "patience": 2})
    with pytest.raises(SettingsError, match="patience"):
        make_config({"patience": 2}, base=make_config({"val_fraction": 0}))
    assert make_config({"val_fraction": 0, "patience": 2, "val_file": "b.txt"}).patience == 2


def trained(config_values: dict[str, Value], task: str = "language") -> Recorder:
    """Train to the end without validation."""
    recorder = Recorder()
    corpus: LabelledCorpus | None = None
    if task == "classify":
        config = classifier_config(val_fraction=0, **config_values)
        corpus = small_labelled(config)
    else:
        config = small_config(val_fraction=0, **config_values)
    trainer = recorder.trainer(config, corpus)
    ended = trainer.run()
    assert ended.reason == "finished"
    assert ended.best_val_loss is None
    if task == "language":
        inspected = trainer.task.inspected(Inspect(sample=1, text="", offset=0), trainer.step)
        assert TEXT.startswith(inspected.text)
    return recorder


@pytest.mark.parametrize("task", ["language", "classify"])
def test_a_run_saves_and_never_evaluates(task: str) -> None:
    """Each checkpoint is the best, the last one included; no event tells a validation figure."""
    recorder = trained({"eval_every": 3, "checkpoint_every": 6}, task)
    for kind in (Evaluated, Previewed, BaselinesMeasured, YardsticksMeasured):
        assert recorder.of(kind) == []
    saved = recorder.of(CheckpointSaved)
    assert [event.step for event in saved[:2]] == [6, 12]
    assert saved[-1].step == recorder.checkpoints[-1].header.progress.step
    assert all(event.is_best for event in saved)
    assert recorder.checkpoints[-1].header.val_loss is None
    said = [event.message for event in recorder.of(Noticed) if "val_fraction 0" in event.message]
    assert len(said) == 1
    assert "plateau" not in said[0] or recorder.of(RunStarted)[0].config["schedule"] == "plateau"
    assert (
        bool(recorder.of(TextSampled)) == bool(recorder.of(GatesMeasured)) == (task == "language")
    )


def test_the_rate_is_never_cut() -> None:
    """The plateau schedule waits for what never comes, and the notice says so."""
    recorder = trained({"schedule": "plateau", "plateau_patience": 0, "eval_every": 2})
    assert recorder.checkpoints[-1].header.progress.plateau_scale == 1
    assert any("plateau never cuts" in event.message for event in recorder.of(Noticed))


def test_a_run_goes_on_alike() -> None:
    """A run resumed from a checkpoint has the losses of one that was never interrupted."""
    config = small_config(val_fraction=0, eval_every=4)
    whole = Recorder()
    whole.trainer(config).run()
    middle = next(c for c in whole.checkpoints if c.header.progress.step == 8)
    rest = Recorder()
    rest.trainer(config, resume_from=middle).run()
    assert rest.losses == whole.losses[8:]


def test_the_commands_say_that_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Evaluating asks for a text; lists and details show no figure, and the model is saved."""
    shell, folder, text = Shell(tmp_path, capsys), tmp_path / "out", str(tmp_path / "jugs.txt")
    assert shell.train("--val_fraction", "0", "--save_dir", str(folder)).code == 0
    assert list(folder.glob("*.pt"))
    for command in (["evaluate"], ["evaluate", "--per_char"]):
        refused = shell.run(*command)
        assert refused.code != 0
        assert is_one_line(refused.err)
        assert "--data_file" in refused.err
    report = ["report", "1", "--output", str(tmp_path / "r.html")]
    measured = ["evaluate", "--data_file", text]
    for command in (measured, ["runs", "list"], ["runs", "show", "1"], ["inspect"], report):
        done = shell.run(*command)
        assert done.code == 0, done.err


def test_the_screen_names_what_is_looked_at() -> None:
    """Settings not yet known count as an ordinary run's."""
    assert holds_text_out({})
    assert holds_text_out({"val_fraction": 0.0, "val_file": "b.txt"})
    assert not holds_text_out({"val_fraction": 0.0, "val_file": ""})
