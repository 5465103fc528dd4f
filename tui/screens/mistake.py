"""A mistake in full: the text as far as it was kept, its class, and what the model made of it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.events import Mistake
from core.language import tr
from tui.panels.mistakes import mistake_heading
from tui.safe_text import displayable
from tui.screens.dialog import Dialog


class MistakeDialog(Dialog[Mistake]):
    """Read the mistakes one after the other; the answer is one to be explained."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,right,l", "turn(1)", show=False),
        Binding("up,k,left,h", "turn(-1)", show=False),
        Binding("v,w", "explain", show=False),
        Binding("enter,q", "dismiss_dialog", show=False),
    ]
    DEFAULT_CSS = """
    MistakeDialog VerticalScroll { height: auto; max-height: 16; margin: 1 0; }
    MistakeDialog Static { height: auto; }
    """

    def __init__(self, mistakes: Sequence[Mistake], at: int) -> None:
        """Make the dialog.

        Args:
            mistakes: At least one, the worst first.
            at: Which of them to begin with.
        """
        super().__init__(tr("Mistake"), keys=tr("↑↓ other mistakes  v why  Esc close"))
        self._mistakes = mistakes
        self._at = at

    def compose_body(self) -> ComposeResult:
        """Lay out what went wrong and, below it, the text."""
        yield Static(id="what", markup=False)
        with VerticalScroll():
            yield Static(id="text", markup=False)
        yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        """Show the first."""
        self._redraw()

    def action_turn(self, direction: int) -> None:
        """Read the next mistake or the one before."""
        self._at = min(max(self._at + direction, 0), len(self._mistakes) - 1)
        self._redraw()

    def action_explain(self) -> None:
        """Let the console say which tokens spoke for the answer."""
        self.dismiss(self._mistakes[self._at])

    def _redraw(self) -> None:
        mistake = self._mistakes[self._at]
        self.query_one("#what", Static).update(mistake_heading(mistake, self.signs))
        text = displayable(mistake.text, keep_newlines=True)
        self.query_one("#text", Static).update(Content(text))
        place = tr(
            "{number} of {count}, those the model was surest of first",
            number=self._at + 1,
            count=len(self._mistakes),
        )
        self.query_one("#hint", Static).update(Content(place))
