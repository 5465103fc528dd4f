"""`generate` and `evaluate`: a trained model writes text and is measured, by run or by file."""

import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from cli_cases import CONTROLS, SMALL_MODEL, Shell, is_one_line
from core.escapes import escaped
from training_cases import TEXT
from tui.cli import output
from tui.cli.main import run_command_line


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run whose text holds an escape sequence, and its exported model."""
    folder = tmp_path_factory.mktemp("generate")
    (folder / "jugs.txt").write_text(TEXT + "\x1b[2J\n" * 20)
    words = ["--workspace", str(folder / "studio"), "--data_file", str(folder / "jugs.txt")]
    export = ["--save_dir", str(folder / "exported")]
    assert run_command_line(["train", *SMALL_MODEL, *words, *export, "--epochs", "1"]) == 0
    return folder


@pytest.fixture
def shell(root: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in the folder with the run."""
    return Shell(root, capsys)


def test_the_text_begins_with_the_prompt_and_is_exact(shell: Shell) -> None:
    """Into a pipe go the prompt and `max_length` characters, not one more."""
    done = shell.run("generate", "--prompt", "the ", "--max_length", "50")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("the ")
    assert len(done.out) == 54
    without = shell.run("generate", "--prompt", "the ", "--max_length", "50", "--no_echo")
    assert without.out == done.out[4:]


def test_a_seed_repeats_a_sample(shell: Shell) -> None:
    """The same seed gives the same text, another one another; greedy needs none."""
    one, same, other = (
        shell.run("generate", "1", "--max_length", "80", "--seed", seed).out for seed in "778"
    )
    assert one == same != other
    greedy = [shell.run("generate", "--greedy", "--seed", seed).out for seed in "12"]
    assert greedy[0] == greedy[1]


def test_no_compiler_is_loaded(shell: Shell) -> None:
    """The first character does not wait a second for torch's compiler, which nothing needs."""
    code = (
        "import sys, rnnstudio; rnnstudio.main(sys.argv[1:]); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    words = ("generate", "--max_length", "3", "--workspace", str(shell.workspace))
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=False)
    assert (done.returncode, len(done.stdout)) == (0, 3)


def test_several_samples_at_once(shell: Shell) -> None:
    """Each is what its seed gives alone, cut alike: a line each where none has line ends."""
    words = ("generate", "--max_length", "60", "--prompt", "the ", "--stop", "e", "--greedy")
    done = shell.run(*words, "--num_samples", "2", "--seed", "5")
    alone = shell.run(*words).out
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{alone}\n{alone}\n"
    bare = ("generate", "--max_length", "60", "--no_echo", "--seed")
    several = shell.run(*bare, "3", "--num_samples", "3").out
    texts = [shell.run(*bare, seed).out for seed in "345"]
    places = [several.index(text) for text in texts]
    assert places == sorted(places)
    assert len(set(texts)) == 3


def test_several_samples_are_separated(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """By blank lines where texts have line ends, by --separator, and for people by headings."""
    one = ("generate", "--max_length", "4", "--greedy", "--prompt", r"a\nb")
    words, text = (*one, "--num_samples", "2"), shell.run(*one).out
    assert shell.run(*words).out == f"{text}\n\n{text}\n"
    assert shell.run(*words, "--separator", r"\t\u0000").out == f"{text}\t\0{text}"
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    assert shell.run(*words, "--seed", "5").out == "".join(
        f"--- sample {number} of 2, seed {seed} ---\n{text}\n" for number, seed in ((1, 5), (2, 6))
    )
    assert shell.run(*words, "--separator", "|").out == f"{text}|{text}"


def test_a_separator_without_several_samples_is_refused(shell: Shell) -> None:
    """One line says what to give with it."""
    done = shell.run("generate", "--separator", "x")
    assert (done.code, done.out) == (2, "")
    assert "--num_samples" in done.err
    assert "--json" in shell.run("generate", "--separator", "x", "--json").err


def test_a_prompt_is_read_from_a_file_or_standard_input(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Both are taken exactly: a backslash stays one, and the last line end stays, too."""
    prompt = "the\\n jug\n"
    words = ("generate", "--max_length", "9")
    typed = shell.run(*words, "--prompt", escaped(prompt)).out
    assert typed.startswith(prompt)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(prompt.encode()), "utf-8"))
    assert shell.run(*words, "--prompt", "-").out == typed
    file = tmp_path / "prompt.txt"
    file.write_bytes(prompt.encode("utf-16"))
    assert shell.run(*words, "--prompt_file", str(file)).out == typed
    file.write_text("the jug é", encoding="latin-1")
    latin = shell.run(*words, "--prompt_file", str(file), "--encoding", "latin-1")
    assert latin.out.startswith("the jug é")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--prompt", "a", "--prompt_file", "jugs.txt"), "give one"),
        (("--encoding", "latin-1"), "--prompt_file"),
        (("--prompt_file", "no.txt"), "no.txt does not exist"),
        (("--prompt", "-"), "standard input is not valid utf-8 at byte 2"),
    ],
)
def test_a_prompt_that_cannot_be_read_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    """One line says why, and nothing is written."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ab\xff"), "utf-8"))
    done = shell.run("generate", *words)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert told in done.err


