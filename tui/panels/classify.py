"""Panel 6 of a classifier: type a text and watch its class, and which tokens speak for it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from core.escapes import escaped, unescaped
from core.events import TextClassified
from core.language import tr
from tui.answer_text import answer_bars, obstacle, token_reading, top_class, weights_named
from tui.commands import bindings_of
from tui.history import History
from tui.intents import ClassifyText
from tui.names import said
from tui.panels.panel import Panel
from tui.safe_text import displayable
from tui.signs import UNICODE, Signs
from tui.widgets.bars import Bars
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.placeholder import Placeholder
from tui.widgets.shaded_view import ShadedView
from tui.widgets.text_field import LinesField

DEBOUNCE_S = 0.08
"""How long a pause in typing is waited for before the text is asked about."""

NARROW = 60
"""Width below which the text stands under the bars instead of beside them."""


class ClassifyPanel(Panel):
    """Show a text, the probability of each class, and what each token did to the answer."""

    number = 6
    heading = tr("Classify")
    place = "right"
    scope = "classify"
    only_for = "classify"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("classify"),
        Binding("left,h", "walk(-1)", show=False),
        Binding("right,l", "walk(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
    ]
    DEFAULT_CSS = """
    ClassifyPanel {
        & #text-line { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & #text { height: 1; border: none; padding: 0; background: $primary 30%; display: none; }
        & #answer { height: 1fr; }
        & Bars { width: 1fr; margin: 0 2 0 0; }
        & ShadedView { width: 1fr; }
        & #reading { height: 1; color: $text-muted; }
        &.-editing #text { display: block; }
        &.-editing #text-line { display: none; }
        &.-empty #answer, &.-empty #reading { display: none; }
        &.-answered #hint { display: none; }
        &.-narrow #answer { layout: vertical; }
        &.-narrow Bars { width: 1fr; max-height: 6; margin: 0; }
        &.-short #reading { display: none; }
    }
    """

    def __init__(self, *, signs: Signs = UNICODE, glyphs: Glyphs = BRAILLE, hint: str = "") -> None:
        """Make the panel.

        Args:
            signs: What to draw with.
            glyphs: What to draw bars with.
            hint: What to show before the first run.
        """
        super().__init__(id="classify")
        self._signs, self._glyphs = signs, glyphs
        self._hint = hint
        self._text = ""
        self._bars = Bars(glyphs=glyphs)
        self._shaded = ShadedView()
        self._history = History("classify")
        self._aside = False
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the text, the bars, and the tokens with the reading below them."""
        yield Static(id="text-line", markup=False)
        yield LinesField(placeholder=tr("a text to classify"), id="text")
        yield Placeholder(self._hint, id="hint")
        with Horizontal(id="answer"):
            yield self._bars
            yield self._shaded
        yield Static(id="reading", markup=False)

    def on_mount(self) -> None:
        """Begin without an answer."""
        super().on_mount()
        self._redraw()

    def on_resize(self) -> None:
        """Put bars and text side by side, or below each other."""
        self.set_class(self.size.width < NARROW, "-narrow")
        self.set_class(self.size.height < 6, "-short")

    def show(self, history: History) -> None:
        """Show the newest answer."""
        self._history = history
        self._redraw()

    def set_aside(self, *, aside: bool) -> None:
        """Say that another run than the one on show is in training."""
        if aside != self._aside:
            self._aside = aside
            self._redraw()

    def take_text(self, text: str) -> None:
        """Take a text that stands elsewhere on the screen, as it is."""
        self._text = text
        self._ask()

    def edit_text(self) -> None:
        """Open the field; what is in it is selected, so that typing begins a new text."""
        self.add_class("-editing")
        field = self.query_one(Input)
        with self.prevent(Input.Changed):
            field.value = escaped(self._text)
        field.select_all()
        self.screen.set_focus(field)
        self._redraw()

    def stop_editing(self) -> None:
        """Close the field and take the keys back; the text stays."""
        editing = self.has_class("-editing")
        self.remove_class("-editing")
        if editing:
            self.screen.set_focus(self)
            self._redraw()

    def go_back(self) -> bool:
        """Leave what is innermost: the field, or the walk along the tokens. The text stays."""
        if self.has_class("-editing"):
            self.stop_editing()
        elif self._shaded.crosshair is not None:
            self.action_toggle_tokens()
        else:
            return False
        return True

    def on_descendant_blur(self) -> None:
        """Close the field when the keys go elsewhere."""
        self.remove_class("-editing")

    def on_input_changed(self, message: Input.Changed) -> None:
        """Ask as soon as there is a short pause in typing."""
        message.stop()
        self._text = unescaped(message.value)
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(DEBOUNCE_S, self._ask)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Ask at once, and take the keys back."""
        message.stop()
        self._text = unescaped(message.value)
        self.stop_editing()
        self._ask()

    def action_edit_text(self) -> None:
        """Open the field."""
        self.edit_text()

    def action_toggle_tokens(self) -> None:
        """Walk the tokens, or no longer."""
        self._shaded.set_crosshair(0 if self._shaded.crosshair is None else None)
        if not self._shaded.answer:
            self._tell(tr("there is no answer yet: type a text first"))
        self._redraw()

    def action_walk(self, tokens: int) -> None:
        """Move the crosshair along the text."""
        if self._shaded.crosshair is not None:
            self._shaded.set_crosshair(self._shaded.crosshair + tokens)
            self._redraw()

    def action_move(self, lines: int) -> None:
        """Move the crosshair by lines, or scroll."""
        if self._shaded.crosshair is not None:
            self._shaded.crosshair_by_line(lines)
            self._redraw()
        else:
            self._shaded.scroll_relative(y=lines, animate=False)

    def action_copy(self) -> None:
        """Copy class, probability and text to the clipboard."""
        answer = self._shaded.answer
        if answer is None:
            self._tell(tr("there is no answer to copy yet"))
            return
        top = top_class(answer)
        self.app.copy_to_clipboard(f"{top.label}\t{top.share:.4f}\t{displayable(answer.text)}")
        self._tell(tr("copied the class and the text"))

    @property
    def _answer(self) -> TextClassified | None:
        """The newest answer, while there is a text to answer to."""
        return self._history.classes.answer if self._text.strip() else None

    def _ask(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        self.post_message(ClassifyText(self._text))
        self._redraw()

    def _tell(self, message: str) -> None:
        self.app.notify(message, markup=False)

    def _redraw(self) -> None:
        answer = self._answer
        self.set_class(answer is None, "-empty")
        self.set_class(answer is not None, "-answered")
        self._shaded.show(answer)
        self._bars.show_bars(answer_bars(answer) if answer is not None else [])
        if answer is not None:
            self._write("#reading", self._reading(answer))
        facts = [weights_named(self._history, answer)]
        if answer is not None:
            facts.append(tr("shaded by {method}", method=said(answer.method)))
        shown = f" {self._signs.dot} ".join(displayable(fact) for fact in facts if fact)
        self.set_title(self._glyphs.text(f"{self._signs.rule} {shown}") if shown else "")
        text = displayable(self._text) or tr("(no text)")
        self._write("#text-line", Content.assemble(("> ", "bold $text-accent"), text))
        self._write("#hint", Content(self._hint_text()))

    def _reading(self, answer: TextClassified) -> Content:
        """Read the tokens; where the answer is to an older text, say what keeps the new one."""
        why_not = obstacle(self._history, aside=self._aside)
        if why_not and answer.text != self._text:
            return Content(why_not)
        limit = int(self._history.config.get("max_text_length", 0))
        return token_reading(answer, self._shaded.crosshair, limit)

    def _hint_text(self) -> str:
        """Say what to do, or what is waited for."""
        if self._history.run is None and self.has_class("-editing"):
            return tr("there is no model yet to answer: train one first")
        if self._history.run is None and self._history.state == "idle":
            return self._hint
        why_not = obstacle(self._history, aside=self._aside)
        if self._text.strip() or why_not:
            return why_not or tr("asking the model")
        return tr("type a text: it is classified as you type")

    def _write(self, id_: str, text: Content) -> None:
        """Change a line only where it says something else, since drawing costs."""
        line = self.query_one(id_, Static)
        if line.content != text:
            line.update(text, layout=False)
