"""`--ascii`: no cell of any panel or dialog holds anything else, at both sizes."""

from pathlib import Path

import pytest

from core.events import Diagnosed
from report_cases import gates, gradients
from studio_cases import Studio, open_studio
from tui.lessons.tour import Tour

PANELS = "1234567890E"
DIALOGS = (
    ("n",),
    ("question_mark",),
    ("colon",),
    ("colon", "t", "o"),
    ("colon", "q", "q", "q"),
    ("S",),
    ("q",),
    ("1", "e"),
    ("1", "A"),
    ("6", "e"),
    ("E", "e"),
)
"""Keys that open something over the dashboard."""
FOUND = Diagnosed(step=9, code="slow", message="It crawls.", evidence="1", fix={"dropout": 0.1})


def strange(studio: Studio) -> set[str]:
    """Return the characters on the screen that are not ASCII."""
    strips = studio.app.screen._compositor.render_strips()
    return {character for strip in strips for character in strip.text if not character.isascii()}


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_ascii_means_ascii(tmp_path: Path, size: tuple[int, int]) -> None:
    """Panels with what their keys show, the lesson, messages, the palette and every dialog."""
    async with open_studio(tmp_path, size=size, ascii_only=True, tour=Tour(4)) as studio:
        assert strange(studio) == set()
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.sample, "a sample")
        for event in (gradients(10), gates(10), gradients(20), FOUND):
            studio.desk.live.fold(event)
        for panel in PANELS:
            for key in (panel, "v", "right", "m", "f", "F", "L", "y", "escape"):
                await studio.press(key)
                assert strange(studio) == set(), (panel, key)
        for keys in DIALOGS:
            await studio.press(*keys)
            await studio.pilot.pause(0.1)
            assert strange(studio) == set(), keys
            await studio.press("escape", "escape")
