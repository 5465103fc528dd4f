"""Places that are empty still look alike."""

from pathlib import Path

from studio_cases import Studio, open_studio
from tui.widgets.placeholder import placeholder_text


def test_a_text_stands_in_the_middle() -> None:
    """As many rows and cells before it as behind it, in italics."""
    content = placeholder_text("none", 10, 5)
    assert content.plain.split("\n") == ["", "", "   none"]
    assert any("italic" in str(span.style) for span in content.spans)
    assert placeholder_text("none", 0, 0).plain.strip() == "none"


def rows_of(studio: Studio, number: int) -> list[str]:
    """Return what a panel shows inside of its frame, row by row."""
    region = studio.panel(number).region.shrink((1, 1, 1, 1))
    lines = studio.dashboard._compositor.render_strips()
    return [
        "".join(segment.text for segment in line.crop(region.x, region.right))
        for line in lines[region.y : region.bottom]
    ]


async def test_every_panel_says_in_its_middle_what_is_missing(tmp_path: Path) -> None:
    """Before the first run no panel is blank, and none begins in its corner."""
    async with open_studio(tmp_path) as studio:
        for key in ("1", "7", "8", "9", "0", "E"):
            await studio.press(key)
            await studio.pilot.pause()
            for panel in studio.dashboard.seen_panels():
                if panel.number in (1, 6):
                    continue  # they have rows of their own
                rows = rows_of(studio, panel.number)
                filled = [index for index, row in enumerate(rows) if row.strip()]
                assert filled, panel.heading
                assert filled[0] >= len(rows) // 5, (panel.heading, rows)
                row = rows[filled[0]]
                left = len(row) - len(row.lstrip())
                right = len(row) - len(row.rstrip())
                assert abs(left - right) <= 3, (panel.heading, row)
