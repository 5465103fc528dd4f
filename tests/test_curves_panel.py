"""The chart keys change what is shown, and the panels say what they show."""

import math

import msgspec
import pytest
from textual.app import App, ComposeResult

from class_cases import classified_run
from core.events import (
    Diverged,
    PhaseChanged,
    SettingChange,
    SettingsChanged,
    Yardstick,
    YardsticksMeasured,
)
from event_cases import evaluated, previewed, started, steps
from tui.commands import COMMANDS
from tui.history import History
from tui.overlays import Overlay
from tui.panels.chart_view import ChartView
from tui.panels.curve_panel import CurvePanel
from tui.panels.curves import AccuracyPanel, LossPanel, PerplexityPanel
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.curve_looks import look_of
from tui.widgets.glyphs import ASCII, BRAILLE, Glyphs
from tui.widgets.plot import value_text


def trained(count: int = 400, *, start: float = 4.0) -> History:
    """Return a run whose loss falls towards 1, with an evaluation each hundred steps."""
    history = History()
    history.fold(started())
    for step in range(1, count + 1):
        loss = 1.0 + (start - 1.0) * math.exp(-step / 100)
        history.fold(steps(step, [loss]))
        if step % 100 == 0:
            history.fold(evaluated(step, loss + 0.1, best=loss + 0.1))
    return history


def of_number(run: int, history: History) -> History:
    """Return a history as that of another run."""
    history.run = run
    return history


def overlay(run: int, history: History, look: int = 0) -> Overlay:
    """Return a run to draw beside another one."""
    return Overlay(f"#{run}", of_number(run, history), look_of(look))