def test_a_stop_text_that_cannot_come_is_told(shell: Shell) -> None:
    """A note on standard error says that the vocabulary cannot write it; one that can has none."""
    words = ("generate", "--max_length", "5", "--stop")
    done = shell.run(*words, r"\u6f22")
    assert (done.code, len(done.out)) == (0, 5)
    assert "no text ends before '漢'" in done.err
    assert shell.run(*words, r"\n").err == ""


@pytest.mark.parametrize("number", ["0", "-1", "two", "5000"])
def test_a_number_of_samples_out_of_range_is_refused(shell: Shell, number: str) -> None:
    """One line names the option and its range."""
    done = shell.run("generate", f"--num_samples={number}")
    assert (done.code, done.out) == (2, "")
    assert "--num_samples must be a whole number between 1 and 4096" in done.err


def test_a_sample_ends_before_its_stop_text(shell: Shell) -> None:
    """`--stop` cuts the sample short of the text that it names."""
    whole = shell.run("generate", "--max_length", "80").out
    stop = whole[30:32]
    assert shell.run("generate", "--max_length", "80", "--stop", stop).out == whole.split(stop)[0]


def test_a_typed_line_end_stops_a_sample(shell: Shell) -> None:
    """`--stop` and `--prompt` read a backslash and an n as a line end."""
    whole = shell.run("generate", "--max_length", "80", "--prompt", "\n").out
    assert shell.run("generate", "--max_length", "80", "--prompt", r"\n").out == whole
    stop = whole[30]
    words = ("generate", "--max_length", "80", "--prompt", r"\u000a", "--stop")
    cut = shell.run(*words, f"\\u{ord(stop):04x}").out
    assert cut == "\n" + whole[1:].split(stop)[0]


def test_unknown_characters_of_a_prompt_are_told(shell: Shell) -> None:
    """A prompt of characters never seen works, and a note on standard error says how."""
    done = shell.run("generate", "--prompt", "the ñ", "--max_length", "5")
    assert done.code == 0
    assert done.out.startswith("the ñ")
    assert is_one_line(done.err)
    assert "'ñ'" in done.err


