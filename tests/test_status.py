"""The status line says the most important things first, at any width."""

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from class_cases import classified, classified_run
from core.config import config_values, make_config
from core.events import Diagnosed, DiagnosisEnded, Event, Paused, PhaseChanged, TextSampled
from core.experiment_budget import ENDLESS_EPOCHS
from event_cases import ended, evaluated, started, steps
from tui.history import History
from tui.panels.rates import RatesBox
from tui.panels.status import (
    MiniLine,
    StatusBar,
    fitted,
    last_text,
    mini_parts,
    sample_text,
    state_sign,
    status_parts,
)
from tui.widgets.glyphs import ASCII, BRAILLE
from tui.widgets.sparkline import Sparkline

REPORT: dict[str, object] = {"epoch": 3, "grad_norm": 1.2, "perplexity": 4.48}


def after(*events: Event) -> History:
    """Return the history of a run after some events."""
    history = History()
    first = started(name="shakes\x1b-lstm", planned_steps=12_000, steps_per_epoch=1200)
    for event in (first, *(steps(at, [1.5] * 10, **REPORT) for at in (1, 11)), *events):
        history.fold(event)
    return history


def line(history: History, width: int = 200) -> str:
    """Return the status line as text."""
    return fitted(status_parts(history), width, BRAILLE).plain


def test_the_line_holds_what_matters() -> None:
    """Run, state, epoch, step, speed, remaining time, device and a graph of the loss."""
    text = line(after())
    for part in ("rnnstudio", "#14 shakes␛-lstm", "● TRAINING", "ep 3/10", "20/12,000"):
        assert part in text
    for part in ("31.2k tok/s", "ETA 19:58", "cpu", "loss ▄▄"):
        assert part in text


def test_the_next_evaluation_stands_in_the_line() -> None:
    """A person who waits for a first figure sees when it comes."""
    assert "next evaluation in 1:58" in line(after())
    assert "next evaluation" not in line(after(Paused(step=20)))


def test_a_finding_stands_in_the_line_until_it_is_over() -> None:
    """What the doctor holds to be wrong is seen without its panel, and goes with its cause."""
    wrong = [
        Diagnosed(step=20, code=code, message="m.", evidence="e", fix={})
        for code in ("dead_units", "learning_rate_too_high")
    ]
    assert "! learning rate too high +1" in line(after(*wrong), 80)
    over = DiagnosisEnded(step=30, code="learning_rate_too_high")
    assert "! dead units  " in line(after(*wrong, over))
    assert "!" not in line(after(*wrong, over, started(start_step=10)))


def test_a_narrow_line_keeps_state_and_step() -> None:
    """Whatever the width, the line fits; the state is the last to go."""
    history = after()
    for width in range(1, 140):
        text = line(history, width)
        assert cell_len(text) <= max(width, len("● TRAINING"))
        assert "TRAINING" in text
    assert "20/12,000" in line(history, 24)


@pytest.mark.parametrize(
    ("event", "sign", "word"),
    [
        (Paused(step=20), "‖", "PAUSED"),
        (PhaseChanged(phase="evaluating", step=20), "◆", "EVALUATING"),
        (PhaseChanged(phase="saving", step=20), "▼", "SAVING"),
        (PhaseChanged(phase="building_vocabulary", step=0), "◌", "BUILDING VOCABULARY"),
    ],
)
def test_each_state_has_a_sign_and_a_word(event: Event, sign: str, word: str) -> None:
    """States are told apart without colour."""
    assert state_sign(after(event))[:2] == (sign, word)


@pytest.mark.parametrize(
    ("reason", "sign", "word"),
    [
        ("finished", "✓", "FINISHED"),
        ("max_steps", "✓", "STEP LIMIT"),
        ("early_stop", "✓", "EARLY STOPPING"),
        ("stopped", "■", "STOPPED"),
        ("signal", "■", "STOPPED"),
        ("diverged", "✗", "DIVERGED"),
        ("failed", "✗", "FAILED"),
    ],
)
def test_each_end_has_a_sign_and_a_word(reason: str, sign: str, word: str) -> None:
    """How a run ended is told apart without colour, and no remaining time is claimed."""
    history = after(ended(reason=reason))
    assert state_sign(history)[:2] == (sign, word)
    assert "ETA" not in line(history)


