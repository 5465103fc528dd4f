"""The checkpoints of a run: where each stands, to open, to go on from and to copy the path of."""

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from core.language import joined, tr
from core.lineage import Lineage, Standing
from tui.safe_text import displayable
from tui.screens.dialog import Dialog
from tui.widgets.row_list import Row, RowList
from workspace.records import SavedCheckpoint


class ChosenCheckpoint(NamedTuple):
    """Hold what is wanted of a checkpoint."""

    wish: Literal["open", "resume"]
    path: str
    """Absolute."""


class CheckpointsDialog(Dialog[ChosenCheckpoint]):
    """List the checkpoints of a run, the one that it is resumed from first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "row(1)", show=False),
        Binding("up,k", "row(-1)", show=False),
        Binding("enter", "choose('open')", show=False),
        Binding("R", "choose('resume')", show=False),
        Binding("y", "copy", show=False),
        Binding("C", "dismiss_dialog", show=False),
    ]
    DEFAULT_CSS = """
    CheckpointsDialog {
        & > Vertical { width: 88; }
        & RowList { height: auto; min-height: 1; max-height: 16; margin: 1 0; }
    }
    """

    def __init__(self, run: str, saved: Sequence[SavedCheckpoint], lineage: Lineage) -> None:
        """Make the list.

        Args:
            run: The run in a few words.
            saved: Its checkpoints, the newest first.
            lineage: What is known of them.
        """
        super().__init__(
            tr("Checkpoints of {run}", run=run),
            keys=tr("Enter open  R resume  y copy path  Esc close"),
        )
        self._saved = sorted(saved, key=lambda one: lineage.rank(one.path))
        self._best = next((one for one in saved if one.is_best), None)
        self._lineage = lineage

    def compose_body(self) -> ComposeResult:
        """Lay out the columns and the path of the one under the cursor."""
        head = f" {tr('step'):>9}  {tr('training loss'):>13}  {tr('validation loss'):>15}"
        yield Static(Content.styled(head, "bold"), markup=False)
        rows = RowList(signs=self.signs, empty=tr("no checkpoint yet"))
        rows.styles.height = min(max(len(self._saved), 1), 16)
        rows.set_rows([
            Row(str(saved.path), self._line(number, saved))
            for number, saved in enumerate(self._saved)
        ])  # fmt: skip
        yield rows
        yield Static(self._path(), id="hint", markup=False)

    def action_row(self, direction: int) -> None:
        """Move to another checkpoint."""
        self._rows.move(direction)
        self.query_one("#hint", Static).update(self._path())

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Leave a click at moving the cursor."""
        message.stop()
        self.query_one("#hint", Static).update(self._path())

    def action_choose(self, wish: Literal["open", "resume"]) -> None:
        """Open the checkpoint under the cursor, or go on from it."""
        if self._rows.selected:
            self.dismiss(ChosenCheckpoint(wish, self._rows.selected))

    def action_copy(self) -> None:
        """Copy its path to the clipboard."""
        if self._rows.selected:
            self.app.copy_to_clipboard(self._rows.selected)
            self.app.notify(tr("the checkpoint's path is copied"), markup=False)

    @property
    def _rows(self) -> RowList:
        return self.query_one(RowList)

    def _path(self) -> str:
        rows = self.query(RowList)
        first = str(self._saved[0].path) if self._saved else ""
        return displayable((rows.first().selected if rows else None) or first)

    def _line(self, number: int, saved: SavedCheckpoint) -> Content:
        known = self._lineage.find(saved.path)
        train = known.train_loss if known is not None else None
        val = known.val_loss if known is not None else None
        figures = f"{saved.step:>8,}  {self._loss(train):>13}  {self._loss(val):>15}  "
        return Content.assemble(figures, (self._notes(number, saved, known), "$text-muted"))

    def _loss(self, loss: float | None) -> str:
        return self.signs.dash if loss is None else f"{loss:.3f}"

    def _notes(self, number: int, saved: SavedCheckpoint, known: Standing | None) -> str:
        notes = []
        if number == 0:
            notes.append(tr("resumes the run"))
        if saved == self._best:
            notes.append(tr("best"))
        if known is not None and known.diverges:
            notes.append(tr("diverges at the next step"))
        elif not self._lineage.is_sane(saved.path):
            notes.append(tr("losses far above the best"))
        if known is not None and known not in self._lineage.branch:
            notes.append(tr("left by going back"))
        return joined(notes)
