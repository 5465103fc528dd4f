"""What a panel shows, in words: a paragraph and a worked number for each of its terms."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.language import tr
from tui.commands import Scope
from tui.explanations import EXPLANATIONS
from tui.screens.dialog import Dialog


class ExplanationDialog(Dialog[None]):
    """Explain the terms of the focused panel."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,q,enter", "dismiss_dialog", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]
    DEFAULT_CSS = """
    ExplanationDialog VerticalScroll { height: auto; scrollbar-size-vertical: 1; }
    ExplanationDialog Static { height: auto; }
    """

    def __init__(self, scope: Scope, heading: str) -> None:
        """Make the dialog.

        Args:
            scope: That of the panel.
            heading: What the panel is called.
        """
        title = tr("{panel}: what does this mean?", panel=heading)
        super().__init__(title, keys=tr("↑↓ scroll  Esc close"))
        self._scope = scope

    def compose_body(self) -> ComposeResult:
        """Lay out the terms, each above its paragraph and its example."""
        paragraphs = [
            Content.assemble(
                (self.written(term), "bold $text-accent"),
                f"\n{self.written(text)}\n",
                (tr("Example: {example}", example=self.written(example)), "italic $text-muted"),
            )
            for term, text, example in EXPLANATIONS[self._scope]
        ]
        with VerticalScroll():
            yield Static(Content("\n\n").join(paragraphs), markup=False)

    def action_scroll(self, direction: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=direction, animate=False)
