"""Generated text on standard output: made safe for a terminal, or exactly as it is."""

from tui.cli import output
from tui.safe_text import displayable


class TextSink:
    """Write texts on standard output.

    Args:
        echo: What each text begins with.
        raw: Whether a terminal gets control characters as they are, too.
    """

    def __init__(self, *, echo: str, raw: bool) -> None:
        self.echo = echo
        """What each text begins with."""
        self._safe = output.is_terminal() and not raw
        self._last = ""

    def begin(self) -> None:
        """Begin a text."""
        self._last = ""
        self.write(self.echo)

    def write(self, text: str) -> None:
        """Write a piece of it."""
        self._last = text or self._last
        if self._safe:
            output.write(displayable(text, keep_newlines=True))
        else:
            # Lone surrogates cannot be written in UTF-8 and become question marks.
            output.write(text.encode("utf-8", "replace"))

    def end_line(self) -> None:
        """End the line where the text has not."""
        if not self._last.endswith("\n"):
            output.write("\n")
