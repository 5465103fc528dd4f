"""What panels 2 and 3 have in common: a measure over the run, and all that the chart keys do."""

import math
from collections.abc import Sequence
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from rich.cells import cell_len
from textual.app import ComposeResult

from core.language import tr
from tui.commands import bindings_of
from tui.history import History
from tui.loss_units import LOSS_UNIT_NAMES
from tui.marks import Mark
from tui.overlays import Overlay, of_run
from tui.panels.chart_texts import ending_text, visible_rows, waiting_text
from tui.panels.chart_view import X_COLUMNS, ChartView
from tui.panels.panel import Panel
from tui.safe_text import displayable
from tui.series import Floats, Series
from tui.smoothing import STRENGTHS, Smoother
from tui.widgets.axes import clock, short_count
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.curve_looks import OWN_LOOK, CurveLook
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import Curve, LevelLine, MarkLine, Plot, XAxis
from tui.widgets.value_scale import SCALE_NAMES, Scale, next_scale, top_after_fall

_MOST_MARKS = 30
"""How many of the newest marks are drawn."""


class CurvePanel(Panel):
    """Chart one measure of the run; a subclass says which."""

    place = "right"
    moves = True
    scope = "charts"
    BINDINGS = bindings_of("charts")
    DEFAULT_CSS = """
    CurvePanel { border-subtitle-color: $error; }
    """
    css_id: ClassVar[str]
    """The id that the style sheet lays it out by."""
    scale_at_start: ClassVar[Scale] = "close"
    """What the value axis holds until asked otherwise."""
    column: ClassVar[str] = "loss"
    """The column of the run's tables that is charted."""
    unit: ClassVar[str] = ""
    """What stands behind the values."""
    most: ClassVar[float] = math.inf
    """The largest value that makes sense."""

    def __init__(self, *, glyphs: Glyphs = BRAILLE, id: str | None = None) -> None:
        super().__init__(id=id or self.css_id)
        self._glyphs = glyphs
        self._chart = BrailleChart(glyphs=glyphs)
        self._history = History()
        self._overlays: Sequence[Overlay] = ()
        self._smoothers: WeakKeyDictionary[Series, Smoother] = WeakKeyDictionary()
        self._smoothing = STRENGTHS.index(0.9)
        self._scale = self.scale_at_start
        self._shows_levels = True
        self.view = ChartView()
        """What part of the run is shown, and in which unit."""

    def compose(self) -> ComposeResult:
        """Let the chart fill the frame."""
        yield self._chart

    def on_mount(self) -> None:
        """Say what is missing until there is a curve."""
        self._rebuild()

    def on_resize(self) -> None:
        """Fit the title to the new width."""
        self._write_title()

    def show(self, history: History) -> None:
        """Show the run's curves as they are now."""
        if history.run != self._history.run:
            self.view.crosshair = None  # it stood on a step of another run
        self._history = history
        self._rebuild()

    def set_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Draw other runs behind this one.

        Args:
            overlays: The runs; the one on show may be among them, and is drawn as it is there.
        """
        self._overlays = overlays
        self._rebuild()

    def action_crosshair(self, direction: int) -> None:
        """Move the crosshair by one column."""
        self.view.move_crosshair(direction, self._end(), self._chart.plot_columns)
        self._rebuild()

    def action_zoom_x(self, direction: int) -> None:
        """Show half as much of the run, or twice as much."""
        self.view.zoom_by(direction, self._end())
        self._rebuild()

    def action_follow(self) -> None:
        """Show the whole run and follow it."""
        self.view.follow()
        self._rebuild()

    def action_toggle_log(self) -> None:
        """Show where the curves are now, all there is, or that on a logarithmic axis."""
        self._scale = next_scale(self._scale)
        self._rebuild()

    def action_next_x_axis(self) -> None:
        """Count along the axis in the next unit."""
        self.view.next_unit()
        self._rebuild()

    def action_smooth(self, direction: int) -> None:
        """Smooth the training curve more or less."""
        self._smoothing = min(max(self._smoothing + direction, 0), len(STRENGTHS) - 1)
        self._rebuild()

    def action_next_unit(self) -> None:
        """Say where units can be changed: this measure has one."""
        self.app.notify(tr("only 2 Loss of a language model has other units"), markup=False)

    def action_toggle_levels(self) -> None:
        """Show what the curves are to be compared with, or hide it."""
        self._shows_levels = not self._shows_levels
        self._rebuild()

    def _measure(self, values: Floats, history: History) -> Floats:
        """Turn the column's values of a run into what this panel shows."""
        raise NotImplementedError

    def _unit_text(self) -> str:
        """Name the unit in the title; nothing where the heading does, or nobody has asked."""
        return ""

    def _missing_text(self) -> str:
        """Say why there are values but nothing to show; nothing where there is."""
        return ""

    def _best(self, history: History) -> float | None:
        """Return the best value of the column on the validation data."""
        return history.best_val_loss

    def _best_text(self, best: float) -> str:
        """Name the best value in what this panel shows."""
        raise NotImplementedError

    def _levels(self, history: History) -> list[LevelLine]:
        """Return what the curves are to be compared with."""
        return []

    @property
    def _comparable(self) -> list[Overlay]:
        """The other runs that learn what the shown one learns; other losses mean other things."""
        run, task = self._history.run, self._history.task
        others = [beside for beside in self._overlays if beside.history.run != run]
        return [beside for beside in others if beside.history.task == task]

    def _positions(self, series: Series) -> Floats:
        return series[X_COLUMNS[self.view.unit]]

    def _end(self) -> float:
        """Return the position that the charted runs have come to."""
        histories = [self._history, *(beside.history for beside in self._comparable)]
        columns = [
            self._positions(series)
            for history in histories
            for series in (history.training, history.validation)
        ]
        return max((float(column[-1]) for column in columns if len(column)), default=0.0)

    def _rebuild(self) -> None:
        history = self._history
        start, end = self.view.window(self._end())
        curves = [self._ghost(branch, start, end) for branch in history.left_branches]
        for beside in reversed(self._comparable):
            curves.append(self._curve(beside.history, start, end, beside.look, beside.label))
        own = of_run(self._overlays, history.run)
        look, label = (own.look, own.label) if own is not None else (OWN_LOOK, tr("train"))
        curves += [self._preview(history, start, end), self._validation_curve(history, start, end)]
        if STRENGTHS[self._smoothing]:
            curves.append(self._noise(history, start, end))
        curves.append(self._curve(history, start, end, look, label))
        best = self._best(history)
        plot = Plot(
            curves=curves,
            start=start,
            end=end,
            marks=[self._mark_line(mark) for mark in list(history.marks)[-_MOST_MARKS:]],
            level=float(self._measure(np.array([best]), history)[0]) if best is not None else None,
            levels=self._levels(history) if self._shows_levels else [],
            crosshair=self.view.crosshair,
            log=self._scale == "log",
            fit_to=top_after_fall(curves) if self._scale == "close" else math.inf,
            x_axis=XAxis(self.view.unit, clock=self.view.unit == "time"),
            unit=self.unit,
            most=self.most,
            message=self._glyphs.text(self._missing_text() or waiting_text(history)),
        )
        self._chart.show_plot(plot)
        self._write_title()

    def _curve(
        self, history: History, start: float, end: float, look: CurveLook, label: str
    ) -> Curve:
        """Return a run's smoothed training curve within the window."""
        series = history.training
        shown = visible_rows(self._positions(series), start, end)
        x = self._positions(series)[shown]
        y = self._measure(self._smoothed(series)[shown], history)
        name = displayable(label) if len(series) else ""
        return Curve(name, x, y, look.role, look.stroke, sign=look.sign)

    def _ghost(self, branch: Series, start: float, end: float) -> Curve:
        """Return a branch that was left, which is only a reminder."""
        shown = visible_rows(self._positions(branch), start, end)
        values = self._measure(self._smoothed(branch)[shown], self._history)
        x = self._positions(branch)[shown]
        return Curve("", x, values, "ghost", "dashed", stretches=False)

    def _smoothed(self, series: Series) -> Floats:
        smoother = self._smoothers.get(series)
        if smoother is None:
            smoother = self._smoothers[series] = Smoother(series, self.column)
        return smoother.values(STRENGTHS[self._smoothing])

    def _noise(self, history: History, start: float, end: float) -> Curve:
        """Return what the smoothed curve leaves out."""
        series = history.training
        shown = visible_rows(self._positions(series), start, end)
        raw = self._measure(series[self.column][shown], history)
        return Curve("", self._positions(series)[shown], raw, "train", stroke="stipple")

    def _validation_curve(self, history: History, start: float, end: float) -> Curve:
        validation = history.validation
        shown = visible_rows(self._positions(validation), start, end)
        values = self._measure(validation[self.column][shown], history)
        x = self._positions(validation)[shown]
        return Curve(tr("val") if len(validation) else "", x, values, "val", "dashed", "◆")

    def _preview(self, history: History, start: float, end: float) -> Curve:
        """Return the first look at validation, hollow since it is no evaluation."""
        previews = history.previews
        shown = visible_rows(self._positions(previews), start, end)
        values = self._measure(previews[self.column][shown], history)
        named = len(previews) and not len(history.validation)
        label = tr("first look") if named else ""
        return Curve(label, self._positions(previews)[shown], values, "val", "dashed", "◇")

    def _mark_line(self, mark: Mark) -> MarkLine:
        series, x = self._history.training, float(mark.step)
        if len(series):
            x = float(np.interp(x, series["step"], self._positions(series)))
        return MarkLine(x, displayable(mark.text), alarming=mark.kind == "diverged")

    def _write_title(self) -> None:
        """Say how the curve is drawn and the best value, as far as the frame is wide."""
        history, strength = self._history, STRENGTHS[self._smoothing]
        best = self._best(history)
        smoothing = f"EMA {strength:.2f}".replace("0.", ".") if strength else tr("not smoothed")
        # With each text, how long it stays when the frame gets narrow: what is not as usual longer.
        parts = [
            (smoothing, 2),
            (SCALE_NAMES[self._scale], 1 if self._scale == "close" else 3),
            (self._window_text(), 0 if self.view.zoom == 1.0 else 4),
        ]
        if unit := self._unit_text():
            parts.append((unit, 0 if unit == LOSS_UNIT_NAMES["nats"] else 6))
        if best is not None:
            parts.append((self._best_text(best), 5))
        room = self.size.width - cell_len(self.heading) - 9
        while len(parts) > 1 and cell_len(" · ".join(text for text, _ in parts)) > room:
            parts.remove(min(parts, key=lambda part: part[1]))
        title = " · ".join(text for text, _ in parts)
        self.set_title(self._glyphs.text("─ " + title))
        self.set_subtitle(self._glyphs.text(ending_text(history, self.size.width - 4)))

    def _window_text(self) -> str:
        start, end = self.view.window(self._end())
        if self.view.zoom == 1.0:
            return tr("all")
        as_text = clock if self.view.unit == "time" else short_count
        span = f"{as_text(start)}–{as_text(end)}"
        match self.view.unit:
            case "step":
                span = tr("step {span}", span=span)
            case "epoch":
                span = tr("epoch {span}", span=span)
            case "time":
                pass  # a clock needs no word
        return span if self.view.right is None else tr("{span} held", span=span)
