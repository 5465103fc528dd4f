"""Classifiers on the command line: trained, gone on with, measured, kept from writing."""

import json
from pathlib import Path

import pytest
import torch

from cli_cases import (
    CONTROLS,
    LABELS,
    SMALL_CLASSIFIER_MODEL,
    Shell,
    is_one_line,
    train_three,
)
from core.events import BaselinesMeasured, ClassesMeasured, Evaluated, RunEnded, decode_event
from labelled_cases import reviews


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two classifiers, the second one exported, and then a language model."""
    folder = tmp_path_factory.mktemp("classify")
    train_three(folder)
    return folder


@pytest.fixture
def shell(root: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in the folder with the runs."""
    return Shell(root, capsys)


def test_each_task_refuses_the_others_model(shell: Shell) -> None:
    """One line says what the model is and which command asks it."""
    for words, way_out in (
        (["classify", "writer", "x"], "rnnstudio generate"),
        (["generate", "reviewer"], "rnnstudio classify"),
    ):
        done = shell.run(*words)
        assert (done.code, done.out) == (2, "")
        assert is_one_line(done.err)
        assert way_out in done.err


def test_an_export_leaves_the_other_tasks_vocabulary(shell: Shell) -> None:
    """A classifier and a language model of words go into one folder, and both are opened."""
    folder = shell.root / "both"
    assert shell.train("--vocab_type", "word", "--save_dir", str(folder)).code == 0
    assert shell.run("runs", "export", "reviewer", "--save_dir", str(folder)).code == 0
    written = {path.name for path in folder.iterdir()}
    assert {"word_vocabulary.json", "word_classifier_vocabulary.json"} <= written
    assert shell.run("generate", str(folder / "best_lstm_word.pt"), "--max_length", "3").code == 0
    (model,) = folder.glob("*_classifier.pt")
    assert shell.run("classify", str(model), "a fine film").code == 0


@pytest.mark.parametrize(
    "spoil",
    [
        {"labels": ["\ud800", "b"]},
        {"labels": ["", "b"]},
        {"labels": ["a"]},
        {"labels": ["a", "a"]},
        {"weight": "sparse"},
        {"weight": "meta"},
        {"weight": "nested"},
    ],
    ids=str,
)
def test_a_strangers_model_is_refused_in_one_line(shell: Shell, spoil: dict[str, object]) -> None:
    """Classes that are no names and weights that are no plain numbers end in a sentence."""
    folder = shell.root / "foreign"
    assert shell.run("runs", "export", "reviewer", "--save_dir", str(folder)).code == 0
    (path,) = folder.glob("*_classifier.pt")
    content = torch.load(path, weights_only=True)
    if "labels" in spoil:
        content["labels"] = spoil["labels"]
    else:
        weight = content["model_state_dict"]["output.weight"]
        content["model_state_dict"]["output.weight"] = {
            "sparse": weight.to_sparse(),
            "meta": weight.to("meta"),
            "nested": torch.nested.nested_tensor(list(weight), layout=torch.jagged),
        }[str(spoil["weight"])]
    torch.save(content, path)
    done = shell.run("classify", str(path), "hi", "--json")
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)


def test_evaluate_measures_a_classifier(shell: Shell) -> None:
    """Scripts get the contract's measures, and all that they are made of."""
    done = shell.run("evaluate", "reviewer", "--data_file", str(shell.reviews), "--json")
    assert done.code == 0
    (found,) = done.objects
    assert {"loss", "accuracy", "macro_f1"} <= found.keys()
    assert found["labels"] == LABELS
    confusion = found["confusion"]
    assert isinstance(confusion, list)
    assert sum(map(sum, confusion)) == found["texts"] == 120
    assert found["accuracy"] == (confusion[0][0] + confusion[1][1]) / 120
    assert float(str(found["accuracy"])) > 0.9
    for measure in ("precision", "recall", "f1"):
        assert len(found[measure]) == 2  # type: ignore[arg-type]


