"""`bench`: rivals take turns in processes of their own, and their figures come out as they are."""

import json
from pathlib import Path

import pytest

from cli_cases import Shell
from core.benchmark import comparison
from core.benchmark.comparison import Comparison, compare
from core.benchmark.interleaved import Figure, measure
from core.benchmark.rival import Rival, made_up
from core.errors import BenchmarkError
from core.settings import Value
from training_cases import SMALL

NAMES = ("plain", "fp32", "bf16")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path, capsys)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Value], int, float]]:
    """Answer instead of measuring, and note what was asked for."""
    found: list[tuple[dict[str, Value], int, float]] = []

    def answer(settings: dict[str, Value], names: list[str], **how: float) -> Comparison:
        found.append((settings, int(how["rounds"]), how["seconds"]))
        rates = {
            name: Figure(name, [20.0 * (n + 1), 10.0 * (n + 1)]) for n, name in enumerate(names)
        }
        return Comparison(rates, ceiling=1e9, operations=2e7)

    monkeypatch.setattr(comparison, "compare", answer)
    return found


def test_rivals_train_and_take_turns() -> None:
    """Plain loop and ours take steps in processes of their own, beside a large product."""
    turns: list[tuple[int, int]] = []
    found = compare(
        {**SMALL, "model_type": "rnn", "stateful": True}, ("plain", "fp32"), rounds=1,
        seconds=0.01, ours={}, tell=lambda done, total: turns.append((done, total)),
    )  # fmt: skip
    assert list(found.rates) == ["plain", "fp32"]
    assert all(rate.median > 0 for rate in found.rates.values())
    assert found.ratio("plain") == 1
    assert found.ceiling > 0 and found.share("fp32") > 0
    assert turns == [(n, 6) for n in range(1, 7)]


def test_a_rival_that_ends_is_told_in_a_line() -> None:
    """What it complained of last is the reason."""
    rival = Rival("fp32", {"hidden_size": 0}, seconds=0.01, environment={})
    with pytest.raises(BenchmarkError, match=r"ended before its turn: .*hidden_size"):
        rival.rate()


def test_ratios_are_taken_round_by_round() -> None:
    """A machine that slows down moves both values of a round, and no ratio."""
    speeds = iter([9.0, 9.0, 1.0, 2.0, 10.0, 20.0, 4.0, 8.0])
    base, other = measure({"a": lambda: next(speeds), "b": lambda: next(speeds)}, rounds=3)
    assert (base.values, other.values) == ([1, 10, 4], [2, 20, 8])
    assert other.ratio(base) == 2


def test_a_made_up_text_has_so_many_symbols() -> None:
    """As many different characters as were asked for."""
    assert len(set(made_up(300))) == 300


def test_all_cells_are_measured(
    shell: Shell, asked: list[tuple[dict[str, Value], int, float]]
) -> None:
    """Each cell is a table with the rate, its spread, ratio and share, and then the ceiling."""
    text = shell.run("bench").out
    assert [settings["model_type"] for settings, _, _ in asked] == ["rnn", "lstm", "gru"]
    assert asked[0][1:] == (5, 0.7)
    line = next(line for line in text.splitlines() if "bf16" in line)
    assert line.split()[-4:] == ["45", "30–60", "3.00", "90%"]
    assert text.count("ceiling: 1 GFLOP/s") == 3


def test_json_holds_the_same(
    shell: Shell, asked: list[tuple[dict[str, Value], int, float]]
) -> None:
    """One object a cell, with what was asked for."""
    words = ("--model_type", "gru", "--rounds", "2", "--seconds", "0.1", "--threads", "1")
    found = json.loads(shell.run("bench", *words, "--json").out)
    assert asked == [({"threads": 1, "model_type": "gru"}, 2, 0.1)]
    assert (found["type"], found["model_type"], found["threads"]) == ("TrainingMeasured", "gru", 1)
    rival = found["rivals"][1]
    assert (rival["name"], rival["tokens_per_s"], rival["ratio"]) == ("fp32", 30.0, 2.0)
    assert (rival["lowest"], rival["highest"]) == (20.0, 40.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--rounds 0", "--rounds must be a whole number from 1 to 1,000, got '0'"),
        ("--seconds nan", "--seconds must be a number above 0 and at most 600, got 'nan'"),
        ("--threads -1", "threads"),
        ("--model_type mlp", "model_type must be one of"),
    ],
)
def test_what_cannot_be_measured_is_refused(shell: Shell, words: str, said: str) -> None:
    """One line, and exit code 2."""
    done = shell.run("bench", *words.split())
    assert done.code == 2
    assert said in done.err
