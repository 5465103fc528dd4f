"""Between screen and engine: runs of other processes, and starts that are refused."""

from pathlib import Path

from core.config import config_values, make_config
from core.events import Paused, RunEnded
from event_cases import started, steps
from scripted_backend import ScriptedBackend
from studio_cases import Studio, open_studio
from tui.history import History
from tui.panels.runs import RunsPanel
from tui.panels.status import StatusBar
from tui.widgets.row_list import RowList
from workspace.paths import Workspace
from workspace.runs import RunStore


def trained_elsewhere(root: Path) -> RunStore:
    """Begin a run as another process would, which holds it until its store is closed."""
    store = RunStore(Workspace(root))
    config = make_config()
    run = store.create_run("theirs", config).run
    store.record(run, started(run=run, name="theirs", config=config_values(config)))
    store.record(run, steps(1, [3.0] * 10))
    store.record(run, Paused(step=10))
    return store


def status(studio: Studio) -> str:
    """Return the status line."""
    return studio.dashboard.query_one(StatusBar).render_line(0).text


async def opened(studio: Studio) -> History:
    """Open the one run that is listed, and return what is shown."""
    rows = studio.dashboard.query_one(RunsPanel).query_one(RowList)
    await studio.until(lambda: rows.selected == "1", "the list")
    await studio.press("5", "enter")
    await studio.until(lambda: studio.desk.shown.run == 1, "the opened run")
    return studio.desk.shown


async def test_a_run_of_another_process_is_not_ended(tmp_path: Path) -> None:
    """It is shown as running elsewhere, without a remaining time, until it has ended there."""
    other = trained_elsewhere(tmp_path)
    async with open_studio(tmp_path) as studio:
        history = await opened(studio)
        assert "RUNNING ELSEWHERE" in status(studio)
        assert history.eta_s is None
        other.record(1, RunEnded(run=1, reason="finished", step=10, best_val_loss=None,
                                 checkpoint=None))  # fmt: skip
        other.close()
        studio.dashboard.refresh_runs()
        await studio.until(lambda: "FINISHED" in status(studio), "its end")


async def test_a_run_whose_process_died_has_ended(tmp_path: Path) -> None:
    """What a killed process was doing is long over."""
    trained_elsewhere(tmp_path).close()
    async with open_studio(tmp_path) as studio:
        assert (await opened(studio)).state == "ended"
        assert "ENDED" in status(studio)


async def test_a_run_of_another_process_is_not_resumed(tmp_path: Path) -> None:
    """The refusal names the process, and nothing is stopped or shown instead for its sake."""
    other, backend = trained_elsewhere(tmp_path), ScriptedBackend()
    async with open_studio(tmp_path, backend) as studio:
        shown = await opened(studio)
        await studio.press("R")
        await studio.until(lambda: "is being trained by process" in studio.messages(), "refusal")
        assert backend.requests == []
        assert studio.desk.shown is shown
    other.close()


async def test_a_refused_resume_goes_back(tmp_path: Path) -> None:
    """What the engine refuses leaves the screen as it was."""
    trained_elsewhere(tmp_path).close()
    backend = ScriptedBackend(refuse="somebody was faster")
    async with open_studio(tmp_path, backend) as studio:
        live, shown = studio.desk.live, await opened(studio)
        await studio.press("R")
        await studio.until(lambda: "somebody was faster" in studio.messages(), "the refusal")
        await studio.until(lambda: studio.desk.live is live, "the way back")
        assert studio.desk.shown is shown
        assert live.state == "idle"