class PanelApp(App[None]):
    """Show both curve panels."""

    def __init__(self, glyphs: Glyphs = BRAILLE) -> None:
        super().__init__()
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Put the loss above the perplexity."""
        yield LossPanel(glyphs=self._glyphs)
        yield PerplexityPanel(glyphs=self._glyphs)


def text_of(panel: CurvePanel) -> str:
    """Return title, chart and subtitle as text."""
    chart = panel.query_one(BrailleChart)
    rows = [chart.render_line(row).text for row in range(chart.size.height)]
    return "\n".join([str(panel.border_title), *rows, str(panel.border_subtitle)])


async def test_both_measures_are_charted() -> None:
    """Loss and perplexity show their curves, best values, and the perplexity is exp(loss)."""
    app = PanelApp()
    async with app.run_test(size=(100, 40)) as pilot:
        history = trained()
        loss, perplexity = app.query_one(LossPanel), app.query_one(PerplexityPanel)
        for panel in (loss, perplexity):
            panel.show(history)
        await pilot.pause()
        assert history.best_val_loss is not None
        assert f"best val {history.best_val_loss:.3f}" in text_of(loss)
        assert f"best val {math.exp(history.best_val_loss):.3f}" in text_of(perplexity)
        assert "2 Loss" in text_of(loss)
        assert "3 Perplexity" in text_of(perplexity)
        assert "close-up" in text_of(loss)
        assert "log" in text_of(perplexity)
        assert "◆" in text_of(loss)


async def test_a_first_look_is_a_hollow_point() -> None:
    """Before the first evaluation the chart shows what validation is like, and no best."""
    app = PanelApp()
    async with app.run_test(size=(100, 40)) as pilot:
        history = History()
        for event in (started(), steps(1, [3.0 - 0.01 * n for n in range(100)])):
            history.fold(event)
        history.fold(previewed(50, 2.4))
        panel = app.query_one(LossPanel)
        panel.show(history)
        await pilot.pause()
        text = text_of(panel)
        assert "first look 2.400" in text
        assert text.count("◇") == 2
        assert "best val" not in text
        history.fold(evaluated(100, 2.1, best=2.1))
        panel.show(history)
        text = text_of(panel)
        assert "first look" not in text
        assert "◇" in text
        assert "best val 2.1" in text


def with_yardsticks(history: History, vocab_type: str = "char") -> History:
    """Add yardsticks: some among the values of the curves, one of them far below."""
    history.config["vocab_type"] = vocab_type
    losses = {"uniform": 9.0, "unigram": 3.0, "2-gram": 2.0, "xz": 0.2}
    history.fold(
        YardsticksMeasured(
            yardsticks=[
                Yardstick(name=name, loss=loss, bits_per_char=loss / math.log(2))
                for name, loss in losses.items()
            ],
            counted_tokens=1000,
            measured_tokens=100,
        )
    )
    return history


def rows_with(panel: CurvePanel, word: str) -> list[str]:
    """Return the rows of the chart that hold a word."""
    return [row for row in text_of(panel).split("\n") if word in row]


def train_value(panel: CurvePanel) -> float:
    """Return what the legend says of the training curve."""
    legend = text_of(panel).split("\n")[1]
    return float(legend.partition("train ")[2].split()[0])


async def test_yardsticks_in_sight_are_named_lines() -> None:
    """Those among the curves have a line with a name, far ones move no axis, `b` hides them."""
    app = PanelApp()
    async with app.run_test(size=(100, 50)) as pilot:
        bare, panel = app.query_one(PerplexityPanel), app.query_one(LossPanel)
        panel.show(trained())
        plain = text_of(panel)
        panel.show(with_yardsticks(trained()))
        bare.show(with_yardsticks(trained()))
        await pilot.pause()
        for word in ("unigram 3.000", "2-gram 2.000"):
            (row,) = rows_with(panel, word)
            assert "┄┄┄" in row
        assert not rows_with(panel, "uniform")
        assert not rows_with(panel, "xz")
        assert rows_with(bare, f"unigram {math.exp(3):.4g}")
        panel.focus()
        await pilot.press("b")
        assert text_of(panel) == plain
        assert "┄" not in plain


async def test_yardsticks_that_share_a_row_share_its_name() -> None:
    """On a low chart none hides another: both are named, or the first with a count."""
    app = PanelApp()
    async with app.run_test(size=(60, 16)) as pilot:
        history = with_yardsticks(trained())
        assert history.yardsticks is not None
        close = [
            Yardstick(name=name, loss=loss, bits_per_char=None)
            for name, loss in (("5-gram", 2.0), ("6-gram", 2.01), ("xz", 2.02))
        ]
        history.yardsticks = msgspec.structs.replace(history.yardsticks, yardsticks=close)
        panel = app.query_one(LossPanel)
        panel.show(history)
        await pilot.pause()
        named = rows_with(panel, "5-gram 2.000")
        assert named
        assert "+2" in named[0] or "xz 2.020" in named[0]


async def test_the_unit_of_the_loss_is_switched() -> None:
    """Curve, best value, crosshair and yardsticks are all in the unit that the title names."""
    app = PanelApp()
    async with app.run_test(size=(100, 50)) as pilot:
        panel, history = app.query_one(LossPanel), with_yardsticks(trained())
        panel.show(history)
        panel.focus()
        best = history.best_val_loss
        assert best is not None
        in_units = (
            ("bits/char", lambda loss: loss / math.log(2)),
            ("perplexity", math.exp),
            ("nats", lambda loss: loss),
        )
        await pilot.press(*["left"] * 40)
        under_crosshair = train_value(panel)
        assert under_crosshair > 1.05
        for unit, turned in in_units:
            await pilot.press("m")
            text = text_of(panel)
            assert f"· {unit} ·" in text
            assert f"best val {value_text(turned(best))}" in text
            assert train_value(panel) == pytest.approx(turned(under_crosshair), rel=1e-3)
            assert rows_with(panel, f"2-gram {value_text(turned(2.0))}")


async def test_bits_per_character_of_words_wait_for_an_evaluation() -> None:
    """How many tokens a character has is told by evaluations; before that the chart says so."""
    app = PanelApp()
    async with app.run_test(size=(100, 50)) as pilot:
        panel, history = app.query_one(LossPanel), with_yardsticks(History(), "word")
        history.fold(started(config={**started().config, "vocab_type": "word"}))
        history.fold(steps(1, [4.0, 3.9, 3.8]))
        panel.show(history)
        panel.focus()
        await pilot.press("m")
        assert "bits per character are not known before the first evaluation" in text_of(panel)
        measured = msgspec.structs.replace(evaluated(3, 3.0, best=3.0), bits_per_char=1.5)
        history.fold(measured)
        panel.show(history)
        await pilot.pause()
        assert "best val 1.500" in text_of(panel)
        assert "train 1.9" in text_of(panel)


async def test_where_there_is_one_unit_the_key_says_so() -> None:
    """A classifier's loss, its accuracy and the perplexity stay what they are."""
    app = AccuracyApp()
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        history = classified_run()
        for panel in (app.query_one(LossPanel), app.query_one(AccuracyPanel)):
            panel.show(history)
            before = text_of(panel)
            panel.focus()
            await pilot.press("m")
            assert text_of(panel) == before
        assert len(app._notifications) == 2
        await pilot.press("b")
        assert "bag of words" not in text_of(app.query_one(AccuracyPanel))


