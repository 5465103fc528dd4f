"""The frame that panels have in common, empty until the panel itself stands in its place."""

from textual.containers import Vertical


class Frame(Vertical):
    """Draw a frame with a title in its edge."""

    DEFAULT_CSS = """
    Frame { border: round $primary 50%; border-title-color: $text; }
    """
