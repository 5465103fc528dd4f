"""`runs`, `settings`, `corpora` and `completion`: tables for people, JSON for scripts."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from class_cases import CONFUSION, class_evaluated, classes_measured, classifier_started
from cli_cases import CONTROLS, SMALL_MODEL, Shell, is_one_line
from core.config import SETTINGS, make_config
from core.events import Evaluated, decode_event
from core.presets import PRESETS
from core.text.corpora import BUILTIN_CORPORA
from event_cases import ended
from training_cases import TEXT
from tui.cli import tables
from tui.cli.main import run_command_line
from tui.cli.tables import Column, table_lines
from workspace.paths import Workspace
from workspace.runs import RunStore

CONTRACT = {"run", "name", "status", "step", "best_val_loss", "created"}


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path, capsys)


@pytest.fixture
def two_runs(shell: Shell) -> Shell:
    """Return a shell with two short runs in its workspace."""
    assert shell.train("--max_steps", "2").code == 0
    assert shell.train("--max_steps", "3", "--name", "[b] second").code == 0
    return shell


def test_an_empty_workspace_is_no_error(shell: Shell) -> None:
    """Without a run the list is empty, says how to start, and nothing is created."""
    assert shell.run("runs", "--json").out == "[]\n"
    assert "rnnstudio train" in shell.run("runs").out
    assert not shell.workspace.exists()


def test_the_list_holds_what_the_contract_says(two_runs: Shell) -> None:
    """One array, newest first, by `runs`, `runs list` and in either order of the words."""
    done = two_runs.run("runs", "list", "--json")
    found = json.loads(done.out)
    assert done.out.count("\n") == 1
    assert [run["run"] for run in found] == [2, 1]
    assert all(run.keys() >= CONTRACT for run in found)
    assert found[0]["name"] == "[b] second"
    assert found[0]["status"] == "max_steps"
    assert found[0]["created"].endswith("+00:00")
    assert two_runs.run("runs", "--json").out == two_runs.run("runs", "--json", "list").out
    table = two_runs.run("runs").lines
    assert table[0].split()[:2] == ["run", "name"]
    assert "[b] second" in table[1]
    assert len(table) == 3


def test_classifiers_have_their_own_measures(two_runs: Shell) -> None:
    """Accuracy has a column as soon as a run has one; only language models have a perplexity."""
    assert "accuracy" not in two_runs.run("runs").lines[0]
    assert two_runs.train_classifier("--name", "reviewer", "--epochs", "1").code == 0
    found = json.loads(two_runs.run("runs", "--json").out)
    assert [run["best_accuracy"] is None for run in found] == [False, True, True]
    heading, first, *others = two_runs.run("runs").lines
    assert {"accuracy", "perplexity"} <= set(heading.split())
    assert f"{100 * found[0]['best_accuracy']:.2f} %" in first
    assert "bilstm 12 x 1" in first
    assert not any("%" in line for line in others)
    two_runs.run("runs", "delete", "1", "2", "--yes")
    assert "perplexity" not in two_runs.run("runs").lines[0]


def test_show_tells_how_the_classes_fared(shell: Shell) -> None:
    """A classifier's best evaluation is in the details, for people and for scripts."""
    trained = shell.train_classifier("--json")
    found = json.loads(shell.run("runs", "show", "--json").out)
    best = [event for event in trained.objects if event.get("is_best") and "accuracy" in event]
    assert found["best_accuracy"] == best[-1]["accuracy"]
    assert found["classes"]["step"] == best[-1]["step"]
    assert found["classes"]["labels"] == ["bad", "good"]
    assert {"precision", "recall", "f1", "confusion"} <= found["classes"].keys()
    text = shell.run("runs", "show").out
    assert f"accuracy {100 * found['best_accuracy']:.2f} %" in text
    assert "class  precision  recall" in text
    assert "perplexity" not in text


