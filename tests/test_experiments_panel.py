"""The panel of experiments: lanes beside each other, a test of rates, and all that its keys do."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from textual.containers import Vertical
from textual.widgets import Static

from core.config import SETTINGS, make_config
from core.experiment import COMPARISONS
from core.settings import Value
from experiment_cases import measured, planned_experiment, train_member
from scripted_backend import ScriptedBackend
from studio_cases import Studio, open_studio
from tui.child_program import ChildProgram
from tui.cli.experiment_events import ExperimentStarted, MemberEnded, PlannedRun
from tui.cli.json_line import JsonLine, json_line
from tui.cli.lr_range import RangeEnded, RangeStep
from tui.comparison import Comparison
from tui.intents import StartNewRun
from tui.laboratory import Laboratory, RangeTest
from tui.panels.experiments import ExperimentsPanel
from tui.panels.runs import RunsPanel
from tui.panels.status import StatusBar
from tui.screens.leaving import stopping_question
from tui.widgets.braille_chart import BrailleChart
from tui.widgets.row_list import RowList
from workspace.experiment_time import expected_time
from workspace.experiments import ExperimentStore
from workspace.paths import Workspace
from workspace.requests import StartRequest
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
        assert "◆ 1.500 ✓ done" in lstm
        assert "◆" not in rnn
        assert "queued" in gru
        plot = panel.query_one(BrailleChart).plot
        assert [curve.label for curve in plot.curves] == ["", "lstm", "rnn"]
        assert "#1 cells" in str(panel.border_title)
        assert "2/3 done" in str(panel.border_title)


async def test_the_list_of_runs_says_what_the_lanes_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run's best loss is the same figure in both, as soon as one of them tells a new one."""
    monkeypatch.setattr("tui.screens.dashboard.RUNS_S", 3600.0)
    cells_experiment(tmp_path)
    async with open_studio(tmp_path) as studio:
        await looked_at(studio)
        with stored(tmp_path) as store:
            train_member(store, 1, 3, *measured(2.4, 1.234))
        await studio.until(lambda: any("1.234" in lane for lane in lanes(studio)), "the lane")
        runs = studio.dashboard.query_one(RunsPanel)
        assert "1.234" in "".join(str(row.content) for row in runs.query_one(RowList)._rows)


async def test_a_crosshair_reads_the_lanes(tmp_path: Path) -> None:
    """It starts at the newest point, goes by a column a key, and leaves with another axis."""
    cells_experiment(tmp_path)
    async with open_studio(tmp_path) as studio:
        panel = await looked_at(studio)
        chart = panel.query_one(BrailleChart)

        def reading() -> str:
            return chart.render_line(0).text

        await studio.press("x", "left")
        assert chart.plot.crosshair == chart.plot.newest
        newest = reading()
        await studio.press("left", "left", "left")
        assert chart.plot.crosshair is not None
        assert 0 < chart.plot.crosshair < chart.plot.newest
        assert reading() != newest
        await studio.press("right", "right", "right", "right")
        assert (chart.plot.crosshair, reading()) == (chart.plot.newest, newest)
        for key in "fx":
            await studio.press("left", key)
            assert chart.plot.crosshair is None


async def test_without_an_experiment_the_panel_says_how_to_begin(tmp_path: Path) -> None:
    """The keys are the ones in force."""
    async with open_studio(tmp_path, keys={"experiments.compare": "f8"}) as studio:
        await studio.press("E")
        panel = studio.dashboard.query_one(ExperimentsPanel)
        assert "F8 compares models" in panel.query_one(BrailleChart).plot.message
        for key, said in (
            ("a", "suggested a rate"),
            ("o", "has begun yet"),
            ("R", "no experiment to resume"),
            ("right_curly_bracket", "there is no experiment yet"),
            ("enter", "this run has not begun"),
        ):
            await studio.press(key)
            assert said in studio.messages()


@pytest.fixture(name="asked")
def fixture_asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Comparison, Mapping[str, Value]]]:
    """Take down which comparisons would begin, with which settings; two threads are there."""
    asked: list[tuple[Comparison, Mapping[str, Value]]] = []
    monkeypatch.setattr(Laboratory, "compare", lambda _self, *what: asked.append(what))
    monkeypatch.setattr("tui.screens.comparison.available_threads", lambda: 2)
    return asked


Asked = list[tuple[Comparison, Mapping[str, Value]]]


def dialog_text(studio: Studio) -> str:
    """Return the rows of the dialog and what stands below them."""
    dialog = studio.app.screen
    rows, how = dialog.query_one(RowList), dialog.query_one("#how", Static)
    return f"{rows.render()}\n{how.render()}"


