"""Panel 5: the runs of the workspace, to open, compare, pin, go on with and delete."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, Static

from core.language import tr
from core.settings import text_of
from tui.cells import cell_rjust
from tui.commands import bindings_of
from tui.history import History
from tui.intents import (
    DeleteRun,
    DiffRun,
    EditRun,
    ListCheckpoints,
    OpenRun,
    OverlayRun,
    PinRun,
    ResumeRun,
)
from tui.panels.panel import Panel
from tui.panels.run_table import (
    ABOUT_ROWS,
    ORDERS,
    TABLE_FROM,
    about_run,
    kind_text,
    table_of,
)
from tui.safe_text import displayable
from tui.signs import UNICODE, Signs
from tui.tasks import task_of
from tui.widgets.row_list import FAR, Row, RowList
from tui.widgets.text_field import TextField
from workspace.records import Run


def matches(run: Run, words: str) -> bool:
    """Tell whether what is said of a run or its settings (`name=value`) hold all of the words."""
    settings = " ".join(f"{name}={text_of(value)}" for name, value in run.config.items())
    told = f"{run.run} {run.name} {run.status} {run.corpus_name} {run.notes} {' '.join(run.tags)}"
    text = f"{told} {settings}".casefold()
    return all(word in text for word in words.casefold().split())


class RunsPanel(Panel):
    """Show the runs, pinned ones first, and post what is wanted of one."""

    number = 5
    heading = tr("Runs")
    scope = "runs"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("runs"),
        *FAR,
    ]
    DEFAULT_CSS = """
    RunsPanel {
        & #filter, & #filter:focus {
            height: 1; border: none; padding: 0; background: $primary 30%; display: none;
        }
        &.-filtering #filter { display: block; }
        & #head { height: 1; color: $text-muted; display: none; }
        & #about { height: auto; border-top: solid $foreground 30%; padding: 0 1; display: none; }
        &.-table #head { display: block; }
        &.-roomy #about { display: block; }
    }
    """

    def __init__(self, *, signs: Signs = UNICODE) -> None:
        super().__init__(id="runs")
        self._signs = signs
        self._runs: Sequence[Run] = ()
        self._overlaid: set[int] = set()
        self._shown: int | None = None
        self._words = ""
        self._order = 0

    def compose(self) -> ComposeResult:
        """Lay out the filter and the list, and what stands around it where there is room."""
        yield TextField(placeholder=tr("words of the name or settings, such as gru"), id="filter")
        yield Static(id="head", markup=False)
        yield RowList(signs=self._signs)
        yield Static(id="about", markup=False)

    def show(self, history: History) -> None:
        """Mark the run that the other panels show."""
        if history.run != self._shown:
            self._shown = history.run
            self._redraw()
            self._follow_shown()

    def list_runs(self, runs: Sequence[Run], overlaid: Collection[int]) -> None:
        """Show other runs.

        Args:
            runs: The runs, newest first.
            overlaid: Numbers of those drawn behind the current one.
        """
        if (runs, set(overlaid)) != (self._runs, self._overlaid):
            self._runs, self._overlaid = runs, set(overlaid)
            self._redraw()
            self._follow_shown()

    def go_back(self) -> bool:
        """Leave the filter that is being written."""
        return self.has_class("-filtering") and self.leave()

    def leave(self) -> bool:
        """List every run again."""
        if not self.has_class("-filtering") and not self._words:
            return False
        self.query_one(Input).value = ""
        self._close_filter()
        return True

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self._redraw()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Filter as the words are typed."""
        message.stop()
        self._words = message.value
        self._redraw()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep the filter and take the keys back."""
        message.stop()
        self._close_filter()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Leave a click at moving the cursor."""
        message.stop()
        self._explain()

    def action_row(self, rows: int) -> None:
        """Move the cursor."""
        self._list.travel(rows)
        self._explain()

    def action_open_run(self) -> None:
        """Show the run under the cursor in the other panels."""
        self._post(OpenRun)

    def action_overlay(self) -> None:
        """Draw its curves behind the current ones, or no longer."""
        self._post(OverlayRun)

    def action_pin(self) -> None:
        """Keep it on top, or no longer."""
        self._post(PinRun)

    def action_diff(self) -> None:
        """List the settings in which it differs from the shown run."""
        self._post(DiffRun)

    def action_resume_run(self) -> None:
        """Go on training it."""
        self._post(ResumeRun)

    def action_list_checkpoints(self) -> None:
        """List its checkpoints."""
        self._post(ListCheckpoints)

    def action_delete_run(self) -> None:
        """Delete it."""
        self._post(DeleteRun)

    def action_edit_run(self) -> None:
        """Give it another name, notes or tags."""
        self._post(EditRun)

    def action_sort(self) -> None:
        """Put the runs into the next order."""
        self._order = (self._order + 1) % len(ORDERS)
        self._redraw()

    def action_filter(self) -> None:
        """Open the filter."""
        self.add_class("-filtering")
        self.screen.set_focus(self.query_one(Input))

    @property
    def _list(self) -> RowList:
        return self.query_one(RowList)

    def _post(
        self,
        message: type[
            OpenRun
            | OverlayRun
            | PinRun
            | DiffRun
            | EditRun
            | ResumeRun
            | ListCheckpoints
            | DeleteRun
        ],
    ) -> None:
        if self._list.selected:
            self.post_message(message(int(self._list.selected)))
        else:
            self.app.notify(tr("there is no run to choose yet"), markup=False)

    def _close_filter(self) -> None:
        self.remove_class("-filtering")
        self.screen.set_focus(self)

    def _follow_shown(self) -> None:
        """Keep the cursor on the shown run, unless the user is choosing."""
        if self._shown is not None and not self.has_pseudo_class("focus-within"):
            self._list.select(str(self._shown))
            self._explain()

    def _redraw(self) -> None:
        chosen = [run for run in self._runs if matches(run, self._words)]
        order, key = ORDERS[self._order]
        chosen.sort(key=lambda run: (not run.pinned, key(run)))
        self._list.empty = tr("no run has these words") if self._runs else tr("no runs yet")
        self._fit(bool(chosen))
        lines = self._table(chosen) if self.has_class("-table") else self._lines(chosen)
        pairs = zip(chosen, lines, strict=True)
        self._list.set_rows([Row(str(run.run), line) for run, line in pairs])
        count = str(len(self._runs)) if self._runs else ""
        if self._words:
            count = f"{len(chosen)}/{len(self._runs)} / {displayable(self._words)}"
        count += f" {self._signs.dot} {order}" if count and order else ""
        self.set_title(f"{self._signs.rule} {count}" if count else "")
        self._explain()

    def _fit(self, has_rows: bool) -> None:
        """Show headings, and what is known of one run, where there is room for them."""
        width, height = self.size
        is_table = has_rows and width >= TABLE_FROM
        self.set_class(is_table, "-table")
        self.set_class(is_table and height >= 2 * ABOUT_ROWS, "-roomy")

    def _table(self, runs: Sequence[Run]) -> list[Content]:
        heading, lines = table_of(runs, self.size.width - 11, self._signs)
        self.query_one("#head", Static).update(Content(f"  {tr('run'):>4} {heading}"))
        marks = map(self._marks, runs)
        return [
            Content.assemble(f"{self._marker(run)}{run.run:>4} ", line, f" {marks_of_run}")
            for run, line, marks_of_run in zip(runs, lines, marks, strict=True)
        ]

    def _lines(self, runs: Sequence[Run]) -> list[Content]:
        scores = [self._score(run) for run in runs]
        width = max((cell_len(score) for score in scores), default=0)
        return [
            self._line(run, cell_rjust(score, width))
            for run, score in zip(runs, scores, strict=True)
        ]

    def _explain(self) -> None:
        """Say what is known of the run under the cursor."""
        if not self.has_class("-roomy"):
            return
        run = next((run for run in self._runs if str(run.run) == self._list.selected), None)
        about = about_run(run, self._signs) if run is not None else Content("")
        self.query_one("#about", Static).update(about)

    def _marks(self, run: Run) -> str:
        pinned = self._signs.pinned if run.pinned else " "
        return pinned + (self._signs.overlaid if run.run in self._overlaid else " ")

    def _marker(self, run: Run) -> str:
        return self._signs.shown if run.run == self._shown else " "

    def _score(self, run: Run) -> str:
        """Write how good a run's best model is: its accuracy, or its loss."""
        if task_of(run.config) == "classify":
            known = run.best_accuracy is not None
            share = f"{run.best_accuracy:.1%}" if known else self._signs.dash
            return tr("acc {accuracy}", accuracy=share)
        loss = f"{run.best_val_loss:.3f}" if run.best_val_loss is not None else self._signs.dash
        return f"{loss:>6}"

    def _line(self, run: Run, score: str) -> Content:
        """Write one run: number, name, what it is, how good it is, and its signs."""
        status = self._signs.status(run.status)
        width = self._list.size.width
        tail = f" {score} {status} {self._marks(run)}"
        wide = width >= 44
        if wide:
            tail = f" {kind_text(run):<12}" + tail
        room = max(width - cell_len(tail) - 7, 4)
        name = Content(displayable(run.name)).truncate(
            room, ellipsis=self._signs is UNICODE, pad=True
        )
        return Content.assemble(f"{self._marker(run)}{run.run:>4} ", name, tail)
