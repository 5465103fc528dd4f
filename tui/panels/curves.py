"""Panels 2 and 3: loss and perplexity over the run, with all that the chart keys do."""

from collections.abc import Sequence
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from textual.app import ComposeResult

from core.events import perplexity
from tui.commands import bindings_of
from tui.history import History, Mark
from tui.panels.chart_view import X_COLUMNS, ChartView
from tui.panels.panel import Panel
from tui.safe_text import displayable
from tui.series import Floats, Series
from tui.smoothing import STRENGTHS, Smoother
from tui.widgets.axes import clock, short_number
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import Curve, MarkLine, Plot, Role, XAxis, value_text
from tui.widgets.raster import Stroke

_MOST_MARKS = 30
"""How many of the newest marks are drawn."""

_OVERLAY_ROLES: tuple[Role, ...] = ("overlay-1", "overlay-2", "overlay-3")


class CurvePanel(Panel):
    """Chart one measure of the run; a subclass says which."""

    BINDINGS = bindings_of("charts")
    DEFAULT_CSS = """
    CurvePanel { border-subtitle-color: $error; }
    """
    log_at_start: ClassVar[bool] = False
    """Whether the value axis begins logarithmic."""

    def __init__(self, *, glyphs: Glyphs = BRAILLE, id: str | None = None) -> None:
        super().__init__(id=id or self.heading.lower())
        self._glyphs = glyphs
        self._chart = BrailleChart(glyphs=glyphs)
        self._history = History()
        self._overlays: list[tuple[str, History]] = []
        self._smoothers: WeakKeyDictionary[Series, Smoother] = WeakKeyDictionary()
        self._smoothing = STRENGTHS.index(0.9)
        self._log = self.log_at_start
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
        self._history = history
        self._rebuild()

    def set_overlays(self, overlays: Sequence[tuple[str, History]]) -> None:
        """Draw other runs behind this one.

        Args:
            overlays: What to call each run, such as `#12`, and its history; the first three
                have a colour of their own.
        """
        self._overlays = list(overlays)
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
        """Switch the value axis between linear and logarithmic."""
        self._log = not self._log
        self._rebuild()

    def action_next_x_axis(self) -> None:
        """Count along the axis in the next unit."""
        self.view.next_unit()
        self._rebuild()

    def action_smooth(self, direction: int) -> None:
        """Smooth the training curve more or less."""
        self._smoothing = min(max(self._smoothing + direction, 0), len(STRENGTHS) - 1)
        self._rebuild()

    def _measure(self, losses: Floats) -> Floats:
        """Turn losses into what this panel shows."""
        raise NotImplementedError

    def _best_text(self, loss: float) -> str:
        """Name the best validation loss in what this panel shows."""
        raise NotImplementedError

    def _positions(self, series: Series) -> Floats:
        return series[X_COLUMNS[self.view.unit]]

    def _end(self) -> float:
        """Return the position that the charted runs have come to."""
        histories = [self._history, *(history for _, history in self._overlays)]
        columns = [
            self._positions(series)
            for history in histories
            for series in (history.training, history.validation)
        ]
        return max((float(column[-1]) for column in columns if len(column)), default=0.0)

    def _rebuild(self) -> None:
        history = self._history
        start, end = self.view.window(self._end())
        curves = []
        for role, (label, other) in zip(_OVERLAY_ROLES, self._overlays, strict=False):
            curves += self._curves(other, start, end, role, displayable(label))
        curves += self._curves(history, start, end, "train", "train")
        best = history.best_val_loss
        plot = Plot(
            curves=curves,
            start=start,
            end=end,
            marks=[self._mark_line(mark) for mark in list(history.marks)[-_MOST_MARKS:]],
            level=float(self._measure(np.array([best]))[0]) if best is not None else None,
            crosshair=self.view.crosshair,
            log=self._log,
            x_axis=XAxis(self.view.unit, clock=self.view.unit == "time"),
            message=self._glyphs.text(waiting_text(history)),
        )
        self._chart.show_plot(plot)
        self._write_title()

    def _curves(
        self, history: History, start: float, end: float, role: Role, label: str
    ) -> list[Curve]:
        """Return a run's curves within the window, the lowest first."""
        own = role == "train"
        series = history.training
        smoother = self._smoothers.get(series)
        if smoother is None:
            smoother = self._smoothers[series] = Smoother(series, "loss")
        strength = STRENGTHS[self._smoothing]
        smooth = smoother.values(strength)
        shown = _visible(self._positions(series), start, end)
        x = self._positions(series)[shown]
        curves = [self._validation_curve(history, start, end)] if own else []
        if own and strength:
            raw = self._measure(series["loss"][shown])
            curves.append(Curve("", x, raw, role, stroke="stipple"))
        stroke: Stroke = "solid" if own else "dotted"
        curves.append(Curve(label, x, self._measure(smooth[shown]), role, stroke=stroke))
        return curves

    def _validation_curve(self, history: History, start: float, end: float) -> Curve:
        validation = history.validation
        shown = _visible(self._positions(validation), start, end)
        losses = self._measure(validation["loss"][shown])
        x = self._positions(validation)[shown]
        return Curve("val" if len(validation) else "", x, losses, "val", "dashed", "◆")

    def _mark_line(self, mark: Mark) -> MarkLine:
        series, x = self._history.training, float(mark.step)
        if len(series):
            x = float(np.interp(x, series["step"], self._positions(series)))
        return MarkLine(x, displayable(mark.text), alarming=mark.kind == "diverged")

    def _write_title(self) -> None:
        """Say how the curve is drawn and the best value, as far as the frame is wide."""
        history, strength = self._history, STRENGTHS[self._smoothing]
        smoothing = f"EMA {strength:.2f}".replace("0.", ".") if strength else "not smoothed"
        # With each text, how long it stays when the frame gets narrow: what is not as usual longer.
        parts = [
            (smoothing, 2),
            ("log", 3) if self._log else ("linear", 1),
            (self._window_text(), 0 if self.view.zoom == 1.0 else 4),
        ]
        if history.best_val_loss is not None:
            parts.append((self._best_text(history.best_val_loss), 5))
        room = self.size.width - len(self.heading) - 9
        while len(parts) > 1 and len(" · ".join(text for text, _ in parts)) > room:
            parts.remove(min(parts, key=lambda part: part[1]))
        title = " · ".join(text for text, _ in parts)
        self.set_title(self._glyphs.text("─ " + title))
        self.set_subtitle(self._glyphs.text(_ending_text(history, self.size.width - 4)))

    def _window_text(self) -> str:
        start, end = self.view.window(self._end())
        if self.view.zoom == 1.0:
            return "all"
        texts = [clock(x) if self.view.unit == "time" else short_number(x) for x in (start, end)]
        unit = "" if self.view.unit == "time" else f"{self.view.unit} "
        return unit + "–".join(texts) + ("" if self.view.right is None else " held")


