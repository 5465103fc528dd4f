"""Panel 7: how much of a loss reaches the hidden states before it, now and over training."""

from collections.abc import Sequence

import numpy as np
from textual.app import ComposeResult

from core.events import GradientsThroughTime
from core.language import joined, tr
from tui.commands import bindings_of
from tui.history import History
from tui.overlays import Overlay, of_run
from tui.panels.chart_texts import looking_text
from tui.panels.panel import Panel
from tui.safe_text import displayable
from tui.widgets.axes import short_count
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.curve_looks import LAYER_LOOKS, OWN_LOOK, CurveLook
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import Curve, Plot, XAxis
from tui.widgets.time_heat import TimeHeat

HEAT_FROM = 14
"""Rows of the panel from which there is room for the heat map below the curves."""


class ThroughTimePanel(Panel):
    """Draw ‖∂L_T/∂h_{T−k}‖ against k: of each layer, or of one layer of several runs."""

    number = 7
    heading = tr("Through time")
    scope = "time"
    place = "inside"
    only_for = "language"
    BINDINGS = bindings_of("time")
    DEFAULT_CSS = """
    ThroughTimePanel { border-subtitle-color: $text-muted; }
    ThroughTimePanel.-flat TimeHeat { display: none; }
    """

    def __init__(self, *, glyphs: Glyphs = BRAILLE) -> None:
        super().__init__(id="through-time")
        self._glyphs = glyphs
        self._chart = BrailleChart(glyphs=glyphs)
        self._heat = TimeHeat(glyphs=glyphs)
        self._history = History()
        self._overlays: Sequence[Overlay] = ()
        self._layer: int | None = None
        self._log = True

    def compose(self) -> ComposeResult:
        """Lay out the curves above the heat map."""
        yield self._chart
        yield self._heat

    def on_mount(self) -> None:
        """Say what is missing until something was seen."""
        self._redraw()

    def on_resize(self) -> None:
        """Leave the heat map out where there is no room for both."""
        super().on_resize()
        self.set_class(self.size.height < HEAT_FROM, "-flat")

    def show(self, history: History) -> None:
        """Show what was seen last."""
        self._history = history
        self._redraw()

    def set_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Draw the same layer of other runs beside that of this one."""
        self._overlays = overlays
        self._redraw()

    def action_layer(self, direction: int) -> None:
        """Go to the layer above or below."""
        layers = len(self._newest.norms) if self._newest is not None else 1
        self._layer = (self._shown_layer + direction) % layers
        self._redraw()

    def action_toggle_log(self) -> None:
        """Switch the value axis between linear and logarithmic."""
        self._log = not self._log
        self._redraw()

    @property
    def _newest(self) -> GradientsThroughTime | None:
        return next(reversed(self._history.looks.gradients), None)

    @property
    def _shown_layer(self) -> int:
        """The layer in question: the highest, next to the loss, until another one is chosen."""
        layers = len(self._newest.norms) if self._newest is not None else 1
        return layers - 1 if self._layer is None else min(self._layer, layers - 1)

    def _redraw(self) -> None:
        newest = self._newest
        curves = self._curves()
        message = looking_text(self._history)
        self._chart.show_plot(
            Plot(
                curves=curves,
                end=max((float(curve.x[-1]) for curve in curves), default=1.0),
                log=self._log,
                x_axis=XAxis("tokens back"),
                message=self._glyphs.text(message),
            )
        )
        self._heat.show_looks(self._history.looks.gradients, self._shown_layer)
        self._write_titles(newest)

    def _curves(self) -> list[Curve]:
        """Return a curve for each layer; with other runs beside it, one for each run."""
        newest, curves = self._newest, []
        seen = [
            (beside, looks[-1])
            for beside in self._overlays
            if beside.history.run != self._history.run and (looks := beside.history.looks.gradients)
        ]
        if newest is not None and not seen:
            for layer, look in zip(range(len(newest.norms)), LAYER_LOOKS, strict=False):
                curves.append(_curve(tr("layer {layer}", layer=layer + 1), newest, layer, look))
            return curves[::-1]
        if newest is not None:
            own = of_run(self._overlays, self._history.run)
            label = displayable(own.label) if own is not None else _model_of(self._history)
            look = own.look if own is not None else OWN_LOOK
            curves.append(_curve(label, newest, self._shown_layer, look))
        for beside, look_back in seen:
            layer = min(self._shown_layer, len(look_back.norms) - 1)
            curves.append(_curve(displayable(beside.label), look_back, layer, beside.look))
        return curves[::-1]

    def _write_titles(self, newest: GradientsThroughTime | None) -> None:
        if newest is None:
            self.set_title("")
            self.set_subtitle("")
            return
        layer, layers = self._shown_layer, len(newest.norms)
        parts = [tr("layer {layer} of {layers}", layer=layer + 1, layers=layers)]
        half_life = half_life_text(newest.half_lives[layer])
        parts.append(tr("half-life {half_life}", half_life=half_life))
        parts.append(tr("step {step:,}", step=newest.step))
        self.set_title(self._glyphs.text("─ " + " · ".join(parts)))
        lives = joined(map(half_life_text, newest.half_lives))
        subtitle = tr("half-life by layer: {half_lives}", half_lives=lives)
        self.set_subtitle(self._glyphs.text(subtitle))


def half_life_text(half_life: float | None) -> str:
    """Write in how many tokens the norm halves."""
    if half_life is None:
        return tr("never")
    return tr("{half_life} tokens", half_life=short_count(half_life))


def _model_of(history: History) -> str:
    run = f"#{history.run} " if history.run is not None else ""
    return displayable(f"{run}{history.config.get('model_type', '')}")


def _curve(label: str, seen: GradientsThroughTime, layer: int, look: CurveLook) -> Curve:
    norms = np.array(seen.norms[layer], dtype=np.float64)
    role, stroke, sign = look
    return Curve(label, np.array(seen.lags, dtype=np.float64), norms, role, stroke, sign=sign)
