"""The gradient meters judge what explodes, vanishes or is clipped."""

import pytest
from textual.app import App, ComposeResult

from event_cases import GROUPS, started, steps
from tui.commands import COMMANDS
from tui.history import History
from tui.panels.gradient_view import group_name, norm_readings, ratio_readings
from tui.panels.gradients import GradientsPanel
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.meter import Meters


def parts_of(norm: float) -> dict[str, float | None]:
    """Return the norms of equal groups that make up a whole gradient."""
    return dict.fromkeys(GROUPS, norm / len(GROUPS) ** 0.5)


def reported(count: int = 20, *, norm: float = 0.8, **changes: object) -> History:
    """Return a run after some equal reports of five steps, two of them clipped."""
    history = History()
    history.fold(started())
    for index in range(count):
        values: dict[str, object] = {"clipped": 2, "grad_norm": norm, "grad_norms": parts_of(norm)}
        history.fold(steps(5 * index + 1, [2.0] * 5, **(values | changes)))
    return history


def levels(history: History) -> dict[str, str]:
    """Return how each meter is judged."""
    return {reading.label: reading.level for reading in norm_readings(history)}


def test_a_healthy_run_raises_no_alarm() -> None:
    """There is a meter for the whole gradient and one for each group, all of them fine."""
    assert levels(reported()) == dict.fromkeys(["total", *map(group_name, GROUPS)], "fine")


def test_a_clipped_step_is_marked() -> None:
    """A norm above the threshold is marked, and nothing is without a threshold."""
    assert levels(reported(norm=1.5))["total"] == "high"
    assert levels(reported(norm=1.5, max_grad_norm=0.0))["total"] == "fine"


def test_an_exploding_gradient_is_an_alarm() -> None:
    """A norm that stays far above the threshold explodes; a single such step does not."""
    assert levels(reported(norm=50.0))["total"] == "alarm"
    history = reported()
    history.fold(steps(101, [2.0], grad_norm=50.0, grad_norms=parts_of(50.0)))
    assert levels(history)["total"] == "high"


def test_what_stands_beside_each_other_is_of_the_same_step() -> None:
    """No part is larger than the whole, whatever the mean of the report around its step is."""
    history = reported()
    history.fold(steps(101, [2.0] * 5, grad_norm=1.5e8, grad_norms=parts_of(1.2e13)))
    total, *parts = norm_readings(history)
    assert total.value == pytest.approx(1.2e13)
    assert all(part.value is not None and part.value <= 1.2e13 for part in parts)
    assert total.trend[-1] == total.value
    history.fold(steps(106, [2.0] * 5, grad_norm=0.8, grad_norms={}))
    assert norm_readings(history)[0].value == total.value


def test_going_back_takes_its_alarms_along() -> None:
    """Nothing of a branch that was left is judged, and nothing before the next measurement."""
    history = reported()
    for first in range(101, 151, 5):
        history.fold(steps(first, [9.0] * 5, grad_norm=1e9, grad_norms=parts_of(1e9)))
    assert levels(history)["total"] == "alarm"
    history.fold(started(start_step=100))
    assert levels(history) == dict.fromkeys(["total", *map(group_name, GROUPS)], "fine")
    assert max(norm_readings(history)[0].trend) < 1
    history.fold(started(start_step=2))
    assert levels(history) == {"total": "fine"}


def test_nothing_vanishes_beside_a_gradient_that_explodes() -> None:
    """A norm of 0.8 is healthy, however large another one is."""
    norms = parts_of(1e12) | {"output": 0.8}
    history = reported(norm=1e12, grad_norms=norms)
    readings = {reading.label: reading for reading in norm_readings(history)}
    assert (readings["output"].level, readings["output"].word) == ("fine", "")
    assert readings["total"].word == "explodes"


def test_a_vanishing_group_is_named() -> None:
    """A group that gets next to nothing of the gradient is pointed out, one without a norm too."""
    norms: dict[str, float | None] = dict.fromkeys(GROUPS, 0.4)
    history = reported(grad_norms=norms | {"l0.recurrent": 1e-7, "output": None})
    readings = {reading.label: reading for reading in norm_readings(history)}
    assert (readings["layer 1 recurrent"].level, readings["layer 1 recurrent"].word) == (
        "low",
        "vanishes",
    )
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
        assert "4 Gradients ‖g‖ 0.69" in text
        assert "L1 rec" in text
        assert "▼ L1 rec vanishes" in text
        panel.show(reported())
        assert "clipped 40%" in text_of(panel)
        panel.focus()
        await pilot.press("m")
        assert "update/w" in text_of(panel)
        assert "1.0e-3" in text_of(panel)


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


async def test_with_room_the_courses_stand_below_the_meters() -> None:
    """Zoomed, all norms over the steps fill the rest; beside other panels the meters are alone."""

    class PanelApp(App[None]):
        def compose(self) -> ComposeResult:
            yield GradientsPanel()

    app = PanelApp()
    async with app.run_test(size=(100, 34)) as pilot:
        panel = app.query_one(GradientsPanel)
        panel.show(reported())
        await pilot.pause()
        chart = panel.query_one(BrailleChart)
        assert chart.size.height >= 20
        curves = {curve.label: curve for curve in chart.plot.curves}
        assert set(curves) == {"total", *map(group_name, GROUPS)}
        assert curves["total"].y[-1] == pytest.approx(0.8)
        assert [level.label for level in chart.plot.levels] == ["clipped above 1.0"]
        panel.focus()
        await pilot.press("m")
        assert set(curves) - {"total"} == {curve.label for curve in chart.plot.curves}
        await pilot.resize_terminal(42, 11)
        await pilot.pause()
        assert not chart.display
        assert panel.query_one(Meters).size.height == 9