class AccuracyApp(App[None]):
    """Show the loss above the accuracy."""

    def compose(self) -> ComposeResult:
        """Put the panels on the screen."""
        yield LossPanel()
        yield AccuracyPanel()


async def test_accuracy_is_charted_beside_its_baselines() -> None:
    """Both accuracies in percent, the best model's, and what simple methods reach, by name."""
    app = AccuracyApp()
    async with app.run_test(size=(100, 40)) as pilot:
        history = classified_run()
        panel, loss = app.query_one(AccuracyPanel), app.query_one(LossPanel)
        for charted in (panel, loss):
            charted.show(history)
        await pilot.pause()
        text = text_of(panel)
        assert "3 Accuracy" in text
        assert f"best model {history.classes.best_accuracy:.1%}" in text
        assert "val 85.1%" in text
        assert "━━ train 89." in text
        assert "bag of words 70.4%" in text
        assert "majority class 33.3%" in text
        assert "80%┤" in text
        assert "120%" not in text
        assert "bag of words" not in text_of(loss)
        panel.focus()
        await pilot.press("left", "left")
        assert "step 59" in text_of(panel)


async def test_runs_of_another_task_are_not_drawn_behind() -> None:
    """Nats per token and nats per text have no axis in common."""
    app = AccuracyApp()
    async with app.run_test(size=(100, 40)) as pilot:
        panel = app.query_one(LossPanel)
        panel.show(classified_run(100))
        panel.set_overlays([overlay(12, trained()), overlay(13, classified_run(300))])
        await pilot.pause()
        text = text_of(panel)
        assert "#12" not in text
        assert "#13" in text


async def test_a_run_looks_the_same_beside_others_as_on_show() -> None:
    """The run on show is drawn once, as it is among the others; all are named."""
    app = PanelApp()
    async with app.run_test(size=(56, 40)) as pilot:
        beside = [overlay(11 + at, trained(start=4.0 - at / 2), at) for at in range(5)]
        for panel in app.query(CurvePanel):
            panel.set_overlays(beside)
            panel.show(beside[1].history)
            curves = {curve.label: curve for curve in panel.query_one(BrailleChart).plot.curves}
            assert set(curves) == {"#11", "#12", "#13", "#14", "#15", "val", ""}
            for at in range(5):
                curve = curves[f"#{11 + at}"]
                assert (curve.role, curve.stroke, curve.sign) == look_of(at)
            await pilot.pause()
            legend = panel.query_one(BrailleChart).render_line(0).text
            for label in ("#11", "#12", "#13", "#14", "#15", "val"):
                assert label in legend


async def test_every_chart_key_has_its_action() -> None:
    """No key of the scope is dead."""
    panel = LossPanel()
    for command in COMMANDS:
        if command.scope == "charts":
            assert hasattr(panel, "action_" + command.action.partition("(")[0]), command.id


async def test_keys_steer_the_view() -> None:
    """Log, unit, smoothing, zoom, crosshair and follow each change what is to be read."""
    app = PanelApp()
    async with app.run_test(size=(100, 40)) as pilot:
        panel = app.query_one(LossPanel)
        panel.show(trained())
        panel.focus()
        await pilot.press("L")
        assert "from the start" in text_of(panel)
        await pilot.press("L")
        assert "log" in text_of(panel)
        await pilot.press("x", "x")
        assert "30s" in text_of(panel)
        await pilot.press("x", "]")
        assert "EMA .95" in text_of(panel)
        await pilot.press("[", "[", "[", "[", "[", "[")
        assert "not smoothed" in text_of(panel)
        await pilot.press("plus")
        assert "step 200–400" in text_of(panel)
        await pilot.press("left", "left")
        assert "step 398" in text_of(panel)
        await pilot.press("f")
        assert "step" not in text_of(panel)
        assert "· all ·" in text_of(panel)


async def test_a_run_without_steps_is_not_named_beside_others() -> None:
    """Before the first run, the legend is of those that are drawn beside it alone."""
    app = PanelApp()
    async with app.run_test(size=(100, 40)):
        for panel in app.query(CurvePanel):
            panel.set_overlays([overlay(12, trained())])
            curves = panel.query_one(BrailleChart).plot.curves
            assert [curve.label for curve in curves if curve.label] == ["#12"]


