"""A sample as flowing text, each token coloured by how probable the model found it."""

from typing import ClassVar

from tui.probability_levels import level_of, tenths
from tui.samples import Sample
from tui.signs import Signs
from tui.token_flow import PROMPT, Piece, TokenFlow
from tui.widgets.token_view import TokenView


class SampleView(TokenView):
    """Show a sample as it grows; in probability mode with digits below and a crosshair.

    Colour is never alone: improbable tokens are underlined as well, and the digits say the same.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sample--prompt", "sample--likely", "sample--fair", "sample--unlikely", "sample--rare",
    }  # fmt: skip
    DEFAULT_CSS = """
    SampleView {
        & .sample--prompt { text-style: bold; color: $text-accent; }
        & .sample--likely { color: $text; }
        & .sample--fair { color: $text-success; }
        & .sample--unlikely { color: $text-warning; text-style: underline; }
        & .sample--rare { color: $text-error; text-style: underline bold; }
    }
    """

    def __init__(self, signs: Signs) -> None:
        super().__init__()
        self._signs = signs
        self._sample: Sample | None = None
        self._flowed = 0
        self._dropped = 0
        self._drawn: object = None

    @property
    def sample(self) -> Sample | None:
        """The sample on show."""
        return self._sample

    def show(self, sample: Sample | None) -> None:
        """Show a sample, or what has been added to it."""
        if sample is not self._sample or (sample and sample.dropped != self._dropped):
            self._sample = sample
            self._begin()
        self._extend()

    def on_resize(self) -> None:
        """Wrap the text anew."""
        if self._flow.width != self.text_width or not self._flowed:
            self._begin()
            self._extend()

    def token_count(self) -> int:
        """Return how many tokens are kept of the sample."""
        return len(self._sample.tokens) if self._sample else 0

    def has_text(self) -> bool:
        """Tell whether there is a sample, be it only a prompt."""
        return self._sample is not None

    def tail(self) -> str:
        """Return the caret while more is to come."""
        return "" if self._sample is None or self._sample.done else self._signs.caret

    def look_of(self, piece: Piece) -> str:
        """Return the look of a prompt, or of a token by its probability."""
        if piece.token == PROMPT:
            return "sample--prompt"
        return f"sample--{level_of(self._probability(piece.token))}"

    def sign_of(self, piece: Piece) -> str:
        """Return the tenths of a token's probability."""
        sign = " " if piece.token == PROMPT else tenths(self._probability(piece.token))
        return sign * piece.width

    def _begin(self) -> None:
        self._flow = TokenFlow(self.text_width)
        self._flowed = 0
        if self._sample is not None:
            self._dropped = self._sample.dropped
            if not self._dropped:
                self._flow.add(PROMPT, self._sample.prompt)

    def _extend(self) -> None:
        if not self.size.width:
            return  # not laid out yet; the resize that brings the width flows the text
        state = (id(self._sample), self._sample and (self._sample.total, self._sample.done))
        if state == self._drawn and self._flowed:
            return
        self._drawn = state
        if self._sample is not None:
            for index in range(self._flowed, len(self._sample.tokens)):
                self._flow.add(index, self._sample.tokens[index])
            self._flowed = len(self._sample.tokens)
        at_end = self.scroll_offset.y >= self.max_scroll_y - 1
        self.measure_lines()
        if at_end and self.crosshair is None:
            self.scroll_end(animate=False)
        self.refresh()

    def _probability(self, token: int) -> float:
        probabilities = self._sample.probabilities if self._sample else []
        return probabilities[token] if token < len(probabilities) else 0.0
