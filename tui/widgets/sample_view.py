"""A sample as flowing text, each token coloured by how probable the model found it."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.samples import Sample
from tui.signs import Signs
from tui.token_flow import PROMPT, TokenFlow

LEVELS = ((0.5, "likely"), (0.2, "fair"), (0.05, "unlikely"), (0.0, "rare"))
"""From which probability on a token has which look."""


def level_of(probability: float) -> str:
    """Return the look of a token."""
    return next((name for least, name in LEVELS if probability >= least), "rare")


def tenths(probability: float) -> str:
    """Write a probability as one digit: the tenths, cut."""
    return str(min(max(int(probability * 10), 0), 9))


class SampleView(ScrollView, can_focus=False):
    """Show a sample as it grows; in probability mode with digits below and a crosshair.

    Colour is never alone: improbable tokens are underlined as well, and the digits say the same.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sample--prompt", "sample--likely", "sample--fair", "sample--unlikely", "sample--rare",
        "sample--crosshair", "sample--digits",
    }  # fmt: skip
    DEFAULT_CSS = """
    SampleView {
        height: 1fr; scrollbar-size-vertical: 1;
        & .sample--prompt { text-style: bold; color: $text-accent; }
        & .sample--likely { color: $text; }
        & .sample--fair { color: $text-success; }
        & .sample--unlikely { color: $text-warning; text-style: underline; }
        & .sample--rare { color: $text-error; text-style: underline bold; }
        & .sample--crosshair { text-style: reverse bold; }
        & .sample--digits { color: $text-muted; }
    }
    """

    def __init__(self, signs: Signs) -> None:
        super().__init__()
        self._signs = signs
        self._sample: Sample | None = None
        self._flow = TokenFlow(1)
        self._flowed = 0
        self._dropped = 0
        self._drawn: object = None
        self.crosshair: int | None = None
        """The token that the crosshair is on; None outside of probability mode."""

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
        if self._flow.width != self._text_width or not self._flowed:
            self._begin()
            self._extend()

    def set_crosshair(self, token: int | None) -> None:
        """Put the crosshair on a token, or leave probability mode."""
        count = len(self._sample.tokens) if self._sample else 0
        self.crosshair = None if token is None or not count else min(max(token, 0), count - 1)
        self._measure()
        line = None if self.crosshair is None else self._flow.line_of(self.crosshair)
        if line is not None:
            self.scroll_to_region(Region(0, 2 * line, 1, 2), animate=False)
        self.refresh()

    def crosshair_by_line(self, direction: int) -> None:
        """Move the crosshair to the line above or below."""
        line = None if self.crosshair is None else self._flow.line_of(self.crosshair)
        if line is None:
            return
        target = min(max(line + direction, 0), len(self._flow.lines) - 1)
        tokens = [piece.token for piece in self._flow.lines[target] if piece.token != PROMPT]
        if tokens:
            self.set_crosshair(tokens[0])

    def render_line(self, y: int) -> Strip:
        """Draw one line of text, or of the digits below it."""
        rows = 1 if self.crosshair is None else 2
        line, row = divmod(y + self.scroll_offset.y, rows)
        width = self.size.width
        if self._sample is None or line >= len(self._flow.lines):
            return Strip.blank(width, self.rich_style)
        segments = self._text(line) if row == 0 else self._digits(line)
        strip = Strip(segments).adjust_cell_length(width, self.rich_style)
        return strip.apply_style(Style())

    @property
    def _text_width(self) -> int:
        return max(self.size.width - 1, 1)

    def _begin(self) -> None:
        self._flow = TokenFlow(self._text_width)
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
        self._measure()
        if at_end and self.crosshair is None:
            self.scroll_end(animate=False)
        self.refresh()

    def _measure(self) -> None:
        rows = 1 if self.crosshair is None else 2
        self.virtual_size = Size(self._text_width, rows * len(self._flow.lines))

    def _text(self, line: int) -> list[Segment]:
        if self._sample is None:
            return []
        segments = []
        for piece in self._flow.lines[line]:
            name = "prompt"
            if piece.token != PROMPT:
                name = level_of(self._probability(piece.token))
            if piece.token == self.crosshair:
                name = "crosshair"
            style = self.get_component_rich_style(f"sample--{name}")
            segments.append(Segment(piece.text if piece.width else "", style))
        if line == len(self._flow.lines) - 1 and not self._sample.done:
            segments.append(Segment(self._signs.caret, self.rich_style))
        return segments

    def _digits(self, line: int) -> list[Segment]:
        style = self.get_component_rich_style("sample--digits")
        return [
            Segment(
                " " * piece.width
                if piece.token == PROMPT
                else tenths(self._probability(piece.token)) * piece.width,
                style,
            )
            for piece in self._flow.lines[line]
        ]

    def _probability(self, token: int) -> float:
        probabilities = self._sample.probabilities if self._sample else []
        return probabilities[token] if token < len(probabilities) else 0.0