def test_a_terminal_gets_no_control_characters(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a model has learnt from a hostile text cannot act on a terminal, unless asked to."""
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    words = ("generate", "--prompt", "\x1b[2J", "--max_length", "400", "--temperature", "5")
    safe = shell.run(*words).out
    assert not CONTROLS & set(safe)
    assert safe.endswith("\n")
    assert shell.run(*words, "--raw").out.startswith("\x1b[2J")


@pytest.mark.parametrize("target", ["1", "jugs.txt-lstm", "jugs-lstm", "checkpoint", "exported"])
def test_a_model_is_named_in_many_ways(shell: Shell, target: str) -> None:
    """A run's number or name, its checkpoint's path and the exported file are the same model."""
    if target == "checkpoint":
        target = str(next((shell.workspace / "runs" / "1").glob("*.safetensors")))
    elif target == "exported":
        target = str(shell.root / "exported" / "best_lstm_char.pt")
    elif target.startswith("jugs"):
        target = json.loads(shell.run("runs", "--json").out)[0]["name"]
    done = shell.run("generate", target, "--greedy", "--max_length", "20")
    assert (done.code, done.err) == (0, "")
    assert done.out == shell.run("generate", "--greedy", "--max_length", "20").out


def test_json_is_an_object_a_text(shell: Shell) -> None:
    """Each has its seed and the text that is written without `--json`; words of plain text go."""
    words = ["generate", "--prompt", "the ", "--max_length", "40", "--seed", "7"]
    plain = shell.run(*words, "--no_echo").out
    (found,) = shell.run(*words, "--json").objects
    assert found == {"seed": 7, "prompt": "the ", "text": plain}
    several = shell.run(*words, "--num_samples", "3", "--json").objects
    assert [(text["seed"], len(str(text["text"]))) for text in several] == [
        (7, 40), (8, 40), (9, 40),
    ]  # fmt: skip
    assert shell.run(*words[:2], "a\udcff", "--json").objects[0]["prompt"] == "a?"
    for option in ("--raw", "--no_echo"):
        done = shell.run(*words, option, "--json")
        assert (done.code, done.out) == (2, "")
        assert is_one_line(done.err)


def test_evaluate_measures_any_text(shell: Shell) -> None:
    """Perplexity is exp(loss); a text of one token a character has loss / ln 2 bits each.

    What spelling its unknown characters takes stands apart and is in the sum.
    """
    done = shell.run("evaluate", "--data_file", str(shell.text), "--json")
    assert (done.code, done.err) == (0, "")
    (found,) = done.objects
    loss = float(str(found["loss"]))
    assert math.isclose(float(str(found["perplexity"])), math.exp(loss))
    characters = len(shell.text.read_text())
    bits = loss * (characters - 1) / characters / math.log(2)
    spelling = float(str(found["spelling_bits_per_char"]))
    assert (spelling > 0) == (int(str(found["unknown"])) > 0)
    assert math.isclose(float(str(found["bits_per_char"])), bits + spelling, rel_tol=1e-6)
    assert float(str(found["nats_per_word"])) > loss


def test_evaluate_reads_to_people_as_well(shell: Shell) -> None:
    """Without `--json` each measure has a line of its own, with its name."""
    done = shell.run("evaluate", "1", "--data-file", str(shell.text), "--encoding", "latin-1")
    assert [line.split("  ")[0] for line in done.lines[:6]] == [
        "loss", "perplexity", "bits per char", "nats per word", "text", "unknown",
    ]  # fmt: skip
    assert done.lines[7].split("  ")[0] == "baseline"
    assert [line.split()[0] for line in done.lines[8:-1]] == [
        "uniform", "unigram", *(f"{order}-gram" for order in range(2, 7)), "gzip", "xz",
    ]  # fmt: skip
    assert done.lines[-1].startswith("the model is ")


def test_evaluate_measures_the_runs_own_validation_text(shell: Shell) -> None:
    """Without a file it is that of the run, beside the yardsticks that the run has stored."""
    done = shell.run("evaluate", "1", "--json")
    assert (done.code, done.err) == (0, "")
    (found,), (run,) = done.objects, shell.run("runs", "show", "1", "--json").objects
    assert found["loss"] == pytest.approx(run["best_val_loss"], rel=1e-5)
    assert found["yardsticks"] == run["yardsticks"]
    assert len(list(found["yardsticks"])) == 9  # type: ignore[call-overload]
    assert any("beside" in line or "better" in line for line in shell.run("runs", "show").lines)


def test_without_the_runs_text_there_are_no_yardsticks(shell: Shell) -> None:
    """An exported file does not know its text: another one is measured alone, its own not."""
    model = str(shell.root / "exported" / "best_lstm_char.pt")
    done = shell.run("evaluate", model, "--data_file", str(shell.text), "--json")
    assert done.code == 0
    assert is_one_line(done.err)
    assert "does not say what it was trained on" in done.err
    assert done.objects[0]["yardsticks"] == []
    refused = shell.run("evaluate", model)
    assert (refused.code, refused.out) == (2, "")
    assert is_one_line(refused.err)


@pytest.mark.parametrize("command", ["generate", "evaluate", "resume"])
@pytest.mark.parametrize("target", ["jugs.txt", "missing.safetensors", "7", "no-such-run", "."])
def test_what_is_no_model_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, command: str, target: str
) -> None:
    """A file that is no checkpoint, a missing one and an unknown run: one line each, exit 2."""
    monkeypatch.chdir(shell.root)
    text = ["--data_file", "jugs.txt"] if command == "evaluate" else []
    done = shell.run(command, target, *text)
    assert done.code == 2
    assert is_one_line(done.err)
    assert target in done.err
    assert ("checkpoint" in done.err) == target.endswith(("txt", "safetensors"))
