"""Panel 4 of a classifier: its confusion matrix, its worst mistakes, and its gradients."""

from typing import Literal

from textual.app import ComposeResult

from core.events import ClassesMeasured, Mistake
from core.language import tr
from tui.commands import bindings_of
from tui.history import History
from tui.intents import ExplainText, LabelsChanged
from tui.panels.gradient_view import GradientView
from tui.panels.mistakes import mistake_rows
from tui.panels.panel import Panel
from tui.safe_text import displayable
from tui.screens.mistake import MistakeDialog
from tui.signs import UNICODE, Signs
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.heat_layout import Matrix
from tui.widgets.heat_map import HeatMap
from tui.widgets.row_list import RowList

View = Literal["matrix", "mistakes", "gradients", "updates"]

VIEWS: tuple[View, ...] = ("matrix", "mistakes", "gradients", "updates")

VIEW_NAMES: dict[View, str] = {
    "matrix": tr("matrix"),
    "mistakes": tr("mistakes"),
    "gradients": tr("gradients"),
    "updates": tr("updates"),
}

_NOT_YET = tr("measured at each evaluation")


class ClassesPanel(Panel):
    """Show one of four views: confusion matrix, worst mistakes, gradient norms, update sizes."""

    number = 4
    heading = tr("Classes")
    moves = True
    scope = "classes"
    only_for = "classify"
    BINDINGS = bindings_of("classes")
    DEFAULT_CSS = """
    ClassesPanel {
        border-subtitle-color: $text-muted;
        &.-alarm { border-subtitle-color: $warning; border-subtitle-style: bold; }
        & HeatMap, & RowList, & GradientView { display: none; }
        &.-matrix HeatMap, &.-mistakes RowList, &.-gradients GradientView,
        &.-updates GradientView { display: block; }
    }
    """

    def __init__(self, *, signs: Signs = UNICODE, glyphs: Glyphs = BRAILLE) -> None:
        super().__init__(id="classes")
        self._signs, self._glyphs = signs, glyphs
        self._matrix = HeatMap(glyphs=glyphs, empty=_NOT_YET)
        self._mistakes = RowList(signs=signs, empty=_NOT_YET)
        self._gradients = GradientView(glyphs=glyphs)
        self._history = History("classify")
        self._measured: ClassesMeasured | None = None
        self.view: View = "matrix"
        """What is on show."""

    def compose(self) -> ComposeResult:
        """Lay out the views, of which one can be seen."""
        yield self._matrix
        yield self._mistakes
        yield self._gradients

    def on_mount(self) -> None:
        """Begin with the matrix."""
        super().on_mount()
        self.add_class(f"-{self.view}")
        self._redraw()

    def on_resize(self) -> None:
        """Fit the view to the new size."""
        self._measured = None
        self._redraw()

    def show(self, history: History) -> None:
        """Show the newest evaluation and the newest norms."""
        self._history = history
        self._redraw()

    def labels(self) -> dict[str, str]:
        """Say what Enter does in the list of mistakes."""
        return {"classes.read": tr("Read")} if self.view == "mistakes" else {}

    def action_move(self, direction: int) -> None:
        """Go down or up: to other classes, mistakes or meters."""
        match self.view:
            case "matrix":
                self._matrix.scroll_classes(direction)
            case "mistakes":
                self._mistakes.move(direction)
            case "gradients" | "updates":
                self._gradients.scroll_rows(direction)
        self._redraw()

    def action_turn(self, direction: int) -> None:
        """Show the next view or the one before."""
        self.remove_class(f"-{self.view}")
        self.view = VIEWS[(VIEWS.index(self.view) + direction) % len(VIEWS)]
        self.add_class(f"-{self.view}")
        self._gradients.shows_ratios = self.view == "updates"
        self.post_message(LabelsChanged())
        self._redraw()

    def action_read(self) -> None:
        """Show a mistake in full; from another view go to the mistakes first."""
        while self.view != "mistakes":
            self.action_turn(1)
        mistakes = self._measured.mistakes if self._measured else []
        if self._mistakes.selected:
            dialog = MistakeDialog(mistakes, int(self._mistakes.selected))
            self.app.push_screen(dialog, self._explain)

    def action_explain(self) -> None:
        """Let the console shade the tokens of the selected mistake."""
        if self.view == "mistakes" and self._measured and self._mistakes.selected:
            self._explain(self._measured.mistakes[int(self._mistakes.selected)])
        else:
            self.app.notify(tr("choose a mistake first: Enter lists them"), markup=False)

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Leave a click at moving the cursor."""
        message.stop()

    def _explain(self, mistake: Mistake | None) -> None:
        if mistake is None:
            return
        if mistake.cut:
            kept = tr(
                "only the first {chars:,} characters of this text were kept",
                chars=len(mistake.text),
            )
            self.app.notify(kept, markup=False)
        self.post_message(ExplainText(mistake.text))

    def _redraw(self) -> None:
        classes = self._history.classes
        if classes.measured is not self._measured:
            self._measured = classes.measured
            self._take(self._measured)
        if self.view in ("gradients", "updates"):
            self._gradients.show_history(self._history)
            self._gradients.fit(self.size.width)
        self._write_titles()

    def _take(self, measured: ClassesMeasured | None) -> None:
        """Fill the views with an evaluation."""
        matrix = Matrix()
        if measured is not None:
            labels = [displayable(label) for label in measured.labels]
            matrix = Matrix(labels, measured.confusion, self._history.classes.scores)
        self._matrix.show_matrix(matrix)
        mistakes = measured.mistakes if measured is not None else []
        self._mistakes.empty = tr("no mistakes") if measured is not None else _NOT_YET
        self._mistakes.set_rows(mistake_rows(mistakes, self.size.width - 1, self._signs))

    def _write_titles(self) -> None:
        """Put the views into the title, and into the lower edge what is to be known of this one."""
        names = ((view, VIEW_NAMES[view]) for view in VIEWS)
        tabs = " ".join(f"[{name}]" if view == self.view else name for view, name in names)
        self.set_title(f"{self._signs.rule} {tabs}")
        self.set_class(self.view == "gradients" and self._gradients.alarming, "-alarm")
        self.set_subtitle(self._glyphs.text(self._footnote()))

    def _footnote(self) -> str:
        if self.view in ("gradients", "updates"):
            parts = [self._gradients.summary, self._gradients.judgement]
            return " · ".join(part for part in parts if part)
        if self._measured is None:
            return ""
        if self.view == "mistakes":
            worst = len(self._measured.mistakes)
            return tr("{worst} worst at step {step:,}", worst=worst, step=self._measured.step)
        layout = self._matrix.arranged(self.size)
        if layout.left_out:
            return tr(
                "{shown} of {classes} classes, most confused first",
                shown=len(layout.shown),
                classes=len(self._measured.labels),
            )
        return tr("% of a row's texts · step {step:,}", step=self._measured.step)
