"""A part of the screen as a picture."""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.segment import Segment, Segments
from textual.geometry import Region
from textual.strip import Strip


def picture_of(strips: Sequence[Strip], region: Region, title: str) -> str:
    """Return a part of the screen as SVG.

    Args:
        strips: The lines of the screen.
        region: The part, in cells.
        title: What to write above it.
    """
    console = Console(
        width=region.width,
        height=region.height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
    )
    segments: list[Segment] = []
    for strip in strips[region.y : region.bottom]:
        segments += [*strip.crop(region.x, region.right), Segment.line()]
    console.print(Segments(segments), end="")
    return console.export_svg(title=title)
