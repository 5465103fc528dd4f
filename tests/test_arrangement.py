"""A new arrangement of the panels is styled as the whole screen would be, with less work."""

from pathlib import Path

import pytest
from textual.css.styles import RulesMap
from textual.widget import Widget

from core.config import make_config
from studio_cases import Studio, open_studio
from tui.panels.panel import Panel


def rules(studio: Studio) -> dict[Widget, RulesMap]:
    """Return the style of every widget of the dashboard."""
    walked = studio.dashboard.walk_children(Widget, with_self=True)
    return {widget: widget.styles.get_rules() for widget in walked}


@pytest.mark.parametrize("task", ["language", "classify"])
async def test_every_widget_has_the_style_of_its_place(tmp_path: Path, task: str) -> None:
    """At any size, zoomed or looking inside, with a message on screen."""
    async with open_studio(tmp_path, config=make_config({"task": task})) as studio:
        studio.app.notify("a message that stays", timeout=1000)
        for size in [(200, 60), (180, 50), (110, 30), (20, 5)]:
            await studio.pilot.resize_terminal(*size)
            for key in ("2", "z", "7", "1", "z", "8", "8", "5"):
                await studio.press(key)
                found = rules(studio)
                studio.dashboard.update_node_styles(animate=False)
                wanted = rules(studio)
                assert {widget for widget in wanted if wanted[widget] != found[widget]} == set()


def in_sight(studio: Studio) -> set[int]:
    """Return the numbers of the panels that take up room on the screen."""
    return {panel.number for panel in studio.dashboard.query(Panel) if panel.region.area}


async def test_a_large_screen_shows_one_panel_more(tmp_path: Path) -> None:
    """At 200x60 one that looks inside stands beside the charts; smaller, it takes their place."""
    async with open_studio(tmp_path, size=(200, 60)) as studio:
        assert in_sight(studio) == {1, 2, 3, 4, 5, 6, 7}
        await studio.press("0")
        assert in_sight(studio) == {0, 1, 2, 3, 4, 5, 6}
        await studio.press("2", "z")
        assert in_sight(studio) == {2}
        await studio.press("z")
        assert in_sight(studio) == {0, 1, 2, 3, 4, 5, 6}
        assert {panel.number for panel in studio.dashboard.seen_panels()} == in_sight(studio)
        await studio.pilot.resize_terminal(120, 40)
        await studio.pilot.pause()
        assert in_sight(studio) == {1, 2, 3, 4, 5, 6}
        await studio.press("7")
        assert in_sight(studio) == {1, 4, 5, 7}
        await studio.pilot.resize_terminal(200, 60)
        await studio.pilot.pause()
        assert in_sight(studio) == {1, 2, 3, 4, 5, 6, 7}
