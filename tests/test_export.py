"""What `save_dir` and `export` write is what the course chapter's scripts load."""

import os
import pickle
from pathlib import Path

import pytest
import torch

from core.decoding import Decoding
from core.errors import CheckpointError, DataError, RunNotFoundError, SaveError
from core.generation.streaming import stream_tokens
from core.settings import Value
from core.text import CharacterVocabulary, WordVocabulary
from session_cases import Studio
from workspace.export import export_run
from workspace.inference import evaluate_text, open_language_model
from workspace.requests import StartRequest

CHAPTER = """
import torch
from core.models import SimpleLSTM
from core.text import CharacterVocabulary
model = SimpleLSTM(vocab_size={size}, hidden_size=256)
model.load_state_dict(torch.load("checkpoints/best_lstm_char.pt")["model_state_dict"])
vocab = CharacterVocabulary(); vocab.load("checkpoints/char_vocabulary.json")
model.eval()
generated = model.generate(start_token=vocab.char2idx["t"], max_length=20, temperature=0.8)
print(vocab.indices_to_text(generated))
"""


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """Return an empty studio."""
    return Studio(tmp_path)


def test_the_chapters_script_runs_on_what_save_dir_wrote(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the default sizes, the chapter's example loads model and vocabulary and writes text."""
    config = studio.config(
        save_dir=str(studio.root / "checkpoints"),
        max_steps=1,
        hidden_size=256,
        num_layers=2,
        embedding_dim=128,
    )
    studio.run(StartRequest(config=config))
    vocabulary = CharacterVocabulary()
    vocabulary.load(studio.root / "checkpoints" / "char_vocabulary.json")
    monkeypatch.chdir(studio.root)
    exec(CHAPTER.format(size=len(vocabulary)), {})
    written = capsys.readouterr().out
    assert written.startswith("t")
    assert len(written) >= 20


@pytest.mark.parametrize(
    "changes",
    [
        {"model_type": "gru"},
        {"model_type": "rnn", "vocab_type": "word", "tie_weights": True, "embedding_dim": 12},
        {"tie_weights": True},
    ],
)
def test_an_export_is_the_model_of_the_run(studio: Studio, changes: dict[str, Value]) -> None:
    """The exported files open as the same model: equal loss on any text, for each kind."""
    studio.run(StartRequest(config=studio.config(**{"epochs": 2, **changes})))
    folder = studio.root / "out"
    model_path, vocabulary_path = export_run(studio.workspace, None, folder)
    kinds = (changes.get("model_type", "lstm"), changes.get("vocab_type", "char"))
    assert model_path == folder / f"best_{kinds[0]}_{kinds[1]}.pt"
    assert vocabulary_path == folder / f"{kinds[1]}_vocabulary.json"
    text = "the quick brown fox; unseen words Æ!"
    of_run, of_file = (open_language_model(studio.workspace, t) for t in ("1", str(model_path)))
    assert evaluate_text(of_run, text) == evaluate_text(of_file, text)
    content = torch.load(model_path, weights_only=True)
    assert set(content) == {
        "model_state_dict", "config", "step", "val_loss", "run", "vocabulary_sha256",
    }  # fmt: skip
    assert set(content["model_state_dict"]) == set(of_run.model.state_dict())


def test_the_best_model_is_opened_and_the_newest_is_not(studio: Studio) -> None:
    """After the validation loss has risen again, run and export give the best weights."""
    ended = studio.start(epochs=3, learning_rate=0.05)
    store = studio.store
    best = next(saved for saved in store.checkpoints(1) if saved.is_best)
    later = studio.resume(max_steps=ended.step + 9, epochs=9, learning_rate=30.0)
    assert later.best_val_loss == ended.best_val_loss
    assert store.checkpoints(1)[0].step > best.step
    opened = open_language_model(studio.workspace, None)
    assert opened.header.progress.step == best.step
    assert opened.header.val_loss == ended.best_val_loss
    assert opened.notices == []


def test_a_damaged_best_checkpoint_is_said(studio: Studio) -> None:
    """Another checkpoint is opened in its place, with a notice."""
    studio.start(epochs=2, checkpoint_every=5)
    best = next(saved for saved in studio.store.checkpoints(1) if saved.is_best)
    best.path.write_bytes(b"")
    opened = open_language_model(studio.workspace, "jugs-lstm")
    assert f"the checkpoint of step {best.step} is damaged" in opened.notices[0]


def test_an_opened_model_writes_and_is_measured(studio: Studio) -> None:
    """The same seed writes the same text from the run and from its checkpoint's path."""
    ended = studio.start(epochs=2)
    texts = []
    for target in (None, "1", ended.checkpoint):
        opened = open_language_model(studio.workspace, target)
        assert not opened.model.training
        tokens = stream_tokens(opened.model, opened.vocabulary, "fox", Decoding(seed=3))
        texts.append("".join(token.text for token in tokens))
    assert len(set(texts)) == 1
    measured = evaluate_text(opened, "the quick brown fox")
    assert (measured.tokens, measured.chars, measured.words) == (18, 19, 4)
    with pytest.raises(DataError, match="at least 2 tokens, got 1"):
        evaluate_text(opened, "x")


def test_what_is_no_model_is_refused_and_never_executed(studio: Studio) -> None:
    """A pickle, a text, a folder, a missing file and a lone `.pt` are each one line."""
    studio.start(max_steps=1)
    model_path, vocabulary_path = export_run(studio.workspace, 1, studio.root / "out")

    class Trap:
        """Make a file when it is unpickled."""

        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(studio.root / "sprung"),)

    bad = {
        "trap.pt": pickle.dumps(Trap()),
        "text.pt": b"hello",
        "empty.pt": b"",
        "cut.pt": model_path.read_bytes()[:-100],
        "text.safetensors": b"hello",
    }
    for name, content in bad.items():
        (studio.root / name).write_bytes(content)
    torch.save({"trap": Trap()}, studio.root / "torch-trap.pt")
    torch.save({"model_state_dict": {}}, studio.root / "no-config.pt")
    torch.save({"model_state_dict": {}, "config": {"epochs": "x"}}, studio.root / "settings.pt")
    torch.save([1], studio.root / "list.pt")
    others = ["torch-trap.pt", "no-config.pt", "settings.pt", "list.pt", "none.pt"]
    os.mkfifo(studio.root / "pipe.safetensors")
    os.mkfifo(studio.root / "pipe.pt")
    (studio.root / "folder.pt").mkdir()
    for name in [*bad, *others, "pipe.safetensors", "pipe.pt", "folder.pt"]:
        with pytest.raises(CheckpointError) as refused:
            open_language_model(studio.workspace, str(studio.root / name))
        assert name in str(refused.value)
        assert "\n" not in str(refused.value)
    assert not (studio.root / "sprung").exists()
    vocabulary_path.unlink()
    with pytest.raises(CheckpointError, match="needs its vocabulary beside it"):
        open_language_model(studio.workspace, str(model_path))
    with pytest.raises(RunNotFoundError):
        open_language_model(studio.workspace, "nobody")


def test_an_export_that_cannot_be_written_is_one_line(studio: Studio) -> None:
    """A file in the place of the folder is named."""
    studio.start(max_steps=1, vocab_type="word")
    (studio.root / "file").write_text("x")
    with pytest.raises(SaveError, match="name another folder"):
        export_run(studio.workspace, None, studio.root / "file")
    vocabulary = WordVocabulary()
    vocabulary.load(export_run(studio.workspace, None, studio.root / "ok")[1])
    assert "fox" in vocabulary.word2idx
