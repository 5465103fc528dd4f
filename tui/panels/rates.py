"""The box beside the perplexity: speed and learning rate over the run."""

from textual.app import ComposeResult

from core.language import tr
from tui.history import History
from tui.widgets.axes import short_number
from tui.widgets.frame import Frame
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.sparkline import Sparkline

_SPEED_STEPS = 2000
"""How many of the newest steps the speed is drawn for; the learning rate shows the whole run."""


class RatesBox(Frame):
    """Draw two small graphs; it takes no focus and no keys."""

    def __init__(self, *, glyphs: Glyphs = BRAILLE, id: str | None = None) -> None:
        super().__init__(id=id or "rates")
        self._speed = Sparkline(tr("tok/s"), glyphs=glyphs)
        self._learning_rate = Sparkline(tr("learning rate"), glyphs=glyphs)
        self.border_title = glyphs.text(tr("tok/s · lr"))

    def compose(self) -> ComposeResult:
        """Put the speed above the learning rate."""
        yield self._speed
        yield self._learning_rate

    def show(self, history: History) -> None:
        """Show the newest values."""
        speed, rate = history.tokens_per_s, history.learning_rate
        self._speed.show_values(
            history.training["tokens_per_s"][-_SPEED_STEPS:],
            short_number(speed) if speed is not None else "",
        )
        self._learning_rate.show_values(
            history.training["learning_rate"], f"{rate:.3g}" if rate is not None else ""
        )
