"""`classify`: texts from arguments or standard input, a line of answer each."""

import io
import json
import math
import os
import sys
from pathlib import Path

import pytest

from cli_cases import CONTROLS, LABELS, Done, Shell, is_one_line, train_three
from labelled_cases import reviews
from tui.cli import input_lines

PRAISE = "a fine and clever story"


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


@pytest.fixture
def typed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> "Typed":
    """Return a way to classify what comes on standard input."""
    return Typed(shell, monkeypatch)


class Typed:
    """Classify with bytes on standard input."""

    def __init__(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        self._shell = shell
        self._monkeypatch = monkeypatch

    def run(self, data: bytes, *words: str) -> Done:
        """Run `classify` with these bytes to read."""
        stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
        self._monkeypatch.setattr(sys, "stdin", stream)
        return self._shell.run("classify", *words)


def labels_of(done: Done) -> list[object]:
    """Return the classes that were answered with `--json`."""
    return [answer["label"] for answer in done.objects]


def test_options_may_stand_between_run_and_text(shell: Shell) -> None:
    """The run, an option, then the text: the order in which one thinks of them."""
    done = shell.run("classify", "reviewer", "--json", PRAISE)
    assert done.code == 0
    assert labels_of(done) == labels_of(shell.run("classify", "--json", "reviewer", PRAISE))


def test_a_word_that_may_be_a_misspelt_run_is_mentioned(shell: Shell) -> None:
    """A slip in a run's name does not pass for a text unseen."""
    done = shell.run("classify", "reviewre", PRAISE)
    assert done.code == 0
    assert "'reviewre' is no run, so it is classified as a text" in done.err


def test_json_has_the_class_and_all_probabilities(shell: Shell) -> None:
    """One object a text, the classes in their order, the most probable one named."""
    done = shell.run("classify", "reviewer", PRAISE, "a dull and dim film", "--json")
    assert (done.code, done.err) == (0, "")
    assert labels_of(done) == [LABELS[1], LABELS[0]]
    for answer in done.objects:
        assert list(answer) == ["label", "probabilities"]
        probabilities = answer["probabilities"]
        assert isinstance(probabilities, dict)
        assert list(probabilities) == LABELS
        assert math.isclose(sum(probabilities.values()), 1)
        assert max(probabilities, key=probabilities.__getitem__) == answer["label"]


def test_people_get_a_line_a_text_without_controls(shell: Shell) -> None:
    """The class comes first, the others in brackets; names that would act on a terminal do not."""
    done = shell.run("classify", "2", PRAISE, "dim")
    assert (done.code, len(done.lines)) == (0, 2)
    assert done.lines[0].startswith("good‹RLO› ")
    assert "%  (bad␛[2J " in done.lines[0]
    assert not CONTROLS & set(done.out)


def test_of_many_classes_the_most_probable_are_shown(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the answer stand five others, and a sign that there are more."""
    from tui.cli import classify

    monkeypatch.setattr(classify, "MOST_OTHERS", 0)
    assert shell.run("classify", "2", PRAISE).out.endswith("%  (...)\n")


@pytest.mark.parametrize("target", ["2", "#2", "reviewer", "checkpoint", "exported"])
def test_a_first_word_that_names_a_model_is_no_text(shell: Shell, target: str) -> None:
    """A number, a name, a checkpoint and an exported file are the same model."""
    if target == "checkpoint":
        store = shell.run("runs", "show", "2", "--json").out
        saved = json.loads(store)["checkpoints"]
        target = next(checkpoint["path"] for checkpoint in saved if checkpoint["is_best"])
    elif target == "exported":
        target = str(shell.root / "exported" / "best_bilstm_word_classifier.pt")
    done = shell.run("classify", target, PRAISE, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.out == shell.run("classify", "reviewer", PRAISE, "--json").out


def test_without_a_run_the_newest_that_classifies_is_asked(shell: Shell, typed: Typed) -> None:
    """A newer language model is passed over, and a first word that names no model is a text."""
    expected = shell.run("classify", "reviewer", "fine", "dull", "--json").out
    assert shell.run("classify", "fine", "dull", "--json").out == expected
    assert typed.run(b"fine\ndull\n", "--json").out == expected


@pytest.mark.parametrize("word", ["9", "#9", "missing.pt", "missing.safetensors", "reviews.tsv"])
def test_what_looks_like_a_model_or_file_is_never_a_text(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """A run that is not there must not be answered for by another model."""
    monkeypatch.chdir(shell.root)
    for words in ([word], [word, PRAISE]):
        done = shell.run("classify", *words)
        assert (done.code, done.out) == (2, "")
        assert is_one_line(done.err)
        assert word in done.err


def test_each_line_of_standard_input_is_answered(shell: Shell, typed: Typed) -> None:
    """Blank lines have blank answers; line ends of every kind and a byte-order mark are no text."""
    data = b"\xef\xbb\xbf" + b"fine\r\n\n \t\ndull\na clever dog"
    done = typed.run(data, "reviewer")
    assert (done.code, done.err) == (0, "")
    fine, dull, clever = shell.run("classify", "2", "fine", "dull", "a clever dog").lines
    assert done.lines == [fine, "", "", dull, clever]
    objects = typed.run(data, "reviewer", "--json").objects
    assert objects[1] == objects[2] == {"label": None, "probabilities": {}}
    assert len(objects) == 5


def test_a_text_has_the_same_answer_in_any_company(shell: Shell, typed: Typed) -> None:
    """Many texts of many lengths, classified together, are answered in their order."""
    texts = reviews(150, seed=4).texts
    together = typed.run("\n".join(texts).encode(), "2", "--json").objects
    assert len(together) == 150
    for at in (0, 1, 70, 149):
        (alone,) = shell.run("classify", "2", texts[at], "--json").objects
        assert together[at]["label"] == alone["label"]
        assert together[at]["probabilities"] == pytest.approx(alone["probabilities"], rel=1e-5)


def test_lines_are_answered_while_more_may_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has arrived is not kept waiting for what has not, as behind `tail -f`."""
    reader, writer = os.pipe()
    with os.fdopen(reader, encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        batches = input_lines.line_batches()
        os.write(writer, b"one\ntwo\nth")
        assert next(batches) == ["one", "two"]
        os.write(writer, b"ree\n\nfo")
        assert next(batches) == ["three", ""]
        os.write(writer, b"ur")
        os.close(writer)
        assert list(batches) == [["four"]]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
def test_lines_do_not_depend_on_how_they_arrive(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Characters of several bytes and long lines are whole, wherever a chunk ends."""
    data = "é\nü\r\n\n日本語 text\x00\nlast".encode()
    monkeypatch.setattr(input_lines, "CHUNK_BYTES", chunk)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
    lines = [line for batch in input_lines.line_batches() for line in batch]
    assert lines == ["é", "ü", "", "日本語 text\x00", "last"]


def test_what_is_no_text_is_told_once(typed: Typed) -> None:
    """Bytes that fit no encoding are read as well as they can be, with one line about it."""
    done = typed.run(b"fine \xe9\xff\n\xff\n" * 3 + b"a\0b\n", "2", "--json")
    assert (done.code, len(done.lines)) == (0, 7)
    encoding, unknown = done.err.splitlines(keepends=True)
    assert is_one_line(encoding)
    assert "not all valid utf-8" in encoding
    assert "11 of 15 tokens" in unknown


def test_a_long_text_is_cut_and_that_is_told_once(typed: Typed) -> None:
    """The run's own length counts, whatever comes: here a megabyte, twice."""
    done = typed.run((b"fine " * 200_000 + b"\n") * 2 + b"dull\n", "1")
    assert (done.code, len(done.lines)) == (0, 3)
    assert is_one_line(done.err)
    assert "the first 8 are read" in done.err


@pytest.mark.parametrize(("data", "out"), [(b"", ""), (b"\n \n", "\n\n")])
def test_no_text_at_all_is_told(typed: Typed, data: bytes, out: str) -> None:
    """An empty standard input is one line and exit code 2, rather than silence."""
    done = typed.run(data, "reviewer")
    assert (done.code, done.out) == (2, out)
    assert is_one_line(done.err)


def test_a_keyboard_is_not_waited_for(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal, and where standard input is closed, a missing text is told at once."""
    monkeypatch.setattr(input_lines, "is_given", lambda: False)
    for words in ([], ["reviewer"], ["2", "--json"]):
        done = shell.run("classify", *words)
        assert (done.code, is_one_line(done.err)) == (2, True)
        assert "a text is missing" in done.err
    monkeypatch.undo()
    monkeypatch.setattr(sys, "stdin", None)
    assert not input_lines.is_given()


@pytest.mark.parametrize("words", [["2", ""], ["2", "fine", " \t"], [""]])
def test_an_empty_text_is_refused(shell: Shell, words: list[str]) -> None:
    """It has no class; nothing is answered before it is noticed."""
    done = shell.run("classify", *words)
    assert (done.code, done.out) == (2, "")
    assert "must not be empty" in done.err
