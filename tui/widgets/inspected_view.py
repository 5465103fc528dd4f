"""A text under the microscope, each token shaded by its surprisal or by one unit's activation."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from core.events import TextInspected
from tui.probability_levels import level_of, whole_bits
from tui.token_flow import Piece, TokenFlow
from tui.widgets.token_view import TokenView

Shading = Literal["surprisal", "unit"]

WEAK, STRONG = 0.3, 0.7
"""Sizes of an activation from which a token is shaded lightly and strongly."""


class InspectedView(TokenView):
    """Show the tokens that were read; with a crosshair, a sign of the value stands below each.

    Without colour: surprising tokens are underlined; where a unit is high the text is bold, where
    it is low underlined, and the signs say how much.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "inspected--likely", "inspected--fair", "inspected--unlikely", "inspected--rare",
        "inspected--high-1", "inspected--high-2", "inspected--low-1", "inspected--low-2",
    }  # fmt: skip
    DEFAULT_CSS = """
    InspectedView {
        & .inspected--likely { color: $text; }
        & .inspected--fair { color: $text-success; }
        & .inspected--unlikely { color: $text-warning; text-style: underline; }
        & .inspected--rare { color: $text-error; text-style: underline bold; }
        & .inspected--high-1 { background: $success 25%; text-style: bold; }
        & .inspected--high-2 { background: $success 65%; color: auto 95%; text-style: bold; }
        & .inspected--low-1 { background: $error 25%; text-style: underline; }
        & .inspected--low-2 { background: $error 60%; color: auto 95%; text-style: underline; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._answer: TextInspected | None = None
        self._all: npt.NDArray[np.float64] = np.empty((0, 0, 0))
        self.shading: Shading = "surprisal"
        """What the shades stand for."""
        self.unit_layer = 0
        """The layer of the unit in question, from 0."""
        self.unit = 0
        """The unit in question, from 0."""

    @property
    def answer(self) -> TextInspected | None:
        """The answer on show."""
        return self._answer

    def show(self, answer: TextInspected | None) -> None:
        """Show another answer."""
        if answer is self._answer:
            return
        same_text = answer and self._answer and answer.text == self._answer.text
        self._answer = answer
        if answer is not None:
            levels = np.frombuffer(answer.activations, dtype=np.int8).astype(np.float64) / 127
            self._all = levels.reshape(answer.layers, len(answer.tokens), answer.units)
            self.unit_layer = min(self.unit_layer, answer.layers - 1)
            self.unit = min(self.unit, answer.units - 1)
        if not same_text:
            self.crosshair = None if self.crosshair is None else 0
            self.scroll_home(animate=False)
            self._lay_out()
        self.refresh()

    def activation(self, token: int) -> float:
        """Return what the unit in question does after a token, -1 to 1."""
        return float(self._all[self.unit_layer, token, self.unit])

    def on_resize(self) -> None:
        """Wrap the text anew."""
        self._lay_out()

    def token_count(self) -> int:
        """Return how many tokens were read."""
        return len(self._answer.tokens) if self._answer else 0

    def look_of(self, piece: Piece) -> str:
        """Return the shade of a token."""
        if self._answer is None:
            return ""
        if self.shading == "surprisal":
            return f"inspected--{level_of(2.0 ** -self._answer.bits[piece.token])}"
        value = self.activation(piece.token)
        strength = (abs(value) >= WEAK) + (abs(value) >= STRONG)
        return f"inspected--{'high' if value > 0 else 'low'}-{strength}" if strength else ""

    def sign_of(self, piece: Piece) -> str:
        """Return the whole bits of a token, or a sign of the activation."""
        if self._answer is None:
            return " " * piece.width
        if self.shading == "surprisal":
            return whole_bits(self._answer.bits[piece.token]) * piece.width
        value = self.activation(piece.token)
        if abs(value) < WEAK:
            return " " * piece.width
        if abs(value) < STRONG:
            return ("+" if value > 0 else "-") * piece.width
        return ("#" if value > 0 else "=") * piece.width

    def _lay_out(self) -> None:
        self._flow = TokenFlow(self.text_width)
        for index, token in enumerate(self._answer.tokens if self._answer else []):
            self._flow.add(index, token)
        self.measure_lines()
        self.refresh()
