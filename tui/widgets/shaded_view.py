"""A classified text, each token shaded by how much it moved the answer."""

from typing import ClassVar

from core.events import TextClassified
from tui.token_flow import Piece, TokenFlow
from tui.widgets.token_view import TokenView

WEAK, STRONG = 0.15, 0.5
"""Shares of the weightiest token's weight from which a token is shaded lightly and strongly."""

ATTENTION = "attention"
"""The method whose weights say where the model looked, not towards what."""


class ShadedView(TokenView):
    """Show the tokens that the model read.

    Without colour: what spoke for the answer is bold, what spoke against it is underlined; with
    the crosshair, `+` and `-` stand below them, along all of a token that weighs much.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "shaded--for-1", "shaded--for-2", "shaded--against-1", "shaded--against-2",
    }  # fmt: skip
    DEFAULT_CSS = """
    ShadedView {
        & .shaded--for-1 { background: $success 25%; text-style: bold; }
        & .shaded--for-2 { background: $success 65%; color: auto 95%; text-style: bold; }
        & .shaded--against-1 { background: $error 25%; text-style: underline; }
        & .shaded--against-2 { background: $error 60%; color: auto 95%; text-style: underline; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._answer: TextClassified | None = None
        self._heaviest = 0.0

    @property
    def answer(self) -> TextClassified | None:
        """The answer on show."""
        return self._answer

    def show(self, answer: TextClassified | None) -> None:
        """Show the text of another answer."""
        if answer is self._answer:
            return
        self._answer = answer
        weights = answer.weights if answer is not None else []
        self._heaviest = max(map(abs, weights), default=0.0)
        if self.crosshair is not None:
            self.crosshair = min(self.crosshair, self.token_count() - 1)
            self.crosshair = self.crosshair if self.crosshair >= 0 else None
        self._lay_out()

    def on_resize(self) -> None:
        """Wrap the text anew."""
        self._lay_out()

    def token_count(self) -> int:
        """Return how many tokens were read."""
        return len(self._answer.tokens) if self._answer else 0

    def can_be_crossed(self, piece: Piece) -> bool:
        """Tell whether a piece is more than the blank before a word."""
        whole = self._answer.tokens[piece.token] if self._answer is not None else ""
        return not piece.text.isspace() or whole.isspace()

    def look_of(self, piece: Piece) -> str:
        """Return the shade of a token; blanks between words have none."""
        strength, towards = self._strength(piece.token)
        if not strength or not self.can_be_crossed(piece):
            return ""
        return f"shaded--{'for' if towards else 'against'}-{strength}"

    def sign_of(self, piece: Piece) -> str:
        """Return a sign for a token that weighs something, several for one that weighs much."""
        strength, towards = self._strength(piece.token)
        if not strength or not self.can_be_crossed(piece):
            return " " * piece.width
        sign = "+" if towards else "-"
        return (sign * (piece.width if strength > 1 else 1)).ljust(piece.width)

    def _strength(self, token: int) -> tuple[int, bool]:
        """Return 0 to 2 for how much a token weighs, and whether towards the answer."""
        weights = self._answer.weights if self._answer is not None else []
        weight = weights[token] if token < len(weights) else 0.0
        share = abs(weight) / self._heaviest if self._heaviest else 0.0
        return (share >= WEAK) + (share >= STRONG), weight > 0

    def _lay_out(self) -> None:
        self._flow = TokenFlow(self.text_width)
        for index, token in enumerate(self._answer.tokens if self._answer else []):
            self._flow.add(index, token)
        self.measure_lines()
        self.refresh()