async def test_a_comparison_says_how_long_it_is_before_it_begins(
    tmp_path: Path, asked: Asked
) -> None:
    """A letter chooses, digits and arrows set how each run trains, and only Enter begins."""
    config = make_config({"model_type": "gru", "max_seconds": 7.0, "epochs": 10**6})
    async with open_studio(tmp_path, config=config) as studio:
        await studio.press("E", "e")
        assert "3 runs of 300 steps: how long it takes shows" in dialog_text(studio)
        await studio.press("d", "4", "0", "0", "backspace", "p")
        assert not asked
        text = dialog_text(studio)
        assert "3 runs of 40 steps" in text
        assert "2, sharing the threads" in text
        await studio.press("up", "right", "down", "down", "right")
        assert "6 runs of 7 s: 21s of training in all" in dialog_text(studio)
        await studio.press("enter")
        chosen, settings = asked[0]
        assert chosen == Comparison(
            "dropout", by="seconds", steps=40, seconds=7, seeds=2, parallel=2
        )
        assert settings["model_type"] == "gru"
        await studio.press("e", "escape")
        assert len(asked) == 1


async def test_the_cursor_of_a_comparison_chooses_nothing(tmp_path: Path, asked: Asked) -> None:
    """On the way to a row below nothing changes; on a comparison Enter or space chooses it."""
    async with open_studio(tmp_path) as studio:
        await studio.press("E", "e", *["down"] * len(COMPARISONS), "down", "enter")
        assert [comparison.name for comparison, _ in asked] == [next(iter(COMPARISONS))]
        await studio.press("e", "down", "right")
        dialog = studio.app.screen
        keys = str(dialog.query_one(Vertical).border_subtitle)
        assert "Enter choose" in keys
        assert "◉" in dialog_text(studio).splitlines()[0]
        await studio.press("enter")
        assert "◉" in dialog_text(studio).splitlines()[1]
        assert "Enter start" in str(dialog.query_one(Vertical).border_subtitle)
        await studio.press("down", "space", "up", "enter", "enter")
        name, how = list(COMPARISONS)[1], asked[0][0]
        assert asked[1][0] == msgspec.structs.replace(how, name=name)


async def test_a_comparison_tells_its_time_from_what_was_trained(
    tmp_path: Path, asked: Asked
) -> None:
    """The speed of the run that is most like it, and what its models cost beside that one."""
    cells_experiment(tmp_path)  # 9 steps in 3 s, which is too short to tell
    async with open_studio(tmp_path) as studio:
        await studio.press("E", "e", "h", "enter")
        assert asked
    with stored(tmp_path) as store:
        run = next(run for run in store.runs.list_runs() if run.config["model_type"] == "lstm")
    config = make_config(run.config)
    twice = make_config({"batch_size": 2 * config.batch_size}, base=config)
    known = msgspec.structs.replace(run, step=100, elapsed_s=20.0)
    other = msgspec.structs.replace(known, run=9, config={**run.config, "model_type": "rnn"})
    assert expected_time([config], 50, [run]) is None
    found = expected_time([config, twice], 50, [other, known])
    assert found is not None
    assert found.run == run.run
    assert found.seconds == pytest.approx(30.0)


async def test_what_a_plan_chose_does_not_leak_into_what_follows(
    tmp_path: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of a race on show has a share of the threads and a rhythm that are not the user's."""
    monkeypatch.setattr("core.thread_shares.available_threads", lambda: 2)
    with stored(tmp_path) as store:
        cells = ["rnn", "lstm"]
        planned_experiment(
            store, {"model_type": cells}, parallel=2, threads=1, eval_every=7, hidden_size=32
        )
        train_member(store, 1, 1, *measured(2.5, 2.0))
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend) as studio:
        await studio.dashboard._open(1)
        assert studio.dashboard.params.draft.shown("threads") == 1
        await studio.press("E", "e", "enter")
        settings = asked[0][1]
        kept = [settings[name] for name in ("threads", "eval_every", "hidden_size")]
        assert kept == [0, SETTINGS["eval_every"].default, 32]
        studio.dashboard.post_message(StartNewRun({"learning_rate": 0.5}))
        await studio.until(lambda: backend.requests, "the new run")
        request = backend.requests[0]
        assert isinstance(request, StartRequest)
        config = request.config
        assert (config.learning_rate, config.threads, config.eval_every) == (0.5, 0, 7)


