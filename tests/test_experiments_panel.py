"""The panel of experiments: lanes beside each other, a test of rates, and all that its keys do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.widgets import Static

from core.config import make_config
from core.rate_range import RangePoint
from experiment_cases import measured, planned_experiment, train_member
from studio_cases import Studio, open_studio
from tui.child_program import ChildProgram
from tui.laboratory import Laboratory, RangeTest
from tui.panels.experiments import ExperimentsPanel
from tui.screens.comparison import ComparisonDialog
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.row_list import RowList
from workspace.experiments import ExperimentStore
from workspace.paths import Workspace
from workspace.runs import RunStore


@contextmanager
def stored(root: Path) -> Iterator[ExperimentStore]:
    """Open the workspace's experiments for a moment."""
    runs = RunStore(Workspace(root))
    yield ExperimentStore(runs)
    runs.close()


def cells_experiment(root: Path) -> None:
    """Store an experiment of which the last run is still to come."""
    with stored(root) as store:
        cells = ["rnn", "lstm", "gru"]
        planned_experiment(store, {"model_type": cells}, max_steps=9)
        train_member(store, 1, 1, *measured(2.5, 2.0))
        train_member(store, 1, 2, *measured(2.4, 1.5))


def lanes(studio: Studio) -> list[str]:
    """Return the lines of the lanes as they are drawn."""
    return str(studio.dashboard.query_one(ExperimentsPanel).query_one(RowList).render()).split("\n")


async def looked_at(studio: Studio) -> ExperimentsPanel:
    """Open the panel and wait until the newest experiment is read."""
    await studio.press("E")
    laboratory = studio.desk.laboratory
    await studio.until(
        lambda: (
            laboratory.race
            and len(laboratory.race.lanes) == 3
            and len(laboratory.race.lanes[1].history.validation) == 2
        ),
        "the experiment",
    )
    studio.dashboard.query_one(ExperimentsPanel).redraw()
    await studio.pilot.pause()
    return studio.dashboard.query_one(ExperimentsPanel)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_lanes_stand_below_their_curves(tmp_path: Path, size: tuple[int, int]) -> None:
    """The newest experiment opens by itself; the best run so far is marked."""
    cells_experiment(tmp_path)
    async with open_studio(tmp_path, size=size) as studio:
        panel = await looked_at(studio)
        heading, rnn, lstm, gru = lanes(studio)[:4]
        assert "best val" in heading
        assert "rnn" in rnn
        assert "2.000" in rnn
        assert "1.500" in lstm
        assert "◆" in lstm
        assert "◆" not in rnn
        assert "waits" in gru
        plot = panel.query_one(BrailleChart).plot
        assert [curve.label for curve in plot.curves] == ["", "lstm", "rnn"]
        assert "#1 cells" in str(panel.border_title)
        assert "2/3 done" in str(panel.border_title)


async def test_without_an_experiment_the_panel_says_how_to_begin(tmp_path: Path) -> None:
    """The keys are the ones in force."""
    async with open_studio(tmp_path, keys={"experiments.compare": "f6"}) as studio:
        await studio.press("E")
        panel = studio.dashboard.query_one(ExperimentsPanel)
        assert "F6 compares models" in panel.query_one(BrailleChart).plot.message
        await studio.press("a", "o", "R", "right_square_bracket", "enter")
        told = studio.messages()
        for said in ("suggested a rate", "has begun yet", "no experiment", "has not begun"):
            assert said in told