class LossPanel(CurvePanel):
    """Chart the loss in nats per token."""

    number = 2
    heading = "Loss"

    def _measure(self, losses: Floats) -> Floats:
        return losses

    def _best_text(self, loss: float) -> str:
        return f"best val {value_text(loss)}"


class PerplexityPanel(CurvePanel):
    """Chart the perplexity, on a logarithmic axis until asked otherwise."""

    number = 3
    heading = "Perplexity"
    log_at_start = True

    def _measure(self, losses: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(losses), dtype=np.float64)

    def _best_text(self, loss: float) -> str:
        best = perplexity(loss)
        return f"best val {value_text(best)}" if best is not None else "best val inf"


def waiting_text(history: History) -> str:
    """Say why there is no curve yet."""
    if history.state == "ended":
        return "no steps in this run"
    if history.phase is None or history.state == "idle":
        return "space starts training"
    phase = history.phase.replace("_", " ")
    share = f" {history.phase_progress:.0%}" if history.phase_progress is not None else ""
    detail = f" · {displayable(history.phase_detail)}" if history.phase_detail else ""
    return f"{phase}{share}{detail}…"


def _ending_text(history: History, room: int) -> str:
    if history.diverged is None:
        return ""
    text = f"✗ {history.diverged.what} not finite at step {history.diverged.step:,}"
    for way_out in (" · lower learning_rate, then Resume in Runs", " · Resume in Runs"):
        if len(text + way_out) <= room:
            return text + way_out
    return text


def _visible(positions: Floats, start: float, end: float) -> slice:
    """Return the rows in the window and one beyond either edge."""
    first = int(np.searchsorted(positions, start)) - 1
    last = int(np.searchsorted(positions, end, side="right")) + 1
    return slice(max(first, 0), last)
