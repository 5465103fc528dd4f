"""`evaluate --per_char`: each token's bits, to scripts and to people, and the worst places."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from cli_cases import CONTROLS, SMALL_MODEL, Shell, is_one_line
from core.text.spelling import spelling_bits
from core.text.vocabulary import UNKNOWN_INDEX
from core.training.evaluation import evaluate
from training_cases import TEXT
from tui.cli import output, surprisal
from tui.cli.main import run_command_line
from workspace.inference import OpenedLanguageModel, open_language_model
from workspace.paths import Workspace

OTHER = "the quick brown ñandú jumps\nover my box; \x1b[2J pack the zebra\n" * 3


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run of characters and one of words."""
    folder = tmp_path_factory.mktemp("surprisal")
    (folder / "jugs.txt").write_text(TEXT)
    (folder / "other.txt").write_text(OTHER)
    usual = [*SMALL_MODEL, "--data_file", str(folder / "jugs.txt")]
    for vocab_type in ("char", "word"):
        words = ["train", *usual, "--vocab_type", vocab_type, "--name", f"by-{vocab_type}"]
        assert run_command_line([*words, "--workspace", str(folder / "studio")]) == 0
    return folder


@pytest.fixture
def shell(root: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in the folder with the runs."""
    return Shell(root, capsys)


def opened(shell: Shell, name: str) -> OpenedLanguageModel:
    """Open a run's model in float64."""
    found = open_language_model(Workspace(shell.workspace), name)
    found.model.double()
    return found


@pytest.mark.parametrize("name", ["by-char", "by-word"])
def test_the_bits_of_the_tokens_sum_to_the_evaluations_loss(shell: Shell, name: str) -> None:
    """Token by token in float64, the bits are those told, and their sum is the loss told."""
    done = shell.run("evaluate", name, "--per_char", "--json", "--data_file", "other.txt")
    assert done.code == 2  # not in this folder
    done = shell.run(
        "evaluate", name, "--per_char", "--json", "--data_file", str(shell.root / "other.txt")
    )
    assert (done.code, done.err) == (0, "")
    summary, *tokens = done.objects
    assert (summary["type"], {token["type"] for token in tokens}) == ("Surprisal", {"Token"})
    assert "".join(str(token["token"]) for token in tokens) == OTHER
    model = opened(shell, name)
    ids = model.vocabulary.text_to_indices(OTHER)
    assert summary["tokens"] == len(tokens) == len(ids)
    with torch.no_grad():
        first, _ = model.model(torch.tensor([[model.vocabulary.start_index]]))
        logits, _ = model.model(torch.from_numpy(ids[None, :-1].astype(np.int64)))
    logs = torch.log_softmax(torch.cat([first[0], logits[0]]).double(), dim=1)
    bits = [-float(logs[n, index]) / math.log(2) for n, index in enumerate(ids.tolist())]
    told = [float(str(token["bits"])) for token in tokens]
    assert told == pytest.approx(bits, rel=1e-4, abs=1e-5)
    nats = evaluate(model.model, ids, chars=len(OTHER), words=1, device=torch.device("cpu")).loss
    assert sum(told[1:]) * math.log(2) / (len(tokens) - 1) == pytest.approx(nats, rel=1e-6)
    assert float(str(summary["loss"])) == pytest.approx(nats, rel=1e-6)
    spelling = spelling_bits(model.vocabulary, OTHER)
    assert spelling > 0
    assert float(str(summary["spelling_bits_per_char"])) == pytest.approx(spelling / len(OTHER))
    of_text = (sum(told[1:]) + spelling) / len(OTHER)
    assert float(str(summary["bits_per_char"])) == pytest.approx(of_text)
    assert [token["unknown"] for token in tokens] == (ids == UNKNOWN_INDEX).tolist()
    last = [np.mean(told[max(0, n - 49) : n + 1]) for n in range(len(told))]
    assert [token["mean_bits"] for token in tokens] == pytest.approx(last)


@pytest.mark.parametrize("name", ["by-char", "by-word"])
@pytest.mark.parametrize("repeats", [1, 60])
def test_token_by_token_the_figures_are_those_of_the_whole(
    shell: Shell, name: str, repeats: int
) -> None:
    """`evaluate` and `evaluate --per_char` say one loss and one length of a text."""
    text = shell.root / "long.txt"
    text.write_text(OTHER * repeats)
    words = ("evaluate", name, "--json", "--data_file", str(text))
    whole, by_token = shell.run(*words).objects[0], shell.run(*words, "--per_char").objects[0]
    for figure in ("loss", "bits_per_char", "spelling_bits_per_char", "unknown"):
        assert by_token[figure] == pytest.approx(whole[figure], rel=1e-5)


def test_the_most_surprising_places_are_named(shell: Shell) -> None:
    """Line and column are those of the token itself, and the guesses are not what stands there."""
    for name in ("by-char", "by-word"):
        done = shell.run(
            "evaluate", name, "--per_char", "--json", "--data_file", str(shell.root / "other.txt")
        )
        summary, *tokens = done.objects
        places: list[dict[str, object]] = summary["most_surprising"]  # type: ignore[assignment]
        assert places[0]["bits"] == max(float(str(token["bits"])) for token in tokens)
        lines = OTHER.split("\n")
        for place in places:
            token = str(place["token"])
            line, column = int(str(place["line"])), int(str(place["column"]))
            if token.strip():
                assert lines[line - 1][column - 1 :].startswith(token.strip())
            guesses: list[dict[str, object]] = place["expected"]  # type: ignore[assignment]
            assert guesses
            assert token not in [guess["text"] for guess in guesses]


def test_what_stands_there_is_not_expected_instead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where so few tokens are known that all are alternatives, the actual one is left out."""
    shell = Shell(tmp_path, capsys)
    shell.text.write_text("ab\n" * 300)
    assert shell.train("--epochs", "1").code == 0
    summary, *tokens = shell.run("evaluate", "--per_char", "--json").objects
    assert len(tokens[0]["alternatives"]) == 4  # type: ignore[arg-type]
    for place in summary["most_surprising"]:  # type: ignore[attr-defined]
        assert len(place["expected"]) == 3
        assert place["token"] not in [guess["text"] for guess in place["expected"]]


def test_people_read_digits_below_the_text(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every token's whole bits stand below it, in a width of 80 too, and nothing hostile passes."""
    monkeypatch.setenv("COLUMNS", "80")
    done = shell.run(
        "evaluate", "by-char", "--per_char", "--data_file", str(shell.root / "other.txt")
    )
    assert (done.code, done.err) == (0, "")
    assert not CONTROLS & set(done.out)
    assert max(map(len, done.lines[:-12])) <= 90
    start = next(n for n, line in enumerate(done.lines) if "the quick brown ñandú jumps" in line)
    shown = shell.run(
        "evaluate", "by-char", "--per_char", "--json", "--data_file", str(shell.root / "other.txt")
    ).objects[1:]
    bits = [float(str(token["bits"])) for token in shown[: OTHER.index("\n") + 1]]
    digits = "".join(str(min(int(b), 9)) if b >= 1 else " " for b in bits)
    assert done.lines[start + 1] == (" " * 6 + digits).rstrip()
    assert "most surprising:" in done.lines
    assert any("expected instead" in line for line in done.lines)


def test_a_terminal_gets_shades_and_a_pipe_none(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shades are styles of the terminal; the digits are the same without them."""
    words = ("evaluate", "by-word", "--per_char", "--data_file", str(shell.root / "other.txt"))
    plain = shell.run(*words).out
    assert "\x1b" not in plain
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setattr("tui.cli.surprisal_text.is_terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    shaded = shell.run(*words).out
    assert "\x1b[" in shaded
    assert "\x1b[2J" not in shaded


def test_long_texts_are_bounded_and_it_is_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few tokens are shown unless more are wanted; of a very long text the beginning is read."""
    text = ("--data_file", str(shell.root / "other.txt"))
    done = shell.run("evaluate", "by-char", "--per_char", "--limit", "10", *text)
    assert f"{len(OTHER) - 10:,} more tokens are not shown; --limit 0 shows all" in done.lines
    assert (
        len(
            shell.run("evaluate", "by-char", "--per-char", "--json", "--limit", "10", *text).objects
        )
        == 11
    )
    monkeypatch.setattr(surprisal, "MOST_READ", 50)
    done = shell.run("evaluate", "by-char", "--per_char", "--json", *text)
    assert is_one_line(done.err)
    assert "only the first 50 of" in done.err
    summary = done.objects[0]
    assert (summary["chars"], summary["chars_left_out"]) == (50, len(OTHER) - 50)


def test_the_runs_own_validation_text_is_read(shell: Shell) -> None:
    """Without a file it is the tail that the run was validated with; an empty file is refused."""
    done = shell.run("evaluate", "by-char", "--per_char", "--json")
    assert (done.code, done.err) == (0, "")
    tokens = done.objects[1:]
    assert TEXT.endswith("".join(str(token["token"]) for token in tokens))
    assert len(tokens) == round(len(TEXT) / 10)
    empty = shell.root / "empty.txt"
    empty.write_text("")
    done = shell.run("evaluate", "by-char", "--per_char", "--data_file", str(empty))
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
