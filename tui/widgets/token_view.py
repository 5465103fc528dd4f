"""Text as tokens, each with a look of its own; on demand with signs below and a crosshair."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.token_flow import PROMPT, Piece, TokenFlow


class TokenView(ScrollView, can_focus=False):
    """Flow tokens into lines; a subclass holds them and says how each one looks."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"token--crosshair", "token--signs"}
    DEFAULT_CSS = """
    TokenView {
        height: 1fr; scrollbar-size-vertical: 1;
        & .token--crosshair { text-style: reverse bold; }
        & .token--signs { color: $text-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._flow = TokenFlow(1)
        self.crosshair: int | None = None
        """The token that the crosshair is on; None while there is none."""

    def token_count(self) -> int:
        """Return how many tokens there are."""
        raise NotImplementedError

    def look_of(self, piece: Piece) -> str:
        """Return the component class that a piece of a token is drawn with; empty for none."""
        raise NotImplementedError

    def sign_of(self, piece: Piece) -> str:
        """Return what stands below a piece while there is a crosshair, as wide as the piece."""
        raise NotImplementedError

    def can_be_crossed(self, piece: Piece) -> bool:
        """Tell whether the crosshair shows on a piece of its token."""
        return True

    def set_crosshair(self, token: int | None) -> None:
        """Put the crosshair on a token, or take it away."""
        count = self.token_count()
        self.crosshair = None if token is None or not count else min(max(token, 0), count - 1)
        self.measure_lines()
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
        """Draw one line of text, or of the signs below it."""
        rows = 1 if self.crosshair is None else 2
        line, row = divmod(y + self.scroll_offset.y, rows)
        width = self.size.width
        if not self.has_text() or line >= len(self._flow.lines):
            return Strip.blank(width, self.rich_style)
        segments = self._text(line) if row == 0 else self._signs_below(line)
        strip = Strip(segments).adjust_cell_length(width, self.rich_style)
        return strip.apply_style(Style())

    def has_text(self) -> bool:
        """Tell whether there is anything to draw."""
        return bool(self.token_count())

    def tail(self) -> str:
        """Return what stands behind the last token."""
        return ""

    @property
    def text_width(self) -> int:
        """Cells of a line; one is the scroll bar's."""
        return max(self.size.width - 1, 1)

    def measure_lines(self) -> None:
        """Tell Textual how many lines there are to scroll through."""
        rows = 1 if self.crosshair is None else 2
        self.virtual_size = Size(self.text_width, rows * len(self._flow.lines))

    def _text(self, line: int) -> list[Segment]:
        segments = []
        for piece in self._flow.lines[line]:
            crossed = piece.token == self.crosshair and self.can_be_crossed(piece)
            name = "token--crosshair" if crossed else self.look_of(piece)
            style = self.get_component_rich_style(name) if name else self.rich_style
            segments.append(Segment(piece.text if piece.width else "", style))
        if line == len(self._flow.lines) - 1:
            segments.append(Segment(self.tail(), self.rich_style))
        return segments

    def _signs_below(self, line: int) -> list[Segment]:
        style = self.get_component_rich_style("token--signs")
        return [Segment(self.sign_of(piece), style) for piece in self._flow.lines[line]]
