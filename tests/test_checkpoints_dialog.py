"""The list of a run's checkpoints, and what is offered when a diverged run is resumed."""

from pathlib import Path

from core.config import make_config
from core.events import Diverged, Event
from scripted_backend import ScriptedBackend
from store_cases import ended, evaluated, new_store, saved, started, steps_done
from studio_cases import Studio, open_studio
from tui.panels.runs import RunsPanel
from tui.screens.checkpoints import CheckpointsDialog
from tui.screens.choice import ChoiceDialog
from tui.widgets.row_list import RowList
from workspace.requests import ResumeRequest
from workspace.runs import RunStore

NAMES = ("checkpoint-1", "checkpoint-2", "checkpoint-3")


def diverged_run(store: RunStore) -> list[str]:
    """Keep a run that has diverged after its third checkpoint, and return their paths."""
    run = store.create_run(None, make_config())
    folder = store.workspace.run_dir(run.run)
    paths = [folder / name for name in NAMES]
    broken = Diverged(
        step=31, what="loss", parameter="", message="not finite", fix={"learning_rate": 0.0004}
    )
    events: list[Event] = [
        started(),
        *(steps_done(step) for step in range(1, 11)),
        evaluated(10, 2.1),
        saved(paths[0], 10),
        *(steps_done(step) for step in range(11, 21)),
        evaluated(20, 2.0),
        saved(paths[1], 20, is_best=True),
        *(steps_done(step, 9.0) for step in range(21, 31)),
        broken,
        saved(paths[2], 30),
        ended(30, "diverged"),
    ]
    for event in events:
        store.record(run.run, event)
    return [str(path) for path in paths]


def listed(studio: Studio) -> str:
    """Return what the dialog lists."""
    dialog = studio.app.screen
    assert isinstance(dialog, CheckpointsDialog)
    return "\n".join(str(row.content) for row in dialog.query_one(RowList)._rows)


async def open_list(studio: Studio) -> None:
    """Open the list of the run's checkpoints."""
    studio.dashboard.query_one(RunsPanel).focus()
    await studio.press("C")
    await studio.until(lambda: isinstance(studio.app.screen, CheckpointsDialog), "the list")


async def test_every_checkpoint_is_listed_and_its_path_copied(tmp_path: Path) -> None:
    """The one that resumes the run comes first; what is wrong with the others is said."""
    store = new_store(tmp_path)
    paths = diverged_run(store)
    store.close()
    async with open_studio(store.workspace.root) as studio:
        await open_list(studio)
        rows = listed(studio).splitlines()
        assert [row.split()[0] for row in rows] == ["20", "10", "30"]
        assert "resumes the run, best" in rows[0]
        assert "2.000" in rows[0]
        assert "diverges at the next step" in rows[2]
        await studio.press("y")
        assert studio.app.clipboard == paths[1]
        await studio.press("down", "down", "y")
        assert studio.app.clipboard == paths[2]


async def test_the_palette_copies_the_newest_good_one(tmp_path: Path) -> None:
    """Of the run on show, not the one that diverges; without a run or checkpoint that is said."""
    store = new_store(tmp_path)
    paths = diverged_run(store)
    empty = store.create_run(None, make_config()).run
    store.close()
    async with open_studio(store.workspace.root) as studio:
        studio.dashboard.copy_checkpoint()
        await studio.until(lambda: "there is no run on show" in studio.messages(), "no run")
        studio.dashboard.open_run(1)
        await studio.until(lambda: studio.desk.shown.run == 1, "the run is shown")
        studio.dashboard.copy_checkpoint()
        assert studio.app.clipboard == paths[1]
        studio.desk.shown.run = empty
        studio.dashboard.copy_checkpoint()
        await studio.until(lambda: "no checkpoint yet" in studio.messages(), "no checkpoint")


async def test_a_checkpoint_is_opened_as_the_run_stood_then(tmp_path: Path) -> None:
    """The panels show the run up to that checkpoint, and no divergence that came later."""
    store = new_store(tmp_path)
    diverged_run(store)
    store.close()
    async with open_studio(store.workspace.root) as studio:
        await open_list(studio)
        await studio.press("down", "enter")
        await studio.until(lambda: studio.desk.shown.run == 1, "the run is shown")
        assert studio.app.screen is studio.dashboard
        assert (studio.desk.shown.step, studio.desk.shown.diverged) == (10, None)


async def test_a_checkpoint_is_resumed_from_the_list(tmp_path: Path) -> None:
    """Whichever it is, without another question."""
    store = new_store(tmp_path)
    paths = diverged_run(store)
    store.close()
    backend = ScriptedBackend()
    async with open_studio(store.workspace.root, backend) as studio:
        await open_list(studio)
        await studio.press("down", "R")
        await studio.until(lambda: backend.requests, "the resume")
        assert backend.requests[0] == ResumeRequest(target=paths[0], changes={})


async def test_a_diverged_run_asks_for_the_way_back_when_it_is_resumed(tmp_path: Path) -> None:
    """Also after the program was left: the sane state, with the remedy."""
    store = new_store(tmp_path)
    paths = diverged_run(store)
    store.close()
    backend = ScriptedBackend()
    async with open_studio(store.workspace.root, backend) as studio:
        studio.dashboard.query_one(RunsPanel).focus()
        await studio.press("R")
        await studio.until(lambda: isinstance(studio.app.screen, ChoiceDialog), "the question")
        await studio.press("b")
        await studio.until(lambda: backend.requests, "the resume")
        wanted = ResumeRequest(target=paths[1], changes={"learning_rate": 0.0004})
        assert backend.requests[0] == wanted
