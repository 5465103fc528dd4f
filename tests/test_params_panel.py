"""The settings panel: nudge, edit, stage, apply, undo, presets."""

from pathlib import Path

import pytest
from textual.widgets import Input, Static

from core.config import SETTINGS
from core.experiment_budget import ENDLESS_EPOCHS
from scripted_backend import ScriptedBackend
from studio_cases import Studio, open_studio
from tui.panels.params import PRESET_ROW, ParamsPanel
from tui.screens.choice import Choice, ChoiceDialog
from tui.screens.edit import EditDialog
from tui.widgets.settings_list import SettingsList, value_text
from workspace.requests import StartRequest


def params(studio: Studio) -> ParamsPanel:
    """Return the panel."""
    return studio.dashboard.query_one(ParamsPanel)


def rows(studio: Studio) -> str:
    """Return the rows that are in view."""
    return params(studio).query_one(SettingsList).render().plain


def test_epochs_without_end_are_no_number() -> None:
    """A run of a race that seconds end has more epochs than fit in any; a row says so in a word."""
    assert value_text(SETTINGS["epochs"], ENDLESS_EPOCHS) == "endless"
    assert value_text(SETTINGS["epochs"], 1000) == "1000"


async def test_nudge_stages_and_shows_the_change(tmp_path: Path) -> None:
    """A nudge stages `old→new` on the row, `u` drops it again."""
    async with open_studio(tmp_path) as studio:
        await studio.press("left")
        assert params(studio).draft.staged == {"learning_rate": 0.0005}
        assert "0.001→0.0005" in rows(studio)
        assert "*live" in rows(studio)
        await studio.press("u")
        assert params(studio).draft.staged == {}


async def test_far_rows_are_a_key_away(tmp_path: Path) -> None:
    """Pages, the first row and the last one, as in the list of runs."""
    async with open_studio(tmp_path) as studio:
        chosen = params(studio).query_one(SettingsList)
        await studio.press("home")
        assert chosen.selected == PRESET_ROW
        await studio.press("pagedown", "pageup")
        assert chosen.selected == PRESET_ROW
        await studio.press("end")
        last = chosen.selected
        await studio.press("down")
        assert chosen.selected == last != PRESET_ROW


async def test_idle_changes_are_for_the_next_start(tmp_path: Path) -> None:
    """Applied while idle, a change is in the config of the next start; U takes it back."""
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend) as studio:
        await studio.press("right", "a")
        assert params(studio).draft.values["learning_rate"] == 0.002
        await studio.press("U")
        assert params(studio).draft.values["learning_rate"] == 0.001
        await studio.press("right", "a", "space")
        await studio.until(lambda: backend.requests, "start")
        request = backend.requests[0]
        assert isinstance(request, StartRequest)
        assert request.config.learning_rate == 0.002


async def test_live_changes_reach_the_run_and_are_marked(tmp_path: Path) -> None:
    """While training a live edit goes through the engine, leaves a mark, and can be undone."""
    async with open_studio(tmp_path, ScriptedBackend()) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step > 2, "steps")
        await studio.press("left", "a")
        await studio.until(
            lambda: studio.desk.live.config["learning_rate"] == 0.0005, "the change in the run"
        )
        assert any("0.001→0.0005" in mark.text for mark in studio.desk.live.marks)
        await studio.until(
            lambda: params(studio).draft.values["learning_rate"] == 0.0005, "the change on screen"
        )
        await studio.press("U")
        await studio.until(lambda: studio.desk.live.config["learning_rate"] == 0.001, "the undo")


async def test_what_is_not_live_waits_for_a_new_run(tmp_path: Path) -> None:
    """While training `a` leaves such edits staged and says so; A begins a run with them."""
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step > 2, "steps")
        params(studio).draft.stage("hidden_size", 64)
        await studio.press("a")
        assert "new run" in studio.messages()
        assert params(studio).draft.staged == {"hidden_size": 64}
        await studio.press("A")
        assert isinstance(studio.app.screen, ChoiceDialog)
        await studio.press("b")
        await studio.until(lambda: len(backend.requests) == 2, "the second run")
        request = backend.requests[1]
        assert isinstance(request, StartRequest)
        assert request.config.hidden_size == 64
        assert backend.saved, "the first run is saved before it is stopped"