def test_show_tells_the_classes_of_the_best_model(shell: Shell) -> None:
    """A later and worse evaluation does not stand for the model that the run keeps."""
    worse = msgspec.structs.replace(class_evaluated(20, 0.5, best=0.8), is_best=False)
    store = RunStore(Workspace(shell.workspace))
    run = store.create_run("classes", make_config(preset="classifier")).run
    events = (class_evaluated(10, 0.8, best=0.8), classes_measured(10), worse, classes_measured(20))
    for event in (classifier_started(), *events, ended(best_accuracy=0.8)):
        store.record(run, event)
    store.close()
    found = json.loads(shell.run("runs", "show", "--json").out)
    assert (found["best_accuracy"], found["classes"]["step"]) == (0.8, 10)
    assert found["classes"]["confusion"] == CONFUSION


def test_show_tells_all_of_one_run(two_runs: Shell) -> None:
    """Settings, results and checkpoints, the newest run if none is named."""
    found = json.loads(two_runs.run("runs", "show", "1", "--json").out)
    assert found["config"]["hidden_size"] == 12
    assert found["checkpoints"][0]["sha256"]
    assert Path(found["checkpoints"][0]["path"]).is_file()
    lines = two_runs.run("runs", "show").lines
    assert lines[0] == "run 2 [b] second"
    assert "  hidden_size 12" in lines
    assert not any("optimizer" in line for line in lines)


def test_only_the_best_of_all_checkpoints_is_called_so(shell: Shell) -> None:
    """What was the best one when it was saved need not be any more."""
    few = ["--max_steps", "12", "--eval_every", "4", "--keep_checkpoints", "9"]
    done = shell.train(*few, "--json")
    reports = [decode_event(line) for line in done.lines]
    bests = [e.step for e in reports if isinstance(e, Evaluated) and e.is_best]
    assert len(bests) > 1
    (found,) = shell.run("runs", "show", "--json").objects
    assert [c["step"] for c in found["checkpoints"] if c["is_best"]] == bests[-1:]  # type: ignore[attr-defined]
    assert sum(", best, " in line for line in shell.run("runs", "show").lines) == 1


def test_export_writes_the_best_model(two_runs: Shell) -> None:
    """Two files with the chapter's names, whose paths are printed."""
    folder = two_runs.root / "exported"
    done = two_runs.run("runs", "export", "1", "--save_dir", str(folder))
    assert done.lines == [str(folder / "best_lstm_char.pt"), str(folder / "char_vocabulary.json")]
    assert all(Path(line).is_file() for line in done.lines)
    assert json.loads(two_runs.run("runs", "export", "1", "--save-dir", str(folder), "--json").out)


