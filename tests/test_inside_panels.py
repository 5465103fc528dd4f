"""The panels that look inside of the model: gradients through time, and the gates' values."""

from pathlib import Path

import numpy as np
import pytest
from textual.app import App, ComposeResult

from class_cases import classifier_started
from core.events import GatesMeasured, GradientsThroughTime, LayerActivity, ValueShares
from event_cases import started, steps
from studio_cases import Studio, open_studio
from tui.history import History
from tui.overlays import Overlay
from tui.panels.gates import GatesPanel
from tui.panels.panel import Panel
from tui.panels.through_time import ThroughTimePanel
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.canvas import Canvas, Grid
from tui.widgets.curve_looks import look_of
from tui.widgets.distributions import Distributions
from tui.widgets.glyphs import ASCII, BRAILLE, Glyphs
from tui.widgets.time_heat import TimeHeat


def seen(step: int, *, halves_in: float = 4.0, layers: int = 2) -> GradientsThroughTime:
    """Return a look at layers whose norm halves in some tokens, and twice that above."""
    lags = list(range(32))
    norms: list[list[float | None]] = [
        [0.5 ** (lag / (halves_in * (layer + 1))) for lag in lags] for layer in range(layers)
    ]
    lives: list[float | None] = [halves_in * (layer + 1) for layer in range(layers)]
    return GradientsThroughTime(step=step, lags=lags, norms=norms, half_lives=lives)


def gates(step: int, *, dead: int = 0) -> GatesMeasured:
    """Return a layer with a forget gate that is nearly always open."""
    shares = [0.0] * 18 + [0.1, 0.9]
    forget = ValueShares(name="forget", low=0.0, shares=shares, at_low=0.0, at_high=0.9)
    hidden = ValueShares(name="hidden", low=-1.0, shares=[0.05] * 20, at_low=0.1, at_high=0.1)
    return GatesMeasured(
        step=step, layers=[LayerActivity(values=[forget, hidden], units=64, dead=dead)]
    )


def looked_into(*events: GradientsThroughTime | GatesMeasured) -> History:
    """Return a run into which someone has looked."""
    history = History()
    history.fold(started())
    history.fold(steps(1, [2.0]))
    for event in events:
        history.fold(event)
    return history


