"""Panel 8: how the gates and hidden states of each layer move, which are saturated or dead."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from core.events import LayerActivity
from tui.commands import bindings_of
from tui.history import History
from tui.panels.chart_texts import looking_text
from tui.panels.panel import Panel
from tui.widgets.distributions import Distribution, Distributions, Group
from tui.widgets.glyphs import BRAILLE, Glyphs


class GatesPanel(Panel):
    """Draw the distribution of each gate's values and of the hidden states, layer by layer."""

    number = 8
    heading = "Gates"
    scope = "gates"
    place = "inside"
    only_for = "language"
    BINDINGS = bindings_of("gates")
    DEFAULT_CSS = """
    GatesPanel { border-subtitle-color: $text-muted; }
    GatesPanel #waiting { width: 1fr; height: 1fr; content-align: center middle;
                          color: $text-muted; text-style: italic; display: none; }
    GatesPanel.-empty #waiting { display: block; }
    GatesPanel.-empty Distributions { display: none; }
    """

    def __init__(self, *, glyphs: Glyphs = BRAILLE) -> None:
        super().__init__(id="gates")
        self._glyphs = glyphs
        self._view = Distributions(glyphs=glyphs)

    def compose(self) -> ComposeResult:
        """Let the histograms fill the frame."""
        yield self._view
        yield Static(id="waiting", markup=False)

    def on_mount(self) -> None:
        """Say what is missing until something was seen."""
        super().on_mount()
        self.show(History())

    def show(self, history: History) -> None:
        """Show what was seen last."""
        gates = history.looks.gates
        layers = gates.layers if gates is not None else []
        self.set_class(not layers, "-empty")
        self._view.show_groups([_group(index, layer) for index, layer in enumerate(layers, 1)])
        waiting = self.query_one("#waiting", Static)
        waiting.update(Content(self._glyphs.text(looking_text(history))))
        self.set_title(f"{self._glyphs.text('─')} step {gates.step:,}" if gates is not None else "")
        self.set_subtitle("share of units and time steps on held-out text" if layers else "")

    def action_scroll(self, direction: int) -> None:
        """Show the layers below or above."""
        self._view.scroll_groups(direction)


def _group(number: int, layer: LayerActivity) -> Group:
    dead = f"{layer.dead:,} dead" if layer.dead else "none dead"
    return Group(
        f"layer {number} · {layer.units:,} units, {dead}",
        layer.dead > layer.units // 4,
        [
            Distribution(shares.name, shares.low, shares.shares, shares.at_low, shares.at_high)
            for shares in layer.values
        ],
    )
