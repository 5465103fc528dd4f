"""Panel 6: write a prompt and watch the model go on from it, also while it trains."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from core.decoding import Decoding
from core.escapes import escaped, unescaped
from core.language import tr, trn
from core.settings import build
from tui.commands import bindings_of
from tui.history import History
from tui.intents import CancelSample, DrawSample, LabelsChanged, WalkText
from tui.look_text import walk_reading
from tui.panels.panel import Panel
from tui.safe_text import displayable
from tui.sample_walk import SampleWalk
from tui.samples import Sample
from tui.sampling_text import decoding_facts, origin_text, source_of, token_text
from tui.screens.decoding import DecodingDialog
from tui.signs import UNICODE, Signs
from tui.widgets.placeholder import Placeholder
from tui.widgets.sample_view import SampleView
from tui.widgets.text_field import LinesField

TOP_K = (1, 2, 3, 5, 10, 20, 40, 80, 0)
"""The steps of top-k; 0, which is all tokens, comes last."""

TEMPERATURE_STEP = 0.1


class ConsolePanel(Panel):
    """Show a sample, its prompt and the sampling settings, and ask for new samples."""

    number = 6
    heading = tr("Generate")
    place = "right"
    scope = "generate"
    only_for = "language"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("generate"),
        Binding("left,h", "walk(-1)", show=False),
        Binding("right,l", "walk(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]
    DEFAULT_CSS = """
    ConsolePanel {
        & #prompt-line { height: 1; }
        & #prompt { height: 1; border: none; padding: 0; background: $primary 30%; display: none; }
        & #reading, & #expected { height: 1; color: $text-muted; }
        & #expected { display: none; }
        &.-expected #expected { display: block; }
        &.-editing #prompt { display: block; }
        &.-editing #prompt-line { display: none; }
        &.-empty SampleView, &.-empty #reading { display: none; }
        &.-full #hint { display: none; }
        &.-short #reading, &.-short #expected { display: none; }
    }
    """

    def __init__(
        self,
        *,
        signs: Signs = UNICODE,
        prompt: str = "",
        decoding: Decoding | None = None,
        hint: str = "",
    ) -> None:
        """Make the panel.

        Args:
            signs: What to draw with.
            prompt: The prompt to begin with.
            decoding: The sampling settings to begin with; the usual ones if None.
            hint: What to show while there is no sample.
        """
        super().__init__(id="console")
        self.decoding = decoding or Decoding()
        """The sampling settings in force."""
        self.prompt = prompt
        """What the next sample begins with."""
        self._signs = signs
        self._hint = hint
        self._history = History()
        self._walk = SampleWalk()
        self._asked = ""
        """The text of which was asked what else was probable; empty while nothing is walked."""

    def compose(self) -> ComposeResult:
        """Lay out the prompt, the sample and the reading below it."""
        yield Static(id="prompt-line", markup=False)
        yield LinesField(escaped(self.prompt), placeholder=tr("prompt"), id="prompt")
        yield Placeholder(self._hint, id="hint")
        yield SampleView(self._signs)
        yield Static(id="reading", markup=False)
        yield Static(id="expected", markup=False)

    def on_mount(self) -> None:
        """Begin without a sample."""
        super().on_mount()
        self.add_class("-empty")
        self._redraw()

    def on_resize(self) -> None:
        """Give the few lines of a low panel to the text."""
        self.set_class(self.size.height < 6, "-short")

    def show(self, history: History) -> None:
        """Show the sample that was chosen, else the newest of the training's own."""
        self._history = history
        self._walk.follow(history)
        sample = self._walk.text
        view = self.query_one(SampleView)
        if view.crosshair is not None:
            sample = view.sample  # what is being read is not taken away by a newer sample
        if history.run is not None:
            self._write("#hint", Content(tr("no sample yet")))
        self.set_class(sample is None, "-empty")
        self.set_class(sample is not None, "-full")
        before = self.labels()
        view.show(sample)
        if self.labels() != before:
            self.post_message(LabelsChanged())
        self._redraw()

    def labels(self) -> dict[str, str]:
        """Say that a sample that is being drawn can be stopped, and another one left."""
        if self._drawing:
            return {"app.back": tr("Stop")}
        return {"app.back": tr("Back")} if self._walk.can_leave else {}

    def expect(self, number: int | None) -> None:
        """Show the console's sample of this number from now on; None for the training's own."""
        self._walk.expect(number)

    def edit_prompt(self) -> None:
        """Open the prompt for writing."""
        self.add_class("-editing")
        self.screen.set_focus(self.query_one(Input))

    def stop_editing(self) -> None:
        """Close the prompt and take the keys back."""
        editing = self.has_class("-editing")
        self.remove_class("-editing")
        if editing:
            self.screen.set_focus(self)

    def go_back(self) -> bool:
        """Leave what is innermost: the prompt, the sample in progress, the walk on its tokens."""
        view = self.query_one(SampleView)
        if self.has_class("-editing"):
            self.stop_editing()
        elif self._drawing:
            self.post_message(CancelSample())
        elif view.crosshair is not None:
            self.action_toggle_probabilities()
        else:
            return False
        return True

    def leave(self) -> bool:
        """Show the training's own samples again; the text that was left is one key away."""
        left = self._walk.leave()
        if left:
            self.show(self._history)
        return left

    def on_descendant_blur(self) -> None:
        """Close the prompt when the keys go elsewhere."""
        self.remove_class("-editing")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Run the prompt."""
        message.stop()
        self.prompt = unescaped(message.value)
        self.stop_editing()
        self._draw()

    def action_edit_prompt(self) -> None:
        """Open the prompt for writing."""
        self.edit_prompt()

    def action_rerun(self) -> None:
        """Draw again with the same prompt and seed."""
        self._draw()

    def action_rerun_new_seed(self) -> None:
        """Draw again with the next seed."""
        self._take("seed", self.decoding.seed + 1)
        self._draw()

    def action_turn(self, direction: int) -> None:
        """Show the text before, or the one after it."""
        view = self.query_one(SampleView)
        walks = view.crosshair is not None
        view.set_crosshair(None)  # what is being read would stay
        if not self._walk.turn(direction):
            oldest, newest = tr("this is the oldest text"), tr("this is the newest text")
            self._tell(oldest if direction < 0 else newest)
        self.show(self._history)
        view.set_crosshair(0 if walks else None)
        self._redraw()

    def action_temperature(self, direction: int) -> None:
        """Lower or raise the temperature."""
        stepped = round(self.decoding.temperature + direction * TEMPERATURE_STEP, 2)
        self._take("temperature", min(max(stepped, TEMPERATURE_STEP), 10.0))

    def action_top_k(self, direction: int) -> None:
        """Draw from fewer or from more tokens."""
        fewer = [k for k in TOP_K if k and (k < self.decoding.top_k or not self.decoding.top_k)]
        more = [k for k in TOP_K if not k or (self.decoding.top_k and k > self.decoding.top_k)]
        if direction < 0 and fewer:
            self._take("top_k", fewer[-1])
        elif direction > 0:
            self._take("top_k", more[0])

    def action_edit_decoding(self) -> None:
        """Edit every sampling setting."""

        def take(decoding: Decoding | None) -> None:
            if decoding is not None:
                self.decoding = decoding
                self._redraw()

        self.app.push_screen(DecodingDialog(self.decoding), take)

    def action_toggle_probabilities(self) -> None:
        """Show the probabilities as digits and walk the tokens, or no longer."""
        view = self.query_one(SampleView)
        view.set_crosshair(0 if view.crosshair is None else None)
        self._redraw()

    def action_walk(self, tokens: int) -> None:
        """Move the crosshair along the text."""
        view = self.query_one(SampleView)
        if view.crosshair is not None:
            view.set_crosshair(view.crosshair + tokens)
            self._redraw()

    def action_move(self, lines: int) -> None:
        """Move the crosshair by lines, or scroll."""
        view = self.query_one(SampleView)
        if view.crosshair is not None:
            view.crosshair_by_line(lines)
            self._redraw()
        else:
            view.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by a page."""
        view = self.query_one(SampleView)
        view.scroll_relative(y=pages * max(view.size.height - 1, 1), animate=False)

    def action_copy(self) -> None:
        """Copy the sample to the clipboard."""
        sample = self.query_one(SampleView).sample
        if sample is None:
            self._tell(tr("there is no sample to copy yet"))
            return
        self.app.copy_to_clipboard(displayable(sample.prompt + sample.text, keep_newlines=True))
        self._tell(trn("copied {n} token", "copied {n} tokens", sample.total))

    def set_clamp(self, clamp: str) -> None:
        """Hold hidden units in the samples from now on."""
        self.decoding = build(Decoding, {"clamp": clamp}, self.decoding)
        self._redraw()

    @property
    def _drawing(self) -> bool:
        sample = self.query_one(SampleView).sample
        return sample is not None and sample.origin == "console" and not sample.done

    def _draw(self) -> None:
        self.query_one(SampleView).set_crosshair(None)
        self.post_message(DrawSample(self.prompt, self.decoding))

    def _take(self, name: str, value: float) -> None:
        self.decoding = build(Decoding, {name: value}, self.decoding)
        self._redraw()

    def _tell(self, message: str) -> None:
        self.app.notify(message, markup=False)

    def _redraw(self) -> None:
        view = self.query_one(SampleView)
        self._put_settings(view)
        prompt = displayable(self.prompt) or tr("(empty prompt)")
        # Another sample than one of this prompt may be on show, such as that of an evaluation.
        waits = view.sample is not None and view.sample.prompt != self.prompt
        sign = tr("next > ") if waits else "> "
        self._write("#prompt-line", Content.assemble((sign, "bold $text-accent"), prompt))
        if view.sample is not None:
            self._write("#reading", token_text(view.sample, view.crosshair, self._signs))
        self._put_expected(view.sample, view.crosshair)

    def _put_expected(self, sample: Sample | None, crosshair: int | None) -> None:
        """Ask of what is walked along what else was probable; show it where that is known."""
        walked = self._walked(sample) if sample is not None and crosshair is not None else ""
        if walked != self._asked:
            self._asked = walked
            self.post_message(WalkText(walked))
        look = self._history.looks.walked
        if look is None or not (look.text == walked or (look.cut and walked.startswith(look.text))):
            self.remove_class("-expected")
        elif sample is not None and crosshair is not None:
            self.add_class("-expected")
            self._write("#expected", walk_reading(look, sample, crosshair))

    def _walked(self, sample: Sample) -> str:
        """Return all of a sample that the model on show can be asked about; else nothing."""
        is_of_other = sample.run not in (None, self._history.run)
        # Without its beginning, as of a very long one, the model would find other things probable.
        whole = sample.done and not sample.dropped and not is_of_other
        return sample.prompt + sample.text if whole else ""

    def _put_settings(self, view: SampleView) -> None:
        """Say how the next text is drawn, and below it how the one on show was, if otherwise."""
        between = f" {self._signs.dot} "
        facts, sample = decoding_facts(self.decoding), view.sample
        settings = between.join(facts)
        if sample is None:
            source = source_of(self._history)
            self.set_title(f"{self._signs.rule} {settings}{between if source else ''}{source}")
            self.set_subtitle("")
            return
        drawn = decoding_facts(sample.decoding) if sample.decoding is not None else []
        if drawn != facts:
            settings = tr("next: {settings}", settings=settings)
        self.set_title(f"{self._signs.rule} {settings}")
        what = [origin_text(sample, self._history), *(drawn if drawn != facts else [])]
        if view.crosshair is not None:
            what.append(tr("below: tenths of the probability"))
        number, texts = self._walk.place
        if texts > 1 and number:
            what.insert(0, tr("text {number} of {texts}", number=number, texts=texts))
        self.set_subtitle(between.join(what))

    def _write(self, id_: str, text: Content) -> None:
        """Change a line only where it says something else, since drawing costs."""
        line = self.query_one(id_, Static)
        before = line.content
        if not isinstance(before, Content) or not text.is_same(before):  # `!=` sees no looks
            line.update(text, layout=False)
