"""Panel 8: how the gates and hidden states of each layer move, which are saturated or dead."""

from textual.app import ComposeResult
from textual.content import Content

from core.events import LayerActivity
from core.language import tr
from tui.commands import bindings_of
from tui.held_out import looked_at_text
from tui.history import History
from tui.names import said
from tui.panels.chart_texts import looking_text
from tui.panels.panel import Panel
from tui.widgets.distributions import Distribution, Distributions, Group
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.placeholder import Placeholder


class GatesPanel(Panel):
    """Draw the distribution of each gate's values and of the hidden states, layer by layer."""

    number = 8
    heading = tr("Gates")
    scope = "gates"
    place = "inside"
    only_for = "language"
    BINDINGS = bindings_of("gates")
    DEFAULT_CSS = """
    GatesPanel { border-subtitle-color: $text-muted; }
    GatesPanel #waiting { display: none; }
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
        yield Placeholder(id="waiting")

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
        waiting = self.query_one(Placeholder)
        waiting.update(Content(self._glyphs.text(looking_text(history))))
        step = tr("step {step:,}", step=gates.step) if gates is not None else ""
        self.set_title(f"{self._glyphs.text('─')} {step}" if step else "")
        text = looked_at_text(history.config)
        told = tr("share of units and time steps on {text}", text=text) if layers else ""
        self.set_subtitle(told)

    def action_scroll(self, direction: int) -> None:
        """Show the layers below or above."""
        self._view.scroll_groups(direction)


def _group(number: int, layer: LayerActivity) -> Group:
    facts = {"layer": number, "units": layer.units}
    if layer.dead:
        heading = tr("layer {layer} · {units:,} units, {dead:,} dead", dead=layer.dead, **facts)
    else:
        heading = tr("layer {layer} · {units:,} units, none dead", **facts)
    return Group(
        heading,
        layer.dead > layer.units // 4,
        [
            Distribution(said(gate.name), gate.low, gate.shares, gate.at_low, gate.at_high)
            for gate in layer.values
        ],
    )
