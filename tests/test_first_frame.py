"""The first frame: it waits for nothing that nobody sees."""

from pathlib import Path

import pytest
from textual import events

from core.config import make_config
from studio_cases import open_studio
from tui.panels.panel import Panel
from tui.screens.dashboard import Dashboard

SEEN_FIRST = {
    "language": ["Params", "Gradients", "Runs", "Loss", "Perplexity", "Generate"],
    "classify": ["Params", "Classes", "Runs", "Loss", "Accuracy", "Classify"],
}
"""The headings of the panels by task, in the order in which they stand on the screen."""


@pytest.mark.parametrize(("task", "preset"), [("language", "tiny"), ("classify", "classifier")])
async def test_what_is_not_seen_comes_after_the_first_frame(
    task: str, preset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Panels of the other task and those that look inside are put in later, at their places.

    A key that is typed meanwhile waits, and finds the panel that it is for.
    """
    first: list[str] = []
    complete = Dashboard.complete

    async def noted(dashboard: Dashboard) -> None:
        first.extend(panel.heading for panel in dashboard.query(Panel))
        key = events.Key("0", "0")
        key.set_sender(dashboard.app)  # As a terminal's driver does; from elsewhere it ends early.
        dashboard.app.post_message(key)
        await complete(dashboard)

    monkeypatch.setattr(Dashboard, "complete", noted)
    async with open_studio(tmp_path, config=make_config(preset=preset)) as studio:
        assert first == SEEN_FIRST[task]
        inside = studio.panel(0)
        await studio.until(lambda: studio.app.focused is inside, "the key acts")
        for name, widgets in studio.dashboard.places.items():
            box = studio.dashboard.query_one(f"#{name}")
            assert [child for child in box.children if child in widgets] == widgets
