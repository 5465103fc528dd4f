"""The frame of a dialog: its lower line names the keys, as many as there is room for."""

from rich.cells import cell_len
from textual.containers import Vertical
from textual.content import Content

EDGES = 6
"""Cells of the lower line that are the frame's own: corners, and what stands beside the text."""


class KeyedFrame(Vertical):
    """Name keys in the lower line; where it is short the last, which closes, outlasts others."""

    def __init__(self) -> None:
        """Make a frame without keys."""
        super().__init__()
        self._keys = ""

    def say_keys(self, keys: str) -> None:
        """Write what the keys do, each two blanks from the next."""
        self._keys = keys
        self._write()

    def on_resize(self) -> None:
        """Write as many as fit now."""
        self._write()

    def _write(self) -> None:
        parts, room = self._keys.split("  "), self.outer_size.width - EDGES
        while len(parts) > 1 and 0 < room < cell_len("  ".join(parts)):
            del parts[-2]
        self.border_subtitle = Content("  ".join(parts)).markup