class Shown(App[None]):
    """Show one panel."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel = panel

    def compose(self) -> ComposeResult:
        """Let the panel fill the screen."""
        yield self._panel


def drawn(canvas: Canvas) -> list[str]:
    """Return the lines that a canvas draws."""
    return [canvas.render_line(row).text for row in range(canvas.size.height)]


async def test_the_norms_fall_to_the_right_and_the_half_life_is_named() -> None:
    """The highest layer is shown first; the keys go to the other one."""
    panel = ThroughTimePanel()
    async with Shown(panel).run_test(size=(80, 30)) as pilot:
        panel.show(looked_into(seen(10), seen(20)))
        await pilot.pause()
        assert "layer 2 of 2 · half-life 8 tokens · step 20" in str(panel.border_title)
        assert "4 tokens, 8 tokens" in str(panel.border_subtitle)
        panel.action_layer(1)
        assert "layer 1 of 2 · half-life 4 tokens" in str(panel.border_title)


async def test_a_vanished_gradient_is_not_written_as_zero() -> None:
    """However small the norms are, the axis tells one power of ten from another."""
    panel = ThroughTimePanel()
    async with Shown(panel).run_test(size=(80, 30)) as pilot:
        panel.show(looked_into(seen(10, halves_in=0.5, layers=1)))
        await pilot.pause()
        ticks = [line[:5].strip() for line in drawn(panel.query_one(BrailleChart)) if "┤" in line]
        assert len(ticks) == len(set(ticks)) >= 3
        assert "0" not in ticks


async def test_runs_are_compared_on_one_axis() -> None:
    """Beside another run there is one curve for each, of the same layer."""
    panel = ThroughTimePanel()
    other = looked_into(seen(30, halves_in=1.0, layers=1))
    other.run = 12
    async with Shown(panel).run_test(size=(100, 30)) as pilot:
        panel.show(looked_into(seen(20)))
        panel.set_overlays([Overlay("#12", other, look_of(0))])
        await pilot.pause()
        labels = {curve.label for curve in panel._curves()}
        assert labels == {"#14 lstm", "#12"}
        by_label = {curve.label: curve for curve in panel._curves()}
        assert by_label["#12"].y[1] == pytest.approx(0.5)
        # The same run on show is not drawn a second time, and looks as it did.
        panel.show(other)
        panel.set_overlays([*panel._overlays, Overlay("lstm", looked_into(seen(20)), look_of(1))])
        looks = [(curve.label, curve.role, curve.stroke, curve.sign) for curve in panel._curves()]
        assert looks == [("lstm", *look_of(1)), ("#12", *look_of(0))]


@pytest.mark.parametrize("glyphs", [BRAILLE, ASCII], ids=["unicode", "ascii"])
async def test_the_heat_map_reads_without_colour(glyphs: Glyphs) -> None:
    """Where the norm has fallen further, the sign is another; the last step is the last column."""
    panel = ThroughTimePanel(glyphs=glyphs)
    async with Shown(panel).run_test(size=(80, 40)) as pilot:
        panel.show(looked_into(seen(10, halves_in=1.0, layers=1), seen(90, halves_in=64, layers=1)))
        await pilot.pause()
        lines = drawn(panel.query_one(TimeHeat))
        early = "".join(line[7] for line in lines[1:-1])
        late = {line[-1] for line in lines[1:-1]}
        expected = "█▓▒░· " if glyphs is BRAILLE else "#+:,. "
        order = [expected.index(sign) for sign in early]
        assert order == sorted(order) and len(set(order)) >= 5
        assert late == {expected[0]}
        assert lines[-1].split()[::2] == ["10", "90"]


def test_a_norm_of_nothing_leaves_the_map_blank() -> None:
    """Zeros, unknown norms and a tiny space are drawn without a word of complaint."""
    heat = TimeHeat()
    look = GradientsThroughTime(step=1, lags=[0, 1], norms=[[0.0, None]], half_lives=[None])
    heat.show_looks([look], 0)
    for width, height in ((60, 10), (14, 4), (3, 2), (1, 1)):
        grid = Grid(width, height)
        heat.draw(grid)
        assert not np.isin(grid.codes, [ord("█")])[1:].any()


async def test_gates_are_drawn_and_what_is_saturated_is_marked() -> None:
    """Each kind of value has its histogram, the shares at both ends and a mark where many are."""
    panel = GatesPanel()
    async with Shown(panel).run_test(size=(90, 16)) as pilot:
        panel.show(looked_into(gates(30, dead=3)))
        await pilot.pause()
        lines = drawn(panel.query_one(Distributions))
        assert lines[0].startswith("layer 1 · 64 units, 3 dead")
        forget = next(line for line in lines if line.startswith("forget"))
        assert ">.9 90%!" in forget and "<.1 0%" in forget
        assert any(line.startswith("hidden  -1") and "<-.9 10%" in line for line in lines)


async def test_nothing_seen_yet_is_said() -> None:
    """Without a look the panels say why; one that is switched off is told from one to come."""
    for panel in (GatesPanel(), ThroughTimePanel()):
        async with Shown(panel).run_test(size=(80, 20)) as pilot:
            for history in (History(), looked_into()):
                panel.show(history)
                await pilot.pause()
            text = "\n".join(str(widget.render()) for widget in panel.query("#waiting"))
            assert "about once a second" in (text or "\n".join(drawn(panel.query(Canvas).first())))


def places(studio: Studio) -> set[int]:
    """Return the numbers of the panels that can be seen."""
    return {
        panel.number
        for panel in studio.dashboard.query(Panel)
        if panel.display and panel.region.area > 0
    }


async def test_a_look_inside_takes_the_place_of_charts_and_console(tmp_path: Path) -> None:
    """The panels on the left stay, and 2, 3 or 6 bring back what was there."""
    async with open_studio(tmp_path) as studio:
        await studio.press("7")
        assert places(studio) == {1, 4, 5, 7}
        await studio.press("8")
        assert places(studio) == {1, 4, 5, 8}
        await studio.press("1")
        assert places(studio) == {1, 4, 5, 8}
        await studio.press("2")
        assert places(studio) == {1, 2, 3, 4, 5, 6}


async def test_tab_goes_through_all_panels_and_back(tmp_path: Path) -> None:
    """On a small screen too, each panel is one of a ring."""
    async with open_studio(tmp_path, size=(80, 24)) as studio:
        first = studio.dashboard.current
        seen_numbers = []
        for _ in studio.dashboard.numbers():
            await studio.press("tab")
            seen_numbers.append(studio.dashboard.current)
            assert places(studio) == {studio.dashboard.current}
        assert seen_numbers[-1] == first
        assert sorted(seen_numbers) == sorted(studio.dashboard.numbers())


async def test_a_classifier_has_no_such_panel(tmp_path: Path) -> None:
    """The key says so, and opening a classifier's run leads back to the charts."""
    async with open_studio(tmp_path) as studio:
        await studio.press("7")
        history = History("classify")
        history.fold(classifier_started())
        studio.desk.shown = history
        studio.dashboard.show_all()
        await studio.pilot.pause()
        assert places(studio) == {1, 2, 3, 4, 5, 6}
        await studio.press("7")
        assert "no such panel" in studio.messages()
