"""The gradient meters judge what explodes, vanishes or is clipped."""

import pytest
from textual.app import App, ComposeResult

from event_cases import GROUPS, started, steps
from tui.commands import COMMANDS
from tui.history import History
from tui.panels.gradient_view import norm_readings, ratio_readings
from tui.panels.gradients import GradientsPanel
from tui.widgets.meter import Meters


def reported(count: int = 20, **changes: object) -> History:
    """Return a run after some equal reports of five steps, two of them clipped."""
    history = History()
    history.fold(started())
    for index in range(count):
        values: dict[str, object] = {"clipped": 2}
        history.fold(steps(5 * index + 1, [2.0] * 5, **(values | changes)))
    return history


def levels(history: History) -> dict[str, str]:
    """Return how each meter is judged."""
    return {reading.label: reading.level for reading in norm_readings(history)}


def test_a_healthy_run_raises_no_alarm() -> None:
    """There is a meter for the whole gradient and one for each group, all of them fine."""
    assert levels(reported()) == dict.fromkeys(["total", *GROUPS], "fine")


def test_a_clipped_step_is_marked() -> None:
    """A norm above the threshold is marked, and nothing is without a threshold."""
    assert levels(reported(grad_norm=1.5))["total"] == "high"
    assert levels(reported(grad_norm=1.5, max_grad_norm=0.0))["total"] == "fine"


def test_an_exploding_gradient_is_an_alarm() -> None:
    """A norm that stays far above the threshold explodes; a single such step does not."""
    assert levels(reported(grad_norm=50.0))["total"] == "alarm"
    history = reported()
    history.fold(steps(101, [2.0], grad_norm=50.0))
    assert levels(history)["total"] == "high"


def test_a_vanishing_group_is_named() -> None:
    """A group that gets next to nothing of the gradient is pointed out, one without a norm too."""
    norms: dict[str, float | None] = dict.fromkeys(GROUPS, 0.4)
    history = reported(grad_norms=norms | {"l0.recurrent": 1e-7, "output": None})
    readings = {reading.label: reading for reading in norm_readings(history)}
    assert (readings["l0.recurrent"].level, readings["l0.recurrent"].word) == ("low", "vanishes")
    assert (readings["output"].level, readings["output"].word) == ("alarm", "NaN/inf")


@pytest.mark.parametrize(
    ("ratio", "level"), [(1e-3, "fine"), (0.05, "high"), (1e-6, "low"), (None, "alarm")]
)
def test_update_ratios_are_judged(ratio: float | None, level: str) -> None:
    """About a thousandth of the weights a step is healthy, far more or less is not."""
    history = reported(update_ratios={"output": ratio})
    assert [reading.level for reading in ratio_readings(history)] == [level]


class PanelApp(App[None]):
    """Show the panel alone."""

    def compose(self) -> ComposeResult:
        """Put the panel on the screen."""
        yield GradientsPanel()


def text_of(panel: GradientsPanel) -> str:
    """Return title, meters and subtitle as text."""
    meters = panel.query_one(Meters)
    rows = [meters.render_line(row).text for row in range(meters.size.height)]
    return "\n".join([str(panel.border_title), *rows, str(panel.border_subtitle)])


async def test_the_panel_shows_norms_ratios_and_alarms() -> None:
    """The whole norm, the clipped share and the alarm are in the frame; `r` shows ratios."""
    app = PanelApp()
    async with app.run_test(size=(27, 10)) as pilot:
        panel = app.query_one(GradientsPanel)
        await pilot.pause()
        norms: dict[str, float | None] = dict.fromkeys(GROUPS, 0.4)
        panel.show(reported(grad_norms=norms | {"l0.recurrent": 1e-7}))
        text = text_of(panel)
        assert "4 Gradients ‖g‖ 0.8" in text
        assert "l0.hh" in text
        assert "▼ l0.hh vanishes" in text
        panel.show(reported())
        assert "clipped 40%" in text_of(panel)
        panel.focus()
        await pilot.press("m")
        assert "update/w" in text_of(panel)
        assert "1e-3" in text_of(panel)


async def test_every_key_has_its_action_and_the_list_scrolls() -> None:
    """No key of the scope is dead, and the keys bring up the meters below."""
    for command in COMMANDS:
        if command.scope == "gradients":
            assert hasattr(GradientsPanel(), "action_" + command.action.partition("(")[0])
    app = PanelApp()
    async with app.run_test(size=(60, 5)) as pilot:
        panel = app.query_one(GradientsPanel)
        panel.show(reported())
        panel.focus()
        assert "output" not in text_of(panel)
        await pilot.press("j", "j", "j", "j")
        assert "output" in text_of(panel)
        assert "total" not in text_of(panel)
