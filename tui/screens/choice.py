"""A question with a few answers, each with a key of its own."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

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

    def _line(self, choice: Choice) -> Content:
        key, label = (f" {choice.key or ' '} ", "$text-accent bold"), displayable(choice.label)
        if not self._present:
            return Content.assemble(key, label)
        is_present = choice.answer == self._present
        sign = self.signs.shown if is_present else " "
        return Content.assemble(
            key, (f"{sign} ", "$text-success bold"), (label, "bold" * is_present)
        )
