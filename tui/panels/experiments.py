"""The panel of experiments: runs side by side as lanes with live curves, or a test of rates."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from core.config import make_config
from core.experiment_budget import budget_text
from core.language import tr
from tui.commands import bindings_of
from tui.history import History
from tui.intents import (
    AskComparison,
    AskRangeTest,
    OpenRun,
    OverlayRace,
    ResumeRace,
    StageFix,
    TurnRace,
)
from tui.keymap import Keymap
from tui.laboratory import Laboratory, RangeTest
from tui.panels.chart_view import ChartView
from tui.panels.panel import Panel
from tui.panels.race_plot import race_plot, range_plot
from tui.panels.race_rows import race_rows, state_text
from tui.race import Race
from tui.safe_text import displayable
from tui.signs import UNICODE, Signs
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.curve_colours import curve_colours
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import Plot
from tui.widgets.row_list import FAR, RowList
from tui.widgets.value_scale import SCALE_NAMES, Scale, next_scale

MOST_ROWS = 13
"""Rows of the list; more lanes scroll."""


class ExperimentsPanel(Panel):
    """Draw what the bench holds: it has no part in the run that the other panels show."""

    number = 11
    sign = "E"
    heading = tr("Experiments")
    scope = "experiments"
    place = "inside"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("experiments"),
        *FAR,
    ]
    DEFAULT_CSS = """
    ExperimentsPanel { border-subtitle-color: $text-muted; }
    ExperimentsPanel RowList { height: auto; }
    """

    def __init__(
        self,
        laboratory: Laboratory,
        keymap: Keymap,
        *,
        signs: Signs = UNICODE,
        glyphs: Glyphs = BRAILLE,
    ) -> None:
        super().__init__(id="experiments")
        self._laboratory = laboratory
        self._keymap = keymap
        self._signs, self._glyphs = signs, glyphs
        self._chart = BrailleChart(glyphs=glyphs)
        self._list = RowList(signs=signs)
        self._drawn: tuple[object, ...] = ()
        self._by_time: bool | None = None
        self._validation = False
        self._scale: Scale = "close"
        self._view = ChartView()
        """Where the crosshair is, counted from the left edge."""

    def compose(self) -> ComposeResult:
        """Lay out the chart above the lanes."""
        yield self._chart
        yield self._list

    def on_mount(self) -> None:
        """Say how to begin."""
        super().on_mount()
        self.redraw()

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        super().on_resize()
        self.redraw()

    def show(self, history: History) -> None:
        """Draw the bench; the run on show in the other panels does not matter here."""
        self.redraw()

    def redraw(self) -> None:
        """Draw what the bench holds now, unless nothing has changed."""
        test, race = self._laboratory.test, self._laboratory.race
        bench = self._laboratory
        state = (bench.planning, bench.going_on, bench.stopping)
        shown = (id(test), id(race))
        if self._drawn and self._drawn[1] != shown:
            self._view.follow()  # the crosshair stood in another picture
        crosshair = self._view.crosshair
        look = (self.size, self._by_time, self._validation, self._scale, state, crosshair)
        news = (len(test.points), test.is_over) if test is not None else ()
        race_news = (race.version,) if race is not None else ()
        if (look, shown, news, race_news) == self._drawn:
            return
        self._drawn = (look, shown, news, race_news)
        if test is not None:
            self._show_test(test)
        elif race is not None:
            self._show_race(race)
        else:
            self._show_nothing()

    def labels(self) -> dict[str, str]:
        """Name the keys that do something now."""
        test, race = self._laboratory.test, self._laboratory.race
        if test is not None and test.suggestion is not None:
            return {"experiments.stage": tr("Stage {rate:g}", rate=test.suggestion)}
        if self._laboratory.busy:
            labels = {"training.stop": tr("Stop")}
        else:
            labels = {"experiments.compare": tr("Compare")}
        if test is None and race is not None:
            if race.can_go_on and not self._laboratory.busy:
                labels["experiments.resume"] = tr("Resume")
            if any(lane.run is not None for lane in race.lanes):
                labels |= {"experiments.open": tr("Open"), "experiments.overlay": tr("Overlay")}
        return labels

    def action_compare(self) -> None:
        """Ask what to compare."""
        self.post_message(AskComparison())

    def action_test_rates(self) -> None:
        """Begin a range test."""
        self.post_message(AskRangeTest())

    def action_stage_rate(self) -> None:
        """Stage the rate that the test suggests."""
        test = self._laboratory.test
        if test is None or test.suggestion is None:
            self.app.notify(tr("no range test has suggested a rate"), markup=False)
            return
        self.post_message(StageFix({"learning_rate": test.suggestion}))

    def action_row(self, rows: int) -> None:
        """Go to another lane."""
        self._list.travel(rows)

    def action_open_run(self) -> None:
        """Show the lane's run in the other panels."""
        race = self._laboratory.race
        lanes = race.lanes if race is not None else []
        run = next((ln.run for ln in lanes if str(ln.member.member) == self._list.selected), None)
        if run is None:
            self.app.notify(tr("this run has not begun"), markup=False)
            return
        self.post_message(OpenRun(run))

    def action_overlay(self) -> None:
        """Draw all lanes in the other charts, or no longer."""
        self.post_message(OverlayRace())

    def action_resume(self) -> None:
        """Go on with the experiment on show."""
        self.post_message(ResumeRace())

    def action_turn(self, direction: int) -> None:
        """Show another experiment."""
        self.post_message(TurnRace(direction))

    def action_crosshair(self, direction: int) -> None:
        """Move the crosshair by one column, from the newest point on."""
        plot = self._chart.plot
        known = plot.newest - plot.start
        if known > 0:
            columns = self._chart.plot_columns * known / (plot.end - plot.start)
            self._view.move_crosshair(direction, known, round(columns))
            self.redraw()

    def action_follow(self) -> None:
        """Read the newest values again."""
        self._view.follow()
        self.redraw()

    def action_next_x_axis(self) -> None:
        """Count along the axis in steps or in seconds."""
        race = self._laboratory.race
        self._view.follow()
        self._by_time = not (race is not None and self._counts_time(race))
        self.redraw()

    def action_toggle_measure(self) -> None:
        """Show the loss of training or on held-out data."""
        self._validation = not self._validation
        self.redraw()

    def action_next_scale(self) -> None:
        """Show where the runs part, everything, or everything on a logarithmic axis."""
        self._scale = next_scale(self._scale)
        self.redraw()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Leave a click at moving the cursor."""
        message.stop()

    def _counts_time(self, race: Race) -> bool:
        """Tell how positions are counted: as the experiment's budget is, until asked otherwise."""
        return race.experiment.by == "seconds" if self._by_time is None else self._by_time

    def _show_nothing(self) -> None:
        compare, test = (
            self._keymap.first_shown(f"experiments.{what}") for what in ("compare", "test")
        )
        text = (
            self._planning_text()
            if self._laboratory.planning
            else tr(
                "{compare} compares models side by side, {test} tests learning rates",
                compare=compare,
                test=test,
            )
        )
        self._chart.show_plot(Plot(message=self._glyphs.text(text)))
        self._list.styles.display = "none"
        self.set_title("")
        self.set_subtitle("")

    def _show_test(self, test: RangeTest) -> None:
        self._show_plot(range_plot(test))
        self._list.styles.display = "none"
        parts = [tr("learning-rate range test")]
        if not test.is_over:
            step = test.points[-1].step if test.points else 0
            parts.append(tr("step {step:,} of {steps:,}", step=step, steps=test.steps))
        self.set_title(self._glyphs.text("─ " + " · ".join(parts)))
        stage = self._keymap.first_shown("experiments.stage")
        self.set_subtitle(self._glyphs.text(_verdict(test, stage)))

    def _show_plot(self, plot: Plot) -> None:
        """Show a picture with the crosshair in it."""
        at = self._view.crosshair
        self._chart.show_plot(plot if at is None else replace(plot, crosshair=plot.start + at))

    def _show_race(self, race: Race) -> None:
        by_time = self._counts_time(race)
        self._show_plot(
            race_plot(race, by_time=by_time, validation=self._validation, scale=self._scale)
        )
        colours = curve_colours(self.app.theme_variables)
        rows = race_rows(race, self.size.width - 2, self._signs, self._glyphs, colours)
        self._list.styles.display = "block"
        self._list.styles.height = min(len(rows), MOST_ROWS, max(self.size.height - 8, 2))
        self._list.set_rows(rows)
        experiment = race.experiment
        parts = [
            displayable(f"#{experiment.experiment} {experiment.name}"),
            _equal_text(race),
            tr("{over}/{runs} done", over=race.over, runs=len(race.lanes)),
            *([tr("val")] if self._validation else [tr("train"), tr("smoothed")]),
            *([SCALE_NAMES[self._scale]] if self._scale != "close" else []),
        ]
        self.set_title(self._glyphs.text("─ " + " · ".join(parts)))
        self.set_subtitle(self._glyphs.text(self._state(race)))

    def _state(self, race: Race) -> str:
        if self._laboratory.planning:
            return self._planning_text()
        return state_text(race, stopping=self._laboratory.stopping)

    def _planning_text(self) -> str:
        number = self._laboratory.going_on
        if number is not None:
            return tr("experiment {number} is about to resume", number=number)
        if self._laboratory.race is not None:
            return tr("another experiment is being planned")
        return tr("the experiment is being planned")


def _equal_text(race: Race) -> str:
    """Say what all runs get equally, and how much of it."""
    budgets = [budget_text(make_config(lane.member.config)) for lane in race.lanes[:1]]
    if race.experiment.by == "parameters":
        budgets.insert(0, tr("equal parameters"))
    return ", ".join(budgets)


def _verdict(test: RangeTest, stage: str) -> str:
    """Say what a range test has found, once it is over, and which key takes it."""
    if not test.is_over:
        return ""
    if test.was_stopped:
        return tr("stopped: no suggestion from a part of the rates")
    if test.suggestion is None:
        return tr("no suggestion: the loss has not fallen")
    rate = test.suggestion
    return tr("suggested learning rate {rate:g}: {stage} stages it", rate=rate, stage=stage)
