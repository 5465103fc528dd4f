"""Panel 9: a text under the microscope, shaded by surprisal or by what a hidden unit does."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, Static

from core.escapes import unescaped
from core.events import TextInspected
from core.language import tr
from tui.commands import bindings_of
from tui.held_out import looked_at_text
from tui.history import History
from tui.intents import HoldUnit, InspectText
from tui.look_text import (
    place_reading,
    surprising_places,
    tracker_text,
    unit_reading,
    whole_reading,
)
from tui.panels.panel import Panel
from tui.questions import LookQuestion
from tui.signs import UNICODE, Signs
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.inspected_view import InspectedView
from tui.widgets.text_field import LinesField

PASSAGE = 1_000
"""Tokens of the held-out text from one passage to the next."""

MOST_TRACKERS = 6


class MicroscopePanel(Panel):
    """Read held-out text, a sample, or what is typed, token by token."""

    number = 9
    heading = tr("Microscope")
    scope = "microscope"
    place = "inside"
    only_for = "language"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("microscope")
    DEFAULT_CSS = """
    MicroscopePanel {
        border-subtitle-color: $text-muted;
        & #look-reading { height: 2; padding: 0 1; }
        &.-empty #look-reading {
            height: 1fr; content-align: center middle; text-align: center;
            color: $text-muted; text-style: italic;
        }
        &.-empty InspectedView { display: none; }
        & #look-trackers { height: auto; padding: 0 1; color: $text-muted; }
        & InspectedView { padding: 0 1; }
        & TextField { display: none; }
        &.-editing TextField { display: block; }
    }
    """

    def __init__(self, *, signs: Signs = UNICODE, glyphs: Glyphs = BRAILLE) -> None:
        super().__init__(id="microscope")
        self._signs, self._glyphs = signs, glyphs
        self._view = InspectedView()
        self._history = History()
        self._typed = ""
        self._question = LookQuestion("")
        self._source = ""
        """What is read; empty for a passage of the run's own text."""
        self._found = -1
        self._place = -1

    def compose(self) -> ComposeResult:
        """Lay out the field, what is read, the text, and the units that were found."""
        yield LinesField(placeholder=tr("any text; Enter reads it"), id="look-text")
        yield Static(id="look-reading", markup=False)
        yield self._view
        yield Static(id="look-trackers", markup=False)

    def on_mount(self) -> None:
        """Begin without a text."""
        super().on_mount()
        self._redraw()

    def show(self, history: History) -> None:
        """Show the newest answer, and ask for one."""
        self._history = history
        self.post_message(InspectText(self._question))
        self._redraw()

    def go_back(self) -> bool:
        """Leave the field or the walk."""
        if self.has_class("-editing"):
            self._stop_editing()
        elif self._view.crosshair is not None:
            self.action_toggle_walk()
        else:
            return False
        return True

    def action_edit_text(self) -> None:
        """Open the field for a text of one's own."""
        self.add_class("-editing")
        field = self.query_one(Input)
        field.value = self._typed
        self.screen.set_focus(field)

    def on_descendant_blur(self) -> None:
        """Close the field when the keys go elsewhere."""
        self.remove_class("-editing")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Read what was typed."""
        message.stop()
        self._typed = message.value
        self._stop_editing()
        if self._typed:
            self._ask(LookQuestion(unescaped(self._typed)), tr("what was typed"))

    def action_passage(self, direction: int) -> None:
        """Read the next passage of the held-out text, or the one before."""
        if self._question.text:
            self._ask(LookQuestion(""), "")
        else:
            offset = max(self._question.offset + direction * PASSAGE, 0)
            self._ask(LookQuestion("", offset), "")

    def action_read_sample(self) -> None:
        """Read the newest sample."""
        sample = self._history.samples.newest("console") or self._history.sample
        text = sample.prompt + "".join(sample.tokens) if sample is not None else ""
        if text:
            self._ask(LookQuestion(text), tr("a sample"))
        else:
            self.app.notify(tr("there is no sample yet"), markup=False)

    def action_toggle_shading(self) -> None:
        """Shade by surprisal, or by a unit."""
        self._view.shading = "unit" if self._view.shading == "surprisal" else "surprisal"
        self._redraw()

    def action_toggle_walk(self) -> None:
        """Walk the tokens, or no longer."""
        self._view.set_crosshair(0 if self._view.crosshair is None else None)
        self._redraw()

    def action_sideways(self, direction: int) -> None:
        """Walk along the text, or go to the next unit."""
        if self._view.crosshair is not None:
            self._view.set_crosshair(self._view.crosshair + direction)
        elif (answer := self._view.answer) is not None:
            self._view.shading = "unit"
            self._view.unit = (self._view.unit + direction) % answer.units
        self._redraw()

    def action_move(self, lines: int) -> None:
        """Walk by lines, or scroll."""
        if self._view.crosshair is not None:
            self._view.crosshair_by_line(lines)
        else:
            self._view.scroll_relative(y=lines, animate=False)
        self._redraw()

    def action_layer(self, direction: int) -> None:
        """Go to the same unit of the layer above or below."""
        if (answer := self._view.answer) is not None:
            self._view.shading = "unit"
            self._view.unit_layer = (self._view.unit_layer + direction) % answer.layers
        self._redraw()

    def action_find(self) -> None:
        """Go to the next unit that follows a property of the text."""
        trackers = answer.trackers[:MOST_TRACKERS] if (answer := self._view.answer) else []
        if not trackers:
            self.app.notify(tr("no property varies in this text"), markup=False)
            return
        self._found = (self._found + 1) % len(trackers)
        self._view.shading = "unit"
        self._view.unit_layer = trackers[self._found].layer
        self._view.unit = trackers[self._found].unit
        self._redraw()

    def action_clamp(self) -> None:
        """Hold the unit in the console's next sample: off, at 1, at -1, or no longer."""
        if self._view.answer is not None:
            self._view.shading = "unit"
            self.post_message(HoldUnit(self._view.unit_layer, self._view.unit))
            self._redraw()

    def action_surprise(self) -> None:
        """Go to the next of the most surprising places."""
        places = surprising_places(answer) if (answer := self._view.answer) else []
        if places:
            self._place = (self._place + 1) % len(places)
            self._view.shading = "surprisal"
            self._view.set_crosshair(places[self._place])
            self._redraw()

    def _ask(self, question: LookQuestion, source: str) -> None:
        self._question, self._source = question, source
        self._found = self._place = -1
        self.post_message(InspectText(question))

    def _stop_editing(self) -> None:
        self.remove_class("-editing")
        self.screen.set_focus(self)

    def _redraw(self) -> None:
        self._view.show(self._history.looks.inspected)
        answer = self._view.answer
        self.set_class(answer is None or not answer.tokens, "-empty")
        self._view.refresh()
        self._write("#look-reading", self._reading(answer))
        self._write("#look-trackers", self._trackers(answer))
        if answer is None:
            self.set_title("")
            self.set_subtitle("")
            return
        by_unit = self._view.shading == "unit"
        shaded = tr("shaded by a unit's activation") if by_unit else tr("shaded by surprisal")
        where = self._source or looked_at_text(self._history.config)
        if not self._question.text and self._question.offset:
            token = self._question.offset + 1
            where = tr("{source} from token {token:,}", source=where, token=token)
        rule, dot = self._signs.rule, self._signs.dot
        self.set_title(f"{rule} {where} {dot} {shaded}")
        step = tr("step {step:,}", step=answer.step)
        self.set_subtitle(f"{_legend(self._view)} {dot} {step}")

    def _reading(self, answer: TextInspected | None) -> Content:
        if answer is None or not answer.tokens:
            return Content(self._glyphs.text(self._waiting()))
        crosshair = self._view.crosshair
        if self._view.shading == "unit":
            value = None if crosshair is None else self._view.activation(crosshair)
            reading = unit_reading(answer, self._view.unit_layer, self._view.unit, value)
        elif crosshair is None:
            reading = whole_reading(answer)
        else:
            reading = place_reading(answer, crosshair)
        return Content(self._glyphs.text(reading.plain)) if self._glyphs.ascii_only else reading

    def _trackers(self, answer: TextInspected | None) -> Content:
        """List the units that follow a property, the strongest first."""
        if answer is None or self._view.shading != "unit" or self.size.height < 12:
            return Content("")
        lines = [
            tr("layer {layer} unit {unit:<4}", layer=tracker.layer + 1, unit=tracker.unit + 1)
            + f" {tracker_text(tracker)}"
            for tracker in answer.trackers[:MOST_TRACKERS]
        ]
        return Content("\n".join(lines))

    def _waiting(self) -> str:
        if self._history.run is None:
            return tr("train a model first: then its held-out text is read here")
        return tr("asking the model")

    def _write(self, id_: str, text: Content) -> None:
        line = self.query_one(id_, Static)
        if line.content != text:
            line.update(text)


def _legend(view: InspectedView) -> str:
    """Say what the signs below the tokens mean, or without them how tokens are written."""
    by_unit = view.shading == "unit"
    if view.crosshair is None:
        if by_unit:
            return tr("bold: high, underlined: low")
        return tr("underlined: p below .2, bold too: below .05")
    if by_unit:
        return tr("below: + high, # very high, - low, = very low")
    return tr("below: whole bits, 9 for more")