def test_evaluate_measures_the_runs_own_validation_texts(shell: Shell) -> None:
    """Without a file it finds what training has found; other texts by now are refused."""
    table = shell.root / "mine.tsv"
    table.write_bytes(shell.reviews.read_bytes())
    trained = shell.run(
        "train", *SMALL_CLASSIFIER_MODEL, "--data_file", str(table), "--epochs", "3", "--json"
    )
    best = [e for e in map(decode_event, trained.lines) if isinstance(e, Evaluated) and e.is_best]
    (found,) = shell.run("evaluate", "--json").objects
    assert found["accuracy"] == best[-1].accuracy
    assert found["loss"] == pytest.approx(best[-1].val_loss, rel=1e-6)
    with table.open("a") as file:
        file.write(f"dull and dim\t{LABELS[0]}\n")
    done = shell.run("evaluate")
    assert (done.code, done.out) == (2, "")
    assert "has changed since" in done.err
    shell.run("runs", "delete", "--yes", json.loads(shell.run("runs", "--json").out)[0]["name"])


def test_evaluate_reads_other_columns_and_reads_to_people(shell: Shell) -> None:
    """Columns are the file's own; the whole, each class, the matrix and mistakes are told."""
    table = shell.root / "other.csv"
    rows = [f'{number},{LABELS[1]},"dull, ""dim"" and cold"' for number in range(9)]
    table.write_bytes("\r\n".join(["id,class,said", *rows, f"9,{LABELS[0]},dim"]).encode("utf-16"))
    words = ["--data_file", str(table), "--text_column", "said", "--label_column", "2"]
    done = shell.run("evaluate", "2", *words)
    assert done.code == 0
    assert [line.split("  ")[0] for line in done.lines[:4]] == [
        "loss", "accuracy", "macro-F1", "texts",
    ]  # fmt: skip
    assert done.lines[1] == "accuracy  10.00 %"
    assert any(line.split()[:2] == ["class", "precision"] for line in done.lines)
    mistakes = done.lines[done.lines.index("worst mistakes:") + 1 :]
    assert len(mistakes) == 5
    assert all('dull, "dim" and cold' in line for line in mistakes)
    assert not CONTROLS & set(done.out)


def test_evaluate_looks_for_the_columns_of_training_first(shell: Shell) -> None:
    """A file made like the training data needs no column names again; another is no worse off."""
    table = "nr,said,mood\n" + "".join(
        f"{row},fine {row},good\n{row},dull {row},bad\n" for row in range(9)
    )
    like_it, other = shell.root / "like.csv", shell.root / "plain.csv"
    like_it.write_text(table)
    other.write_text("fine 1,good\ndull 2,bad\n")
    names = ["--text_column", "said", "--label_column", "mood", "--name", "columned"]
    trained = ["train", *SMALL_CLASSIFIER_MODEL, "--data_file", str(like_it)]
    assert shell.run(*trained, *names).code == 0
    for path, count in ((like_it, 18), (other, 2)):
        done = shell.run("evaluate", "columned", "--data_file", str(path), "--json")
        assert sum(map(sum, done.objects[0]["confusion"])) == count  # type: ignore[call-overload]


def test_positions_of_training_are_tried_first_too(shell: Shell) -> None:
    """Columns by number and the separator hold for evaluating and validating, where they fit."""
    rows = [f"{row}^good^fine {row}\n{row}^bad^dull {row}\n" for row in range(9)]
    like_it, other = shell.root / "placed.csv", shell.root / "elsewhere.csv"
    like_it.write_text("".join(rows))
    other.write_text("id,text,label\n1,fine 1,good\n2,dull 2,bad\n")
    where = ["--text_column", "3", "--label_column", "2", "--delimiter", "^", "--name", "placed"]
    trained = ["train", *SMALL_CLASSIFIER_MODEL, "--data_file", str(like_it), *where]
    assert shell.run(*trained, "--val_file", str(other)).code == 0
    (own,) = shell.run("evaluate", "placed", "--json").objects
    assert own["texts"] == 2
    for path, count in ((like_it, 18), (other, 2)):
        done = shell.run("evaluate", "placed", "--data_file", str(path), "--json")
        assert (done.objects[0]["texts"], done.objects[0]["labels"]) == (count, ["bad", "good"])


