"""Panel 5: the runs of the workspace, to open, compare, pin, go on with and delete."""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input

from core.config import cell_name
from core.language import tr
from core.settings import Value, text_of
from tui.cells import cell_rjust
from tui.commands import bindings_of
from tui.history import History
from tui.intents import (
    DeleteRun,
    DiffRun,
    ListCheckpoints,
    OpenRun,
    OverlayRun,
    PinRun,
    ResumeRun,
)
from tui.panels.panel import Panel
from tui.safe_text import displayable
from tui.signs import UNICODE, Signs
from tui.tasks import task_of
from tui.widgets.row_list import FAR, Row, RowList
from tui.widgets.text_field import TextField
from workspace.records import Run


def matches(run: Run, words: str) -> bool:
    """Tell whether a run's name, status or settings (`name=value`) hold all of the words."""
    settings = " ".join(f"{name}={text_of(value)}" for name, value in run.config.items())
    text = f"{run.run} {run.name} {run.status} {run.corpus_name} {settings}".casefold()
    return all(word in text for word in words.casefold().split())


def _kind(config: Mapping[str, Value]) -> str:
    """Name a run's network: its cell, in both directions or one, its width and its layers."""
    return f"{cell_name(config)} {config.get('hidden_size', '')}x{config.get('num_layers', '')}"


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
    }
    """

    def __init__(self, *, signs: Signs = UNICODE) -> None:
        super().__init__(id="runs")
        self._signs = signs
        self._runs: Sequence[Run] = ()
        self._overlaid: set[int] = set()
        self._shown: int | None = None
        self._words = ""

    def compose(self) -> ComposeResult:
        """Lay out the filter and the list."""
        yield TextField(placeholder=tr("words of the name or settings, such as gru"), id="filter")
        yield RowList(signs=self._signs)

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

    def action_row(self, rows: int) -> None:
        """Move the cursor."""
        self._list.travel(rows)

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
            OpenRun | OverlayRun | PinRun | DiffRun | ResumeRun | ListCheckpoints | DeleteRun
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

    def _redraw(self) -> None:
        chosen = [run for run in self._runs if matches(run, self._words)]
        chosen.sort(key=lambda run: (not run.pinned, -run.run))
        self._list.empty = tr("no run has these words") if self._runs else tr("no runs yet")
        scores = [self._score(run) for run in chosen]
        width = max((cell_len(score) for score in scores), default=0)
        lines = [
            self._line(run, cell_rjust(score, width))
            for run, score in zip(chosen, scores, strict=True)
        ]
        pairs = zip(chosen, lines, strict=True)
        self._list.set_rows([Row(str(run.run), line) for run, line in pairs])
        count = str(len(self._runs)) if self._runs else ""
        if self._words:
            count = f"{len(chosen)}/{len(self._runs)} / {displayable(self._words)}"
        self.set_title(f"{self._signs.rule} {count}" if count else "")

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
        marks = (self._signs.pinned if run.pinned else " ") + (
            self._signs.overlaid if run.run in self._overlaid else " "
        )
        marker = self._signs.shown if run.run == self._shown else " "
        status = self._signs.status(run.status)
        width = self._list.size.width
        tail = f" {score} {status} {marks}"
        wide = width >= 44
        if wide:
            tail = f" {_kind(run.config):<12}" + tail
        if width >= 64:
            tail = " " + tr("{step:>8} steps", step=run.step) + tail
        room = max(width - cell_len(tail) - 7, 4)
        name = Content(displayable(run.name)).truncate(
            room, ellipsis=self._signs is UNICODE, pad=True
        )
        return Content.assemble(f"{marker}{run.run:>4} ", name, tail)
