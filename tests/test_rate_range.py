"""The learning-rate range test: what it does to a model, when it ends, what it suggests."""

import json
import math
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from cli_cases import CONTROLS, SMALL_CLASSIFIER_MODEL, SMALL_MODEL, Shell, is_one_line
from core.rate_range import (
    DIVERGED,
    RangePoint,
    Smoothing,
    growing_rates,
    suggested_rate,
)
from core.training.lr_range import range_test
from training_cases import Recorder, small_config, small_corpus, weights_of
from tui.cli.rate_curve import curve_lines


def points(smoothed: list[float]) -> list[RangePoint]:
    """Return a test with these smoothed losses, one a tenth of a decade."""
    return [
        RangePoint(step=at + 1, learning_rate=10 ** (-6 + at / 10), loss=loss, smoothed=loss)
        for at, loss in enumerate(smoothed)
    ]


def test_rates_grow_by_one_factor() -> None:
    """From the first to the last, as numpy's geometric series."""
    found = growing_rates(1e-5, 0.5, 40)
    np.testing.assert_allclose(found, np.geomspace(1e-5, 0.5, 40), rtol=1e-12)


def test_the_smoothed_loss_is_a_corrected_moving_mean() -> None:
    """It equals the weighted mean of all losses so far, the newest with the largest weight."""
    losses = np.random.default_rng(0).normal(3, 1, 30)
    smoothing = Smoothing()
    found = [smoothing.add(loss) for loss in losses]
    for count in range(1, 31):
        weights = 0.9 ** np.arange(count)[::-1]
        assert found[count - 1] == pytest.approx(np.average(losses[:count], weights=weights))
    assert smoothing.lowest == min(found)


def test_the_suggestion_lies_between_the_two_rules() -> None:
    """The geometric mean of the steepest fall and a tenth of the lowest point, in two digits."""
    curve = [5.0] * 20 + [4.9, 4.6, 4.0, 3.2, 2.8, 2.6, 2.5, 2.45, 2.44, 3.0, 6.0]
    steepest, lowest = 10 ** (-6 + 2.2), 10 ** (-6 + 2.8)
    wanted = math.sqrt(steepest * lowest / 10)
    found = suggested_rate(points(curve))
    assert found == pytest.approx(wanted, rel=0.05)
    assert found == float(f"{found:.1e}")


@pytest.mark.parametrize("curve", [[], [3.0] * 5, [3.0] * 40, [3.0 + 0.01 * n for n in range(40)]])
def test_a_loss_that_never_falls_suggests_nothing(curve: list[float]) -> None:
    """Neither an empty test nor a flat or rising one is a reason for any rate."""
    assert suggested_rate(points(curve)) is None


def test_the_steps_are_those_of_a_trainer() -> None:
    """With a rate that does not grow, the losses are those of a run, bit for bit."""
    config = small_config(
        dropout=0.0, schedule="constant", warmup_steps=0, learning_rate=0.01, max_steps=12
    )
    recorder = Recorder()
    recorder.trainer(config).run()
    found = range_test(config, small_corpus(config), [0.01] * 12, lambda: False)
    assert [float(point.loss or 0).hex() for point in found] == recorder.losses


def test_a_run_beside_it_does_not_notice() -> None:
    """The generators are the run's own between two points: its weights are to the last bit."""
    config = small_config(max_steps=20, dropout=0.3)
    alone = Recorder()
    alone_trainer = alone.trainer(config)
    alone_trainer.run()
    beside = Recorder()
    trainer = beside.trainer(config)
    take = trainer._take_step
    test = range_test(config, small_corpus(config), growing_rates(1e-5, 1, 15), lambda: False)

    def take_and_test() -> None:
        take()
        next(test, None)

    trainer._take_step = take_and_test  # type: ignore[method-assign]
    trainer.run()
    assert weights_of(trainer) == weights_of(alone_trainer)


def test_it_ends_where_the_loss_diverges_or_it_is_asked_to() -> None:
    """No step is taken past a loss of several times the best, nor past one that is not finite."""
    config = small_config(max_grad_norm=0.0)
    corpus = small_corpus(config)
    found = list(range_test(config, corpus, growing_rates(1e-3, 100, 80), lambda: False))
    assert len(found) < 80
    smoothed = [point.smoothed or math.inf for point in found]
    assert smoothed[-1] > DIVERGED * min(smoothed)
    assert all(
        value <= DIVERGED * min(smoothed[: at + 1]) for at, value in enumerate(smoothed[:-1])
    )
    broken = list(range_test(config, corpus, [math.nan, 0.1, 0.1], lambda: False))
    assert len(broken) == 2
    assert broken[-1].loss is None
    assert list(range_test(config, corpus, [0.1], lambda: True)) == []