async def test_marks_overlays_and_divergence_are_shown() -> None:
    """A live change, another run and the end by divergence can be read on the chart."""
    app = PanelApp()
    async with app.run_test(size=(100, 40)) as pilot:
        panel = app.query_one(LossPanel)
        history = trained()
        change = SettingChange(name="dropout", old=0.3, new=0.1)
        history.fold(SettingsChanged(step=200, changes=[change]))
        history.fold(Diverged(step=401, what="loss", parameter="", message="m"))
        panel.show(history)
        panel.set_overlays([Overlay("#12\x1b[", of_number(12, trained(start=3.0)), look_of(0))])
        await pilot.pause()
        text = text_of(panel)
        assert "dropout 0.3→0.1" in text
        assert "#12␛[" in text
        assert "loss not finite at step 401" in text
        assert "diverged at 401" in text


async def test_there_is_no_dead_screen() -> None:
    """Without a curve the panel says what is going on or which key begins."""
    app = PanelApp()
    async with app.run_test(size=(80, 24)) as pilot:
        panel, history = app.query_one(LossPanel), History()
        await pilot.pause()
        assert "space starts training" in text_of(panel)
        history.fold(PhaseChanged(phase="reading_text", step=0, detail="a.txt", progress=0.4))
        panel.show(history)
        assert "reading text 40% · a.txt" in text_of(panel)


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (80, 24), (200, 60)])
async def test_ascii_at_any_size(size: tuple[int, int]) -> None:
    """With ASCII glyphs nothing else is drawn inside the frame, whatever the size."""
    app = PanelApp(ASCII)
    async with app.run_test(size=size) as pilot:
        panel = app.query_one(LossPanel)
        panel.show(trained())
        await pilot.press("2", "left", "plus", "minus", "L", "x")
        await pilot.pause()
        assert text_of(panel).isascii()


def test_the_window_follows_or_holds() -> None:
    """Zoomed at the right edge it moves with the run; elsewhere it stays where it was put."""
    view = ChartView()
    view.zoom_by(1, 100.0)
    assert view.window(100.0) == (50.0, 100.0)
    assert view.window(200.0) == (100.0, 200.0)
    view.follow()
    view.crosshair = 30.0
    view.zoom_by(1, 100.0)
    assert view.window(100.0) == pytest.approx((15.0, 65.0))
    view.move_crosshair(-1, 100.0, 50)
    assert view.crosshair == pytest.approx(29.0)
    for _ in range(100):
        view.move_crosshair(-1, 100.0, 50)
    start, _ = view.window(100.0)
    assert (start, view.crosshair) == (0.0, 0.0)
    for _ in range(200):
        view.move_crosshair(1, 100.0, 50)
    assert view.crosshair == 100.0
    assert view.window(100.0)[1] == 100.0
    for _ in range(20):
        view.zoom_by(-1, 100.0)
    assert view.window(100.0) == (0.0, 100.0)


async def test_the_value_axis_follows_the_curve_past_its_first_fall() -> None:
    """What all losses do at first takes no rows from what is going on now; `L` shows it."""
    app = PanelApp()
    async with app.run_test(size=(100, 40)) as pilot:
        panel = app.query_one(LossPanel)
        panel.show(trained(2000, start=9.0))
        panel.focus()
        plot = panel.query_one(BrailleChart).plot
        assert plot.fit_to < 3
        await pilot.press("L")
        assert math.isinf(panel.query_one(BrailleChart).plot.fit_to)


async def test_a_branch_that_was_left_stays_as_a_ghost() -> None:
    """After going back the run's own curve begins anew, and what was left is drawn in grey."""
    app = PanelApp()
    async with app.run_test(size=(100, 40)):
        panel, history = app.query_one(LossPanel), trained()
        for _ in range(5):
            history.fold(started(start_step=200))
            history.fold(steps(201, [5.0] * 50))
        panel.show(history)
        curves = panel.query_one(BrailleChart).plot.curves
        ghosts = [curve for curve in curves if curve.role == "ghost"]
        assert len(ghosts) == 3
        assert all(curve.x[0] > 200 and not curve.stretches for curve in ghosts)
        history.fold(started())
        panel.show(history)
        assert not [c for c in panel.query_one(BrailleChart).plot.curves if c.role == "ghost"]