def test_deleting_asks(two_runs: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a yes deletes; where nobody can be asked, `--yes` is needed."""
    refused = two_runs.run("runs", "delete", "1")
    assert refused.code == 2
    assert "--yes" in refused.err

    class Terminal:
        """Stand for a keyboard."""

        answer = "\n"

        def isatty(self) -> bool:
            """Be one."""
            return True

        def readline(self) -> str:
            """Give the answer."""
            return self.answer

    monkeypatch.setattr(sys, "stdin", Terminal())
    assert "nothing was deleted" in two_runs.run("runs", "delete", "1").out
    monkeypatch.setattr(Terminal, "answer", "y\n")
    assert "deleted run 1" in two_runs.run("runs", "delete", "1").out
    assert len(json.loads(two_runs.run("runs", "--json").out)) == 1


def test_deleting_is_all_or_nothing(two_runs: Shell) -> None:
    """If one of the runs is not there, none is deleted; naming one twice is naming it once."""
    done = two_runs.run("runs", "delete", "1", "9", "--yes")
    assert done.code == 2
    assert is_one_line(done.err)
    assert len(json.loads(two_runs.run("runs", "--json").out)) == 2
    done = two_runs.run("runs", "delete", "2", "1", "#2", "--yes", "--json")
    assert (done.code, json.loads(done.out)) == (0, [2, 1])
    assert not list((two_runs.workspace / "runs").glob("*/*.safetensors"))


def test_a_run_that_is_being_trained_is_not_deleted(two_runs: Shell) -> None:
    """Deletion refuses what a living process holds, and leaves the others as they are."""
    store = RunStore(Workspace(two_runs.workspace))
    store.create_run("busy", make_config({"data_file": str(two_runs.text)}))
    try:
        done = two_runs.run("runs", "delete", "1", "busy", "--yes")
        assert done.code == 2
        assert "is being trained" in done.err
        assert len(json.loads(two_runs.run("runs", "--json").out)) == 3
    finally:
        store.close()


def test_settings_lists_the_tables(shell: Shell) -> None:
    """Every setting and preset is there, for people and for scripts."""
    done = shell.run("settings")
    assert done.code == 0
    text = {line.split()[0] for line in done.lines if line.strip()}
    assert text >= {*SETTINGS, *PRESETS, "temperature", "min_p"}
    found = json.loads(shell.run("settings", "--json").out)
    assert [setting["name"] for setting in found["training"]] == list(SETTINGS)
    assert found["presets"] == PRESETS
    assert not shell.workspace.exists()


def test_a_table_wraps_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe each row is one line, however long; a terminal's width is kept."""
    columns = (Column("a\x1b[2J"), Column("long", optional=True), Column("b", wraps=True))
    rows = [["[/]\x1b[2J", "x" * 20, "word " * 60]]
    lines = table_lines(columns, rows)
    assert len(lines) == 2
    assert lines[0].split() == ["a␛[2J", "long", "b"]
    assert "[/]" in lines[1]
    assert not CONTROLS & set("".join(lines))
    monkeypatch.setattr(tables, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    narrow = table_lines(columns, rows)
    assert narrow[0].split() == ["a␛[2J", "b"]
    assert len(narrow) > 3
    assert max(map(len, narrow)) <= 40


def test_corpora_are_listed_and_shown(shell: Shell) -> None:
    """Built-in texts and those on the web are listed; one can be looked into, in any spelling."""
    listed = shell.run("corpora").out
    assert all(name in listed for name in [*BUILTIN_CORPORA, "tiny-shakespeare"])
    found = json.loads(shell.run("corpora", "list", "--json").out)
    assert {corpus["name"]: corpus["ready"] for corpus in found}["brackets"] is True
    shown = shell.run("corpora", "show", "Delayed_Copy")
    assert shown.code == 0
    assert shown.lines[0].startswith("delayed-copy: ")
    absent = shell.run("corpora", "show", "tiny-shakespeare")
    assert absent.code == 2
    assert "rnnstudio corpora fetch tiny-shakespeare" in absent.err
    assert not shell.workspace.exists()


def test_labelled_corpora_are_shown_as_rows(shell: Shell) -> None:
    """Rows of class and text from all over the texts, a line each, as the csv library reads."""
    found = {corpus["name"]: corpus for corpus in json.loads(shell.run("corpora", "--json").out)}
    assert found["lookup"]["task"] == "classify"
    assert found["brackets"]["task"] == "language"
    for name in ("lookup", "python-modules"):
        done = shell.run("corpora", "show", name)
        assert (done.code, done.err) == (0, "")
        rows = list(csv.reader(done.lines[3:], delimiter="\t"))
        assert rows[0] == ["label", "text"]
        assert len(rows) == 21
        assert all(len(row) == 2 for row in rows)
        assert len({label for label, _ in rows[1:]}) >= 4


def test_a_corpus_is_fetched_and_its_path_printed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's work is tested elsewhere; here the name arrives and the way on is told."""
    asked: list[str] = []

    def fetch(name: str, workspace: Workspace, _progress: object = None) -> Path:
        asked.append(name)
        return workspace.corpora_dir / f"{name}.txt"

    monkeypatch.setattr("workspace.corpora.fetch", fetch)
    done = shell.run("corpora", "fetch", "tiny_shakespeare")
    assert asked == ["tiny-shakespeare"]
    assert done.lines[0].endswith("tiny-shakespeare.txt")
    assert "--corpus tiny-shakespeare" in done.lines[1]


def test_the_name_of_what_is_fetched_is_no_format(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Braces in a name on a terminal are braces, and an unknown name is refused in one line."""
    monkeypatch.setattr("tui.cli.corpora.is_terminal", lambda: True)
    done = shell.run("corpora", "fetch", "{0}}")
    assert done.code == 2
    assert is_one_line(done.err)


OFFER = """
read -r -a rule <<< "$(complete -p rnnstudio)"
COMP_WORDS=(rnnstudio "$@")
COMP_CWORD=$#
"${rule[-2]}" 2> /dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""What bash does at the key Tab, which there is none of without a terminal."""


def offered(script: str, *words: str) -> set[str]:
    """Return what bash offers by a completion script behind some words of `rnnstudio`."""
    done = subprocess.run(
        ["bash", "-s", "--", *words],
        input=script + OFFER,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_completion_is_a_script_of_the_shell(shell: Shell) -> None:
    """Bash offers commands, options and choices by it, and nothing that is ours alone."""
    done = shell.run("completion", "bash")
    assert (done.code, done.err) == (0, "")
    assert {"train", "generate", "completion"} <= offered(done.out, "")
    assert offered(done.out, "train", "--hid") == {"--hidden_size"}
    assert {"--tie_weights", "--no_tie_weights"} <= offered(done.out, "train", "--")
    assert offered(done.out, "train", "--schedule", "") == {"constant", "cosine", "plateau"}
    assert offered(done.out, "generate", "--top") == {"--top_k", "--top_p"}
    assert not [word for word in offered(done.out, "train", "--") if "with_process" in word]
    assert "list" in offered(done.out, "experiment", "")
    assert "member" not in offered(done.out, "experiment", "")
    assert shell.run("completion", "zsh").out.startswith("#compdef rnnstudio")
    unknown = shell.run("completion", "bsh")
    assert unknown.code == 2
    assert "did you mean bash?" in unknown.err


def test_completion_says_what_to_install(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the message names the command that installs it."""
    monkeypatch.setitem(sys.modules, "shtab", None)
    done = shell.run("completion", "bash")
    assert done.code == 2
    assert is_one_line(done.err)
    assert "pip install 'rnnstudio[completion]'" in done.err


def test_a_word_level_run_reads_well(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """The line of a run's start names its kind of token."""
    words = ["--vocab_type", "word", "--max_steps", "1", "--workspace", str(shell.workspace)]
    text = shell.root / "words.txt"
    text.write_text(TEXT)
    capsys.readouterr()
    assert run_command_line(["train", *SMALL_MODEL, *words, "--data_file", str(text)]) == 0
    assert " words, " in capsys.readouterr().out


def test_a_run_is_given_name_notes_and_tags(two_runs: Shell) -> None:
    """`runs edit` says what it did; list and show know it, for people and for scripts."""
    words = ("--name", "uno", "--notes", "n b", "--tags", "a,b")
    edited = two_runs.run("runs", "edit", "1", *words)
    assert edited.code == 0
    assert all(word in edited.out for word in ("uno", "n b", "a, b"))
    listed = json.loads(two_runs.run("runs", "list", "--json").out)
    found = next(run for run in listed if run["run"] == 1)
    assert (found["name"], found["notes"], found["tags"]) == ("uno", "n b", ["a", "b"])
    assert json.loads(two_runs.run("runs", "show", "1", "--json").out)["tags"] == ["a", "b"]
    table = two_runs.run("runs").out
    assert "tags" in table.splitlines()[0]
    assert "a, b" in table
    refused = two_runs.run("runs", "edit", "1")
    assert refused.code == 2
    assert "--name, --notes or --tags" in refused.err
