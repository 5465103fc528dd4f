"""A new arrangement of the panels is styled as the whole screen would be, with less work."""

from pathlib import Path

import pytest
from textual.css.styles import RulesMap
from textual.widget import Widget

from core.config import make_config
from studio_cases import Studio, open_studio


def rules(studio: Studio) -> dict[Widget, RulesMap]:
    """Return the style of every widget of the dashboard."""
    walked = studio.dashboard.walk_children(Widget, with_self=True)
    return {widget: widget.styles.get_rules() for widget in walked}


@pytest.mark.parametrize("task", ["language", "classify"])
async def test_every_widget_has_the_style_of_its_place(tmp_path: Path, task: str) -> None:
    """At any size, zoomed or looking inside, with a message on screen."""
    async with open_studio(tmp_path, config=make_config({"task": task})) as studio:
        studio.app.notify("a message that stays", timeout=1000)
        for size in [(180, 50), (110, 30), (20, 5)]:
            await studio.pilot.resize_terminal(*size)
            for key in ("2", "z", "7", "1", "z", "8", "8", "5"):
                await studio.press(key)
                found = rules(studio)
                studio.dashboard.update_node_styles(animate=False)
                wanted = rules(studio)
                assert {widget for widget in wanted if wanted[widget] != found[widget]} == set()