async def test_going_on_asks_how_many_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as are left and as there are threads; with one of either there is no question."""
    with stored(tmp_path) as store:
        planned_experiment(store, {"model_type": ["rnn", "lstm", "gru"]}, max_steps=9)
        train_member(store, 1, 1, *measured(2.5, 2.0))
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(Laboratory, "resume", lambda _self, *what: asked.append(what))
    threads = "tui.screens.experimenting.available_threads"
    monkeypatch.setattr(threads, lambda: 8)
    async with open_studio(tmp_path) as studio:
        await studio.press("E")
        await studio.until(lambda: studio.desk.laboratory.race, "the experiment")
        await studio.press("R")
        assert "2 runs are left" in str(studio.app.screen.query_one("#intro", Static).render())
        await studio.press("3", "2")
        assert asked == [(1, 2)]
        monkeypatch.setattr(threads, lambda: 1)
        await studio.press("R")
        assert asked[1:] == [(1, 1)]


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
        assert chart.plot.fit_to < math.inf
        await studio.press("x", "m", "L")
        assert "from the start" in str(panel.border_title)
        assert (chart.plot.log, chart.plot.fit_to) == (False, math.inf)
        await studio.press("L")
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
    """Stand for a child that has tested rates, told of it, and ended."""

    is_over = True

    def __init__(self, *told: JsonLine) -> None:
        self.refusal = ""
        self._told = told

    def lines(self) -> list[bytes]:
        """Return what it told."""
        return [json_line(line) for line in self._told]


def finished_test(suggestion: float | None, reason: str) -> RangeTest:
    """Return a range test that has ended so."""
    losses = [4.0] * 20 + [4.0 - 0.2 * step for step in range(10)] + [9.0]
    steps = [
        RangeStep(step=n, learning_rate=1e-4 * 1.2**n, loss=loss, smoothed=loss)
        for n, loss in enumerate(losses, 1)
    ]
    test = RangeTest(FinishedChild(*steps, RangeEnded(suggestion=suggestion, reason=reason)))
    assert test.advance()
    return test


def planned(member: int, status: str) -> PlannedRun:
    """Return a run of an experiment."""
    return PlannedRun(
        member=member, run=member, name=f"m{member}", values={}, hidden_size=8, seed=0,
        status=status, step=0, best_val_loss=None, best_accuracy=None, elapsed_s=0.0, failure="",
    )  # fmt: skip


class TellingChild(FinishedChild):
    """Stand for a child that trains an experiment, and tells what it is given to tell."""

    is_over = False

    def lines(self) -> list[bytes]:
        """Return what it has to tell, once."""
        told, self._told = self._told, ()
        return [json_line(line) for line in told]

    def tell(self, *told: JsonLine) -> None:
        """Give it something to tell."""
        self._told = told


async def test_the_status_line_says_what_is_trained(tmp_path: Path) -> None:
    """An experiment is named with its runs that are done, in whichever panel one is."""
    cells_experiment(tmp_path)
    async with open_studio(tmp_path) as studio:
        status = studio.dashboard.query_one(StatusBar)

        def line() -> str:
            return status.render_line(0).text

        child = TellingChild()
        laboratory = studio.desk.laboratory
        laboratory._child = child
        await studio.until(lambda: "STARTING AN EXPERIMENT" in line(), "the beginning")
        assert "READY" not in line()
        runs = [planned(1, "finished"), planned(2, "waiting"), planned(3, "waiting")]
        child.tell(
            ExperimentStarted(
                experiment=1, name="cells", by="steps", varied={}, parallel=1, runs=runs
            ),
            MemberEnded(experiment=1, run=planned(2, "max_steps")),
            MemberEnded(experiment=1, run=planned(3, "stopped")),
        )
        await studio.until(lambda: "EXPERIMENT 1: 2 of 3 runs done" in line(), "the progress")
        laboratory._child = None
        await studio.until(lambda: "EXPERIMENT" not in line(), "the end")
        assert "READY" in line()


async def test_a_suggested_rate_is_staged(tmp_path: Path) -> None:
    """`a` stages it in Params, which shows it; a test that was stopped has none, and says so."""
    async with open_studio(tmp_path) as studio:
        await studio.press("E")
        panel = studio.dashboard.query_one(ExperimentsPanel)
        studio.desk.laboratory.test = finished_test(None, "stopped")
        panel.redraw()
        assert "stopped: no suggestion" in str(panel.border_subtitle)
        await studio.press("a")
        assert not studio.dashboard.params.draft.staged
        studio.desk.laboratory.test = finished_test(0.012, "finished")
        studio.desk.laboratory.advance(seen=True)  # there is no experiment to show in its place
        panel.redraw()
        assert "0.012" in str(panel.border_subtitle)
        await studio.press("a")
        staged = studio.dashboard.params.draft.staged
        assert staged == {"learning_rate": 0.012}
        assert "1 staged" in str(studio.dashboard.params.border_title)


def test_of_a_range_test_nothing_is_said_to_be_saved() -> None:
    """Its model is thrown away; an experiment can go on."""
    for run in ("", "run 1"):
        for keeps in (True, False):
            choices = stopping_question(run, "it", keeps=keeps)._choices
            (label,) = [choice.label for choice in choices if choice.answer == "bench"]
            assert ("nothing of it is kept" in label) is not keeps


async def test_what_is_stopped_or_left_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a run and an experiment are in training, both are named, and stopped by one answer."""
    stopped: list[bool] = []
    monkeypatch.setattr(Laboratory, "busy", property(lambda _self: not stopped))
    monkeypatch.setattr(Laboratory, "name", property(lambda _self: "experiment 7"))
    monkeypatch.setattr(Laboratory, "stop", lambda _self: stopped.append(True))
    async with open_studio(tmp_path, ScriptedBackend()) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step, "training")
        await studio.press("q")
        intro = str(studio.app.screen.query_one("#intro", Static).render())
        assert "run 1" in intro
        assert "experiment 7" in intro
        await studio.press("escape", "S")
        text = str(studio.app.screen.query_one(RowList).render())
        assert "run 1" in text
        assert "experiment 7: save and stop" in text
        await studio.press("b")
        await studio.until(lambda: not studio.desk.training, "the run's end")
        assert stopped


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