async def test_a_choice_begins_a_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One letter begins it, with what is equal and how many at a time as chosen before."""
    asked: list[object] = []
    monkeypatch.setattr(
        Laboratory,
        "compare",
        lambda _self, name, config, by, parallel: asked.append(
            (name, config["model_type"], by, parallel)
        ),
    )
    monkeypatch.setattr("tui.screens.comparison.available_threads", lambda: 2)
    async with open_studio(tmp_path, config=make_config({"model_type": "gru"})) as studio:
        await studio.press("E", "e")
        dialog = studio.app.screen
        assert isinstance(dialog, ComparisonDialog)
        await studio.press("right", "p")
        how = str(dialog.query_one("#how", Static).render())
        assert "as many seconds" in how
        assert "2 runs at a time" in how
        await studio.press("d")
        assert asked == [("dropout", "gru", "seconds", 2)]
        await studio.press("e", "down", "enter")
        assert asked[1:] == [("hidden-sizes", "gru", "steps", 1)]
        await studio.press("e", "escape")
        assert len(asked) == 2


async def test_lanes_open_and_overlay(tmp_path: Path) -> None:
    """Enter shows a lane's run in the other panels; `o` draws all lanes on their charts."""
    cells_experiment(tmp_path)
    async with open_studio(tmp_path) as studio:
        await looked_at(studio)
        await studio.press("o")
        assert [beside.label for beside in studio.dashboard._overlays.values()] == ["rnn", "lstm"]
        await studio.press("o")
        assert not studio.dashboard._overlays
        await studio.press("down", "enter")
        await studio.until(lambda: studio.desk.shown.best_val_loss == 1.5, "the run on show")


async def test_views_of_the_curves(tmp_path: Path) -> None:
    """Steps or seconds, training or held-out loss, linear or logarithmic."""
    cells_experiment(tmp_path)
    async with open_studio(tmp_path) as studio:
        panel = await looked_at(studio)
        chart = panel.query_one(BrailleChart)
        assert (chart.plot.x_axis.unit, chart.plot.log) == ("step", False)
        await studio.press("x", "m", "y")
        assert (chart.plot.x_axis.unit, chart.plot.log) == ("time", True)
        assert [float(y) for y in chart.plot.curves[1].y] == [2.4, 1.5]


async def test_hostile_names_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    """A file's name cannot control the terminal from here."""
    with stored(tmp_path) as store:
        files = ["/no/\x1b[2Jwhere.txt", "/no/[red]x"]
        planned_experiment(store, {"data_file": files}, name="files")
        store.note_failure(1, 1, "gone \x1b]0;x\x07")
    async with open_studio(tmp_path) as studio:
        await studio.press("E")
        await studio.until(lambda: len(lanes(studio)) > 2, "the lanes")
        panel = studio.dashboard.query_one(ExperimentsPanel)
        said = "\n".join(lanes(studio)) + str(panel.border_subtitle)
        assert "\x1b" not in said
        assert "\x07" not in said
        assert "gone" in said


class FinishedChild(ChildProgram):
    """Stand for a child that has ended."""

    is_over = True

    def __init__(self) -> None:
        self.refusal = ""


async def test_a_suggested_rate_is_staged(tmp_path: Path) -> None:
    """`a` stages it in Params, which shows it."""
    async with open_studio(tmp_path) as studio:
        await studio.press("E")
        test = RangeTest(FinishedChild())
        losses = [4.0] * 20 + [4.0 - 0.2 * step for step in range(10)] + [9.0]
        test.points = [
            RangePoint(step=n, learning_rate=1e-4 * 1.2**n, loss=loss, smoothed=loss)
            for n, loss in enumerate(losses, 1)
        ]
        studio.desk.laboratory.test = test
        panel = studio.dashboard.query_one(ExperimentsPanel)
        panel.redraw()
        assert f"{test.suggestion:g}" in str(panel.border_subtitle)
        await studio.press("a")
        staged = studio.dashboard.params.draft.staged
        assert staged == {"learning_rate": test.suggestion}
        assert "1 staged" in str(studio.dashboard.params.border_title)


async def test_leaving_waits_until_the_children_have_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`q` asks; the program ends only when nothing is left to save."""
    stopped: list[bool] = []
    monkeypatch.setattr(Laboratory, "busy", property(lambda _self: len(stopped) < 2))
    monkeypatch.setattr(Laboratory, "stop", lambda _self: stopped.append(True))
    async with open_studio(tmp_path) as studio:
        await studio.press("q", "s")
        await studio.pilot.pause(0.3)
        assert stopped == [True]
        assert studio.app.is_running
        stopped.append(True)
        await studio.until(lambda: not studio.app.is_running, "the end")