async def test_editing_checks_what_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value out of range is refused in place and in silence; a good one is staged."""
    async with open_studio(tmp_path) as studio:
        monkeypatch.setattr(studio.app, "bell", lambda: pytest.fail("it rang"))
        await studio.press("enter")
        dialog = studio.app.screen
        assert isinstance(dialog, EditDialog)
        await studio.type("1000")
        assert "learning_rate must be" in str(dialog.query_one("#hint", Static).render())
        await studio.press("enter")
        assert studio.app.screen is dialog
        dialog.query_one(Input).value = "3e-4"
        await studio.press("enter")
        assert params(studio).draft.staged == {"learning_rate": 0.0003}


async def test_a_choice_is_picked_from_a_list(tmp_path: Path) -> None:
    """A setting of words opens a list; Esc leaves everything as it was."""
    async with open_studio(tmp_path) as studio:
        params(studio).query_one(SettingsList).select("model_type")
        await studio.press("e")
        assert isinstance(studio.app.screen, ChoiceDialog)
        await studio.press("escape")
        assert params(studio).draft.staged == {}
        await studio.press("e", "down", "enter")
        assert params(studio).draft.staged == {"model_type": "gru"}


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_long_names_are_shown_in_full(tmp_path: Path, size: tuple[int, int]) -> None:
    """A short value makes room for them; zoomed, every name has its place."""
    async with open_studio(tmp_path, size=size) as studio:
        await studio.press("1")
        params(studio).query_one(SettingsList).select("teacher_forcing_ratio")
        await studio.press("down", "up")
        assert "teacher_forcing_ratio 1 " in rows(studio)
        params(studio).put_back({"teacher_forcing_ratio": 0.5})
        assert "teacher_forcing_ratio 1→0.5 " in rows(studio)


async def test_another_runs_settings_say_whose_they_are(tmp_path: Path) -> None:
    """The title has room for it, and the lower edge says why nothing can be applied."""
    async with open_studio(tmp_path) as studio:
        panel = params(studio)
        panel.freeze(frozen=True)
        assert "of run" in str(panel.border_title)
        assert "not the one that is training" in str(panel.border_subtitle)


async def test_presets_are_a_row(tmp_path: Path) -> None:
    """Nudging the first row stages a preset's settings."""
    async with open_studio(tmp_path) as studio:
        params(studio).query_one(SettingsList).select("preset")
        await studio.press("right")
        assert params(studio).draft.preset == "tiny"
        assert params(studio).draft.staged["hidden_size"] == 64


async def test_the_corpus_walks_through_what_is_at_hand(tmp_path: Path) -> None:
    """The corpus can be nudged to the names that exist."""
    async with open_studio(tmp_path) as studio:
        params(studio).query_one(SettingsList).select("corpus")
        await studio.press("right")
        assert params(studio).draft.staged == {"corpus": "brackets"}


async def test_the_selected_row_is_explained(tmp_path: Path) -> None:
    """Below the rows stand the help, the range and the unit of the selected one."""
    async with open_studio(tmp_path) as studio:
        params(studio).query_one(SettingsList).select("max_grad_norm")
        await studio.press("down", "up")
        about = str(params(studio).query_one("#about", Static).render())
        assert "scaled down" in about
        assert "no clipping" in about


async def test_a_long_answer_is_read_in_full_on_a_narrow_terminal(tmp_path: Path) -> None:
    """The row is cut, so that the answer under the cursor stands below the others."""
    label = "Leave without saving what came after the last checkpoint of this run"
    async with open_studio(tmp_path, size=(60, 18)) as studio:
        dialog = ChoiceDialog("Leave?", [Choice("stay", "Stay"), Choice("drop", label)])
        studio.app.push_screen(dialog)
        await studio.pilot.pause()
        hint = dialog.query_one("#hint", Static)
        await studio.until(lambda: not hint.display, "nothing is cut yet")
        await studio.press("down")
        await studio.until(lambda: hint.display and label in str(hint.render()), "the answer")
