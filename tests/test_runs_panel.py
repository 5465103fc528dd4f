"""The runs panel: what is stored can be found, opened, compared, pinned and deleted."""

from pathlib import Path

import pytest
from textual.widgets import Input, Static

from core.config import config_values, make_config
from core.events import RunEnded
from event_cases import started
from scripted_backend import ScriptedBackend
from studio_cases import Studio, open_studio
from tui.panels.curves import LossPanel
from tui.panels.runs import RunsPanel, matches
from tui.screens.choice import ChoiceDialog
from tui.screens.diff import DiffDialog
from tui.screens.edit_run import EditRunDialog
from tui.widgets.row_list import RowList
from workspace.paths import Workspace
from workspace.requests import ResumeRequest
from workspace.runs import RunStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a workspace with two finished runs, one of a hostile name."""
    store = RunStore(Workspace(tmp_path))
    for name, model in (("first", "lstm"), ("sec[b]ond", "gru")):
        config = make_config({"model_type": model})
        run = store.create_run(name, config)
        begun = started(run=run.run, name=name, config=config_values(config))
        store.record(run.run, begun)
        ended = RunEnded(run=run.run, reason="finished", step=9, best_val_loss=1.5, checkpoint=None)
        store.record(run.run, ended)
    store.close()
    return tmp_path


def rows(studio: Studio) -> list[str]:
    """Return the rows in view."""
    return studio.dashboard.query_one(RunsPanel).query_one(RowList).render().plain.splitlines()


async def listed(studio: Studio) -> None:
    """Wait until the runs are listed, and focus them."""
    await studio.until(lambda: len(rows(studio)) >= 2, "the list")
    await studio.press("5")


async def test_runs_are_listed_newest_first(root: Path) -> None:
    """Each run has its number, name, best loss and the sign of its state."""
    async with open_studio(root) as studio:
        await listed(studio)
        assert "2 sec[b]ond" in rows(studio)[0]
        assert "1 first" in rows(studio)[1]
        assert "1.500 ✓" in rows(studio)[1]


async def test_opening_shows_the_settings_of_the_run(root: Path) -> None:
    """Enter shows a run in all panels; Esc goes back."""
    async with open_studio(root) as studio:
        await listed(studio)
        await studio.press("enter")
        await studio.until(lambda: studio.desk.shown.reason == "finished", "the run on show")
        assert studio.desk.shown is not studio.desk.live
        await studio.press("escape")
        assert studio.desk.shown is studio.desk.live


async def test_overlay_and_pin(root: Path) -> None:
    """`o` draws a run behind the current one and back; `p` keeps it on top."""
    async with open_studio(root) as studio:
        await listed(studio)
        await studio.press("down", "p")
        assert "1 first" in rows(studio)[0]
        assert "◆" in rows(studio)[0]
        await studio.press("o")
        await studio.until(lambda: "≈" in rows(studio)[0], "the overlay")
        assert len(studio.dashboard.query_one(LossPanel)._overlays) == 1
        await studio.press("o")
        await studio.until(lambda: "≈" not in rows(studio)[0], "no overlay")


async def test_diff_lists_what_differs(root: Path) -> None:
    """`d` shows the settings in which a run differs from the shown one, and no others."""
    async with open_studio(root) as studio:
        await listed(studio)
        await studio.press("d")
        dialog = studio.app.screen
        assert isinstance(dialog, DiffDialog)
        text = dialog.query_one(RowList).render().plain
        assert "model_type" in text
        assert "gru" in text and "lstm" in text
        assert "dropout" not in text


async def test_diff_aligns_values_beside_the_longest_name(root: Path) -> None:
    """Names stand whole and values below each other, also in a small terminal."""
    store = RunStore(Workspace(root))
    store.create_run("odd", make_config({"dropout": 0.45, "teacher_forcing_ratio": 0.75}))
    store.close()
    async with open_studio(root, size=(80, 24)) as studio:
        await studio.press("5")
        await studio.until(lambda: len(rows(studio)) == 3, "the list")
        await studio.press("up", "up", "d")
        short, long = studio.app.screen.query_one(RowList).render().plain.splitlines()
        assert "teacher_forcing_ratio 0.75 " in long
        assert short.index("0.45") == long.index("0.75")


async def test_delete_asks_first(root: Path) -> None:
    """`D` deletes only after the question, whose first answer is to keep the run."""
    async with open_studio(root) as studio:
        await listed(studio)
        await studio.press("D")
        assert isinstance(studio.app.screen, ChoiceDialog)
        await studio.press("enter")
        assert len(studio.desk.store.list_runs()) == 2
        await studio.press("D", "D")
        assert [run.name for run in studio.desk.store.list_runs()] == ["first"]
        assert "deleted" in studio.messages()


async def test_resume_goes_on_with_the_chosen_run(root: Path) -> None:
    """`R` asks the engine to go on with the run under the cursor."""
    backend = ScriptedBackend()
    async with open_studio(root, backend) as studio:
        await listed(studio)
        await studio.press("down", "R")
        await studio.until(lambda: backend.requests, "the request")
        assert backend.requests == [ResumeRequest(target="1")]


async def test_resume_takes_the_live_edits_along(root: Path) -> None:
    """Edits of live settings, staged or applied, hold from the first step of a resumed run on."""
    backend = ScriptedBackend()
    async with open_studio(root, backend) as studio:
        await listed(studio)
        await studio.press("down", "enter")
        await studio.until(lambda: studio.desk.shown.run == 1, "the opened run")
        draft = studio.dashboard.params.draft
        draft.stage("hidden_size", 8)
        draft.stage("learning_rate", 0.0001)
        await studio.press("1", "a")
        draft.stage("dropout", 0.4)
        await studio.press("5", "R")
        await studio.until(lambda: backend.requests, "the request")
        changes = {"learning_rate": 0.0001, "dropout": 0.4}
        assert backend.requests == [ResumeRequest(target="1", changes=changes)]


async def test_a_run_with_nothing_left_to_do_stops_no_other(root: Path) -> None:
    """It is refused with the setting that lengthens it; once that is edited, it goes on."""
    store = RunStore(Workspace(root))
    config = make_config({"max_steps": 9})
    run = store.create_run("over", config)
    values = config_values(config)
    store.record(run.run, started(run=run.run, name="over", config=values, steps_per_epoch=3))
    over = RunEnded(run=run.run, reason="max_steps", step=9, best_val_loss=1.5, checkpoint=None)
    store.record(run.run, over)
    store.close()
    backend = ScriptedBackend()
    async with open_studio(root, backend) as studio:
        await listed(studio)
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step, "the run in training")
        await studio.press("R")
        assert "run 3 has ended (step limit): open it, change max_steps" in studio.messages()
        assert not isinstance(studio.app.screen, ChoiceDialog)
        await studio.press("enter")
        await studio.until(lambda: studio.desk.shown.run == 3, "the opened run")
        studio.dashboard.params.draft.stage("max_steps", 20)
        await studio.press("R")
        assert isinstance(studio.app.screen, ChoiceDialog)
        await studio.press("r")
        await studio.until(lambda: len(backend.requests) > 1, "the request")
        assert backend.requests[-1] == ResumeRequest(target="3", changes={"max_steps": 20})


async def test_filter_narrows_the_list(root: Path) -> None:
    """`/` filters by name and settings as one types; Esc shows all again."""
    async with open_studio(root) as studio:
        await listed(studio)
        await studio.press("slash")
        field = studio.dashboard.query_one("#filter", Input)
        await studio.until(lambda: field.size.height == field.outer_size.height == 1, "its line")
        await studio.type("=gru")
        assert len(rows(studio)) == 1
        await studio.type("zzz")
        assert "".join(rows(studio)).strip() == "no run has these words"
        await studio.press("enter")
        assert studio.app.focused is studio.panel(5)
        await studio.press("escape")
        assert len(rows(studio)) == 2


def test_all_words_must_match(root: Path) -> None:
    """A filter of several words means all of them, in any letter case."""
    run = RunStore(Workspace(root)).find(1)
    assert matches(run, "FIRST lstm")
    assert not matches(run, "first gru")


async def test_zoomed_the_list_is_a_table_with_headings(root: Path) -> None:
    """Columns stand below their headings, and what is known of the chosen run below the table."""
    store = RunStore(Workspace(root))
    store.annotate(1, notes="the first one", tags="baseline")
    store.close()
    async with open_studio(root) as studio:
        await listed(studio)
        await studio.press("z", "down")
        panel = studio.dashboard.query_one(RunsPanel)
        heading = str(panel.query_one("#head", Static).render())
        for word in ("name", "model", "steps", "time", "best loss", "ppl", "bits/char", "tags"):
            assert word in heading
        ends = heading.index("best loss") + len("best loss")
        assert all(row[:ends].endswith("1.500") for row in rows(studio))
        about = str(panel.query_one("#about", Static).render())
        assert "#1 first  #baseline" in about
        assert "the first one" in about
        await studio.press("z")
        assert not panel.query_one("#head", Static).display


async def test_runs_are_sorted(root: Path) -> None:
    """`s` goes through the orders and says which one it is; pinned runs stay on top."""
    async with open_studio(root) as studio:
        await listed(studio)
        panel = studio.dashboard.query_one(RunsPanel)
        for _ in range(4):
            await studio.press("s")
        assert "by name" in str(panel.border_title)
        assert "first" in rows(studio)[0]
        await studio.press("down", "p")
        assert "sec[b]ond" in rows(studio)[0]
        await studio.press("s")
        assert "by name" not in str(panel.border_title)


async def test_a_run_is_renamed_and_tagged(root: Path) -> None:
    """`e` asks for name, notes and tags; what is not allowed is said and not taken."""
    async with open_studio(root) as studio:
        await listed(studio)
        await studio.press("down", "e")
        dialog = studio.app.screen
        assert isinstance(dialog, EditRunDialog)
        dialog.query_one("#name", Input).value = "sec[b]ond"
        await studio.press("enter")
        assert studio.app.screen is dialog
        assert "already called" in str(dialog.query_one("#hint", Static).render())
        dialog.query_one("#name", Input).value = "uno"
        dialog.query_one("#tags", Input).value = "gru, zebra"
        await studio.press("enter")
        await studio.until(lambda: "1 uno" in rows(studio)[1], "the new name")
        assert studio.desk.store.find(1).tags == ("gru", "zebra")
        await studio.press("slash", *"zebra", "enter")
        assert len(rows(studio)) == 1