def test_global_generators_stay_as_they_were() -> None:
    """Whoever draws after a test draws what they would have drawn."""
    state = torch.get_rng_state()
    config = small_config()
    list(range_test(config, small_corpus(config), [0.01] * 3, lambda: False))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in a folder with a small text."""
    return Shell(tmp_path, capsys)


def test_the_command_draws_and_suggests_and_keeps_nothing(shell: Shell) -> None:
    """The curve fits 80 columns, the last line can be copied, and no workspace is made."""
    words = [*SMALL_MODEL, "--data_file", str(shell.text), "--lowest", "0.0001", "--steps", "60"]
    done = shell.run("lr-range", *words)
    assert (done.code, done.err) == (0, "")
    assert done.lines[-1].startswith("suggestion: --learning_rate 0.")
    assert all(len(line) <= 80 for line in done.lines)
    assert any("▲" in line for line in done.lines)
    assert not CONTROLS & set(done.out)
    assert not shell.workspace.exists()
    rate = done.lines[-1].split()[-1]
    assert shell.train("--learning_rate", rate, "--max_steps", "1").code == 0


def test_json_is_an_object_a_step_and_a_suggestion(shell: Shell) -> None:
    """For classifiers as well; the suggestion is the one of the points."""
    words = [*SMALL_CLASSIFIER_MODEL, "--data_file", str(shell.reviews), "--steps", "30"]
    done = shell.run("lr-range", *words, "--lowest", "0.001", "--json")
    assert done.code == 0
    *steps, last = map(json.loads, done.lines)
    assert {step["type"] for step in steps} == {"RangeStep"}
    assert last["type"] == "RangeEnded"
    assert last["reason"] == ("finished" if len(steps) == 30 else "diverged")
    told = [RangePoint(**{k: v for k, v in step.items() if k != "type"}) for step in steps]
    assert last["suggestion"] == suggested_rate(told)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_part_of_the_range_suggests_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    """A test that a signal ends says how far it came, though the loss has fallen by then."""
    rates = growing_rates(0.001, 1, 60)

    def measured(*_: object) -> Iterator[RangePoint]:
        for step, rate in enumerate(rates, start=1):
            loss = 4.0 - step / 20
            yield RangePoint(step=step, learning_rate=rate, loss=loss, smoothed=loss)
            if step == 40:
                signal.raise_signal(signal.SIGINT)
                return

    monkeypatch.setattr("workspace.rate_range.range_points", measured)
    words = [*SMALL_MODEL, "--data_file", str(shell.text), "--lowest", "0.001", "--steps", "60"]
    done = shell.run("lr-range", *words, *(["--json"] if as_json else []))
    assert done.code == 130
    if as_json:
        assert done.objects[-1] == {"type": "RangeEnded", "suggestion": None, "reason": "stopped"}
    else:
        said = "stopped after 40 of 60 steps: no suggestion from a part of the rates"
        assert done.lines[-1] == said
        assert "▲" not in done.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--lowest 0", "--lowest must be a number above 0"),
        ("--highest nan", "--highest must be a number above 0"),
        ("--lowest 1 --highest 0.1", "--lowest must be below --highest"),
        ("--steps 1", "--steps must be a whole number from 2"),
        ("--data_file nope", "nope does not exist"),
        ("--hidden_size 0", "between 1 and 8192"),
    ],
)
def test_wrong_input_is_one_line(shell: Shell, line: str, said: str) -> None:
    """The message names the value or the way out, and the code is 2."""
    done = shell.run("lr-range", *line.split())
    assert done.code == 2
    assert is_one_line(done.err)
    assert said in done.err


@pytest.mark.parametrize("width", [20, 79, 200])
def test_the_curve_fits_its_width(width: int) -> None:
    """Also where the losses are all the same or leave the picture."""
    for losses in ([3.0] * 20, [3.0 - 0.1 * n for n in range(19)] + [1e9]):
        rates = growing_rates(1e-6, 1, len(losses))
        lines = curve_lines(rates, losses, 0.003, width)
        assert max(map(len, lines)) <= width
