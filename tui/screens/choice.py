"""A question with a few answers, each with a key of its own."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.safe_text import displayable
from tui.screens.dialog import Dialog
from tui.widgets.row_list import Row, RowList


class Choice(NamedTuple):
    """Offer one answer."""

    answer: str
    """What the dialog returns."""
    label: str
    key: str = ""
    """A letter that picks it at once; none if empty."""


class ChoiceDialog(Dialog[str]):
    """Let the user pick one answer, by its letter or with the arrow keys and Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "row(1)", show=False),
        Binding("up,k", "row(-1)", show=False),
        Binding("enter,space", "accept", show=False),
    ]
    DEFAULT_CSS = """
    ChoiceDialog RowList { height: auto; min-height: 1; max-height: 16; margin: 1 0 0 0; }
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        intro: str = "",
        selected: str = "",
        present: str = "",
        on_interrupt: str = "",
    ) -> None:
        """Make the question.

        Args:
            title: The question.
            choices: The answers, the safest first.
            intro: More words above the answers.
            selected: The answer that Enter takes at first; `present` or the first one if empty.
            present: The answer that is in force, which stays marked wherever the cursor is.
            on_interrupt: The answer that ctrl+c gives; none if empty.
        """
        super().__init__(title, intro=intro)
        self._choices = choices
        self._selected = selected or present
        self._present = present
        self.on_interrupt = on_interrupt
        """The answer that ctrl+c gives; none if empty."""

    def compose_body(self) -> ComposeResult:
        """Lay out the answers."""
        rows = RowList(signs=self.signs)
        rows.styles.height = min(len(self._choices), 16)
        rows.set_rows([Row(choice.answer, self._line(choice)) for choice in self._choices])
        rows.select(self._selected or self._choices[0].answer)
        yield rows
        yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        """Show the answer under the cursor in full."""
        self.call_after_refresh(self._show_cut)

    def on_row_list_moved(self) -> None:
        """Show the answer that the cursor was moved to in full."""
        self._show_cut()

    def on_resize(self) -> None:
        """Ask anew what is cut."""
        self.call_after_refresh(self._show_cut)

    def on_key(self, event: events.Key) -> None:
        """Take an answer by its letter."""
        for choice in self._choices:
            if event.key == choice.key:
                event.stop()
                self.dismiss(choice.answer)

    def on_row_list_chosen(self) -> None:
        """Take the clicked answer."""
        self.action_accept()

    def action_row(self, direction: int) -> None:
        """Move to another answer."""
        self.query_one(RowList).move(direction)

    def action_accept(self) -> None:
        """Take the answer under the cursor."""
        self.dismiss(self.query_one(RowList).selected)

    def _show_cut(self) -> None:
        """Write the answer under the cursor below the others where its row is cut."""
        rows, hint = self.query_one(RowList), self.query_one("#hint", Static)
        choice = next((one for one in self._choices if one.answer == rows.selected), None)
        is_cut = choice is not None and self._line(choice).cell_length >= rows.size.width
        hint.update(displayable(choice.label) if choice is not None and is_cut else "")
        hint.display = is_cut

    def _line(self, choice: Choice) -> Content:
        key, label = (f" {choice.key or ' '} ", "$text-accent bold"), displayable(choice.label)
        if not self._present:
            return Content.assemble(key, label)
        is_present = choice.answer == self._present
        sign = self.signs.shown if is_present else " "
        return Content.assemble(
            key, (f"{sign} ", "$text-success bold"), (label, "bold" * is_present)
        )