def test_phases_before_the_run_are_named() -> None:
    """Before there is a run, the line says what is being done and how far it is."""
    history = History()
    assert "○ READY" in line(history)
    history.fold(PhaseChanged(phase="reading_text", step=0, detail="novel.txt", progress=0.25))
    assert "◌ READING TEXT 25%  novel.txt" in line(history)


def test_the_mini_line_reads_without_panels() -> None:
    """Loss, best validation loss, perplexity, gradient and learning rate are in one line."""
    text = fitted(mini_parts(after(evaluated(20, 1.4, best=1.4))), 200, BRAILLE).plain
    for part in ("loss 1.500", "best val 1.400", "ppl 4.480", "‖g‖ 1.20 ! clipped", "lr 0.001"):
        assert part in text
    huge = fitted(mini_parts(after(steps(21, [800.0], perplexity=None))), 200, BRAILLE).plain
    assert "ppl inf" in huge


def test_a_classifier_has_accuracies() -> None:
    """The best model's accuracy is in both lines, and no perplexity, which means nothing there."""
    history = classified_run()
    assert "best 85.1%" in line(history)
    text = fitted(mini_parts(history), 200, BRAILLE).plain
    for part in ("loss 0.1", "best val 0.1", "acc 89.1%", "best acc 85.1%"):
        assert part in text
    assert "ppl" not in text
    phase = PhaseChanged(phase="measuring_baselines", step=0)
    history.fold(phase)
    assert state_sign(history)[:2] == ("◌", "MEASURING BASELINES")


def test_the_newest_answer_is_one_safe_line() -> None:
    """Where texts are classified, the last line says what became of the newest one."""
    history = classified_run(100)
    assert last_text(history, 40) == ""
    history.fold(classified(1, "bad\x1b film"))
    assert last_text(history, 40) == "negative 83.0%: bad␛ film"
    history.fold(classified(2, "日本語" * 20))
    for width in range(1, 60):
        assert cell_len(last_text(history, width)) <= width


def test_the_newest_sample_is_one_safe_line() -> None:
    """The end of the sample is shown, controls as signs, never wider than asked for."""

    def sampled(*tokens: str) -> TextSampled:
        return TextSampled(
            sample=1,
            step=20,
            origin="training",
            prompt="",
            tokens=list(tokens),
            probabilities=[0.5] * len(tokens),
            done=True,
        )

    assert sample_text(after(sampled("What\n", "is\x1b")), 40) == "What↵is␛"
    for width in range(3, 40):
        text = sample_text(after(sampled(*"abc日本語" * 20)), width)
        assert cell_len(text) <= width
        assert text.startswith("…")
        assert text.endswith("語")


def test_ascii_lines_are_ascii() -> None:
    """With ASCII glyphs our own signs are replaced."""
    history = after(Paused(step=20))
    history.name = "run"
    assert fitted(status_parts(history), 200, ASCII).plain.isascii()
    assert fitted(mini_parts(history), 200, ASCII).plain.isascii()


async def test_the_lines_are_drawn() -> None:
    """Both lines and the box of rates follow the history."""

    class LinesApp(App[None]):
        def compose(self) -> ComposeResult:
            yield StatusBar()
            yield RatesBox()
            yield MiniLine()

    app = LinesApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(StatusBar).show(after())
        app.query_one(MiniLine).show(after())
        app.query_one(RatesBox).show(after())
        await pilot.pause()
        assert "● TRAINING" in app.query_one(StatusBar).render_line(0).text
        assert "loss 1.500" in app.query_one(MiniLine).render_line(0).text
        assert not app.query_one(MiniLine).render_line(1).text.strip()
        speed = app.query_one(RatesBox).query(Sparkline).first()
        assert "31.2k" in speed.render_line(0).text


@pytest.mark.parametrize("epochs", [1000, ENDLESS_EPOCHS])
def test_a_budget_of_seconds_is_told_in_seconds(epochs: int) -> None:
    """The epochs behind it, endless or more than its seconds suffice for, are not."""
    config = config_values(make_config({"epochs": epochs, "max_seconds": 60.0}))
    history = History()
    planned = 100 * epochs
    for event in (started(config=config, planned_steps=planned), steps(1, [1.5] * 50)):
        history.fold(event)
    assert "ep 1  50  5s/1:00" in line(history)