def test_the_encoding_is_that_of_the_file(shell: Shell) -> None:
    """A model of texts in another encoding is measured on UTF-8, unless the user names one."""
    texts = {name: shell.root / f"{name}.tsv" for name in ("latin-1", "utf-8")}
    for encoding, path in texts.items():
        path.write_text("fine\tbon café\ndull\tmauvais\n" * 8, encoding=encoding)
    workspace = ["--workspace", str(shell.root / "encodings")]
    latin = ["--data_file", str(texts["latin-1"]), "--encoding", "latin-1"]
    assert shell.train_classifier(*latin, *workspace).code == 0
    for name, *option in (["utf-8"], ["latin-1", "--encoding", "latin-1"]):
        found = shell.run(
            "evaluate", "--data_file", str(texts[name]), *option, *workspace, "--json"
        )
        assert found.objects[0]["labels"] == ["bon café", "mauvais"]


def test_evaluate_refuses_what_does_not_fit(shell: Shell) -> None:
    """An unknown class, a missing column, and columns for a language model: a line each."""
    unknown = shell.root / "unknown.tsv"
    unknown.write_text("fine\tsuperb\n")
    for words, said in (
        (["2", "--data_file", str(unknown)], "superb"),
        (["2", "--data_file", str(shell.reviews), "--text_column", "x\x1b"], "no column"),
        (["3", "--data_file", str(shell.text), "--text_column", "x"], "is a language model"),
        (["2", "--data_file", str(shell.root / "nowhere")], "does not exist"),
        (["2", "--label_column", "x"], "name it with --data_file"),
        (["2", "--encoding", "latin-1"], "name it with --data_file"),
        (["2", "--per_char", "--data_file", str(shell.reviews)], "has no next token"),
    ):
        done = shell.run("evaluate", *words)
        assert (done.code, done.out) == (2, "")
        assert said in done.err.splitlines()[-1]
        assert not CONTROLS & set(done.err)


def test_training_tells_events_of_the_contract(shell: Shell) -> None:
    """`--json` has accuracy and macro-F1 of every evaluation, the baselines and the classes."""
    done = shell.train_classifier("--json", "--workspace", str(shell.root / "other"))
    assert (done.code, done.err) == (0, "")
    events = [decode_event(line) for line in done.lines]
    evaluations = [event for event in events if isinstance(event, Evaluated)]
    assert len(evaluations) == 3
    for evaluation, row in zip(
        evaluations, (row for row in done.objects if row["type"] == "Evaluated"), strict=True
    ):
        assert evaluation.accuracy == row["accuracy"]
        assert 0 <= float(str(row["macro_f1"])) <= 1
    kinds = [type(event) for event in events]
    assert kinds.count(BaselinesMeasured) == 1
    assert kinds.count(ClassesMeasured) == 3
    last = events[-1]
    assert isinstance(last, RunEnded)
    assert last.best_accuracy == max(event.accuracy or 0 for event in evaluations)


def test_a_folder_of_classes_is_trained_on_and_gone_on_with(shell: Shell) -> None:
    """A folder a class is data like a table, and the log ends with classes and the way on."""
    folder = shell.root / "films"
    for number, (text, label) in enumerate(zip(*reviews(40)[:2], strict=True)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        (folder / label / f"{number}.txt").write_text(text)
    workspace = ["--workspace", str(shell.root / "folders")]
    done = shell.train_classifier("--data_file", str(folder), *workspace)
    assert (done.code, done.err) == (0, "")
    assert any(line.startswith("run 1 films-bilstm: bilstm 12 x 1") for line in done.lines)
    assert any(line.startswith("baselines: majority class 50.00 %") for line in done.lines)
    assert any(line.startswith("classes at step ") for line in done.lines)
    assert not any("perplexity" in line for line in done.lines)
    assert "rnnstudio resume 1 --epochs 6" in done.lines[-1]
    further = shell.run("resume", "--epochs", "4", *workspace)
    assert (further.code, further.err) == (0, "")
    assert any("from step" in line for line in further.lines)
