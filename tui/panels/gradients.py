"""Panel 4 of a language model: how large the gradients are."""

from textual.app import ComposeResult

from core.language import tr
from tui.commands import bindings_of
from tui.history import History
from tui.panels.gradient_view import GradientView
from tui.panels.panel import Panel
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.placeholder import Placeholder

COURSES_FROM = 8
"""Rows below the meters from which courses are drawn."""


class GradientsPanel(Panel):
    """Show a meter for the whole gradient and one for each parameter group."""

    number = 4
    heading = tr("Gradients")
    moves = True
    scope = "gradients"
    only_for = "language"
    BINDINGS = bindings_of("gradients")
    DEFAULT_CSS = """
    GradientsPanel {
        border-subtitle-color: $text-muted;
        &.-empty GradientView { display: none; }
        & Placeholder { display: none; }
        &.-empty Placeholder { display: block; }
        &.-alarm { border-subtitle-color: $warning; border-subtitle-style: bold; }
    }
    """

    def __init__(self, *, glyphs: Glyphs = BRAILLE, id: str | None = None) -> None:
        super().__init__(id=id or "gradients")
        self._view = GradientView(glyphs=glyphs)
        self._courses = BrailleChart(glyphs=glyphs)

    def compose(self) -> ComposeResult:
        """Put the meters above the courses of what they show, where there is room for both."""
        yield self._view
        yield Placeholder(tr("no step was taken yet"))
        yield self._courses

    def on_resize(self) -> None:
        """Fit labels and title to the new width."""
        self._redraw()

    def show(self, history: History) -> None:
        """Show the newest norms."""
        self._view.show_history(history)
        self.set_class(history.grad_norm is None, "-empty")
        self._redraw()

    def action_scroll(self, direction: int) -> None:
        """Show the meters below or above."""
        self._view.scroll_rows(direction)

    def action_toggle_ratio(self) -> None:
        """Switch between gradient norms and update-to-weight ratios."""
        self._view.shows_ratios = not self._view.shows_ratios
        self._redraw()

    def _redraw(self) -> None:
        """Put the sum into the title; the first alarm and the clipped share into the lower edge."""
        self._view.fit(self.size.width)
        room = self.size.height - self._view.count - 1
        has_courses = room >= COURSES_FROM and len(self._view.courses.curves) > 1
        self._courses.display = has_courses
        self._view.styles.height = self._view.count + 1 if has_courses else "1fr"
        if has_courses:
            self._courses.show_plot(self._view.courses)
        self.set_title(self._view.summary)
        self.set_class(self._view.alarming, "-alarm")
        self.set_subtitle(self._view.judgement)
