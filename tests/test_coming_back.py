"""Coming back: the screen as it was left, and the last run with its curves."""

import argparse
import json
import sqlite3
from pathlib import Path

import msgspec
import pytest

from core.config import config_values, make_config
from core.decoding import Decoding
from core.events import Event, PhaseChanged
from scripted_backend import ScriptedBackend
from store_cases import ended, evaluated, read_only, saved, started, steps_done
from studio_cases import Studio, open_studio
from test_desk import trained_elsewhere
from tui import app as app_module
from tui.cli import dashboard
from tui.cli.commands import root_parser
from tui.panels.console import ConsolePanel
from tui.panels.status import StatusBar
from tui.screens.choice import ChoiceDialog
from workspace.paths import Workspace
from workspace.requests import ResumeRequest, StartRequest
from workspace.runs import RunStore
from workspace.screen_state import ScreenState, load_screen_state, save_screen_state

LEFT = ScreenState(
    theme="nord", prompt="ROMEO:", sampling={"temperature": 0.4, "top_k": 5}, run=1, newest_run=2
)


def stored_run(root: Path, reason: str = "stopped") -> int:
    """Keep a run of three steps that has ended, and return its number."""
    store = RunStore(Workspace(root))
    config = make_config({"hidden_size": 24})
    run = store.create_run(None, config).run
    begin = msgspec.structs.replace(started(), run=run, config=config_values(config))
    path = store.workspace.run_dir(run) / "checkpoint"
    steps = [steps_done(step, 3.0 - step / 10) for step in (1, 2, 3)]
    events: list[Event] = [begin, *steps, evaluated(3), saved(path, 3), ended(3, reason)]
    for event in events:
        store.record(run, event)
    store.close()
    return run


async def shown(studio: Studio) -> int:
    """Wait for the run of the last time, and return its number."""
    await studio.until(lambda: studio.desk.shown.run is not None, "the last run")
    assert studio.desk.shown.run is not None
    return studio.desk.shown.run


def test_what_was_left_is_found_again(tmp_path: Path) -> None:
    """Theme, prompt, sampling and run outlive the program."""
    path = tmp_path / "screen.json"
    save_screen_state(path, LEFT)
    assert load_screen_state(path) == LEFT
    assert load_screen_state(path).decoding == Decoding(temperature=0.4, top_k=5)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"theme": 3}', "\x00\xff", '{"sampling": {"temperature": {}}}']
)
def test_a_damaged_file_is_no_file(tmp_path: Path, text: str) -> None:
    """The screen begins as it does at first."""
    path = tmp_path / "screen.json"
    path.write_text(text)
    assert load_screen_state(path) == ScreenState()


def test_sampling_of_another_version_is_not_taken(tmp_path: Path) -> None:
    """What is out of range or unknown leaves the usual settings, and the prompt all the same."""
    path = tmp_path / "screen.json"
    for sampling in ({"temperature": -3}, {"heat": 1}):
        path.write_text(json.dumps({"prompt": "To", "sampling": sampling, "colour": "new"}))
        left = load_screen_state(path)
        assert (left.prompt, left.decoding) == ("To", Decoding())


def test_a_folder_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    """A read-only workspace, or none, does not hold up leaving."""
    (tmp_path / "home").mkdir()
    with read_only(tmp_path / "home"):
        save_screen_state(tmp_path / "home" / "screen.json", LEFT)
    assert not list((tmp_path / "home").iterdir())
    save_screen_state(tmp_path / "none" / "screen.json", ScreenState())
    assert not (tmp_path / "none").exists()


async def test_the_last_run_is_opened_with_its_curves(tmp_path: Path) -> None:
    """Curves, settings and state are there; `space` asks, and again resumes it."""
    stored_run(tmp_path)
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend, opens_last=True) as studio:
        assert await shown(studio) == 1
        assert list(studio.desk.shown.training["step"]) == [1, 2, 3]
        assert studio.desk.live is studio.desk.shown
        assert studio.dashboard.params.draft.values["hidden_size"] == 24
        await studio.press("space")
        assert isinstance(studio.app.screen, ChoiceDialog)
        await studio.press("space")
        await studio.until(lambda: backend.requests, "the request")
        assert backend.requests[0] == ResumeRequest(target="1", changes={})


async def test_a_new_run_can_begin_in_its_place(tmp_path: Path) -> None:
    """`n` in the question starts one with the settings on show; Esc does nothing."""
    stored_run(tmp_path)
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend, opens_last=True) as studio:
        await shown(studio)
        await studio.press("space", "escape")
        assert not backend.requests
        await studio.press("space", "n")
        await studio.until(lambda: backend.requests, "the request")
        request = backend.requests[0]
        assert isinstance(request, StartRequest)
        assert request.config.hidden_size == 24


async def test_a_run_that_is_done_is_not_asked_about(tmp_path: Path) -> None:
    """Its plan leaves nothing to resume: `space` starts a new one, as its label says."""
    stored_run(tmp_path, "finished")
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend, opens_last=True) as studio:
        await shown(studio)
        await studio.press("space")
        await studio.until(lambda: backend.requests, "the request")
        assert isinstance(backend.requests[0], StartRequest)


async def test_the_run_on_show_is_the_last_unless_there_is_a_newer_one(tmp_path: Path) -> None:
    """What was on show when the program was left comes first, what was begun since before it."""
    stored_run(tmp_path)
    stored_run(tmp_path)
    async with open_studio(tmp_path, left=LEFT, opens_last=True) as studio:
        assert await shown(studio) == 1
    stored_run(tmp_path)
    async with open_studio(tmp_path, left=LEFT, opens_last=True) as studio:
        assert await shown(studio) == 3


async def test_a_last_run_of_another_process_is_only_watched(tmp_path: Path) -> None:
    """It is shown as running elsewhere, and is not taken for one's own."""
    other = trained_elsewhere(tmp_path)
    async with open_studio(tmp_path, opens_last=True) as studio:
        await shown(studio)
        status = studio.dashboard.query_one(StatusBar)
        await studio.until(lambda: "RUNNING ELSEWHERE" in status.render_line(0).text, "its state")
        assert studio.desk.live.run is None
    other.close()


async def test_prompt_sampling_and_theme_are_as_they_were(tmp_path: Path) -> None:
    """They are taken over at the start, and kept at the end as they are then."""
    async with open_studio(tmp_path, left=LEFT) as studio:
        console = studio.dashboard.query_one(ConsolePanel)
        assert (console.prompt, console.decoding.temperature) == ("ROMEO:", 0.4)
        assert studio.app.theme == "nord"
        await studio.press("6", "t", "f9")
        kept = studio.app.state_to_keep()
    assert (kept.prompt, kept.decoding.temperature, kept.decoding.top_k) == ("ROMEO:", 0.3, 5)
    assert kept.theme not in ("", "nord")


async def test_a_screen_on_which_nothing_was_changed_leaves_nothing(tmp_path: Path) -> None:
    """No folder is made for it."""
    async with open_studio(tmp_path / "home") as studio:
        assert studio.app.state_to_keep() == ScreenState()


async def test_a_theme_that_is_gone_is_not_missed(tmp_path: Path) -> None:
    """Another version may have had it."""
    async with open_studio(tmp_path, left=ScreenState(theme="gone")) as studio:
        assert studio.app.state_to_keep().theme == ""


async def test_a_new_workspace_begins_with_the_hint(tmp_path: Path) -> None:
    """Without a run nothing is opened, and one key starts on the built-in corpus."""
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend, left=LEFT, opens_last=True) as studio:
        assert studio.desk.shown.run is None
        await studio.press("space")
        await studio.until(lambda: backend.requests, "the request")


@pytest.mark.parametrize("damage", ["events SET body = 'x'", "runs SET config = 'x'"])
async def test_a_run_that_cannot_be_read_does_not_stop_the_start(
    damage: str, tmp_path: Path
) -> None:
    """The dashboard is there without it, and a new run can begin."""
    stored_run(tmp_path)
    with sqlite3.connect(Workspace(tmp_path).database_path) as connection:
        connection.execute(f"UPDATE {damage}")
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend, opens_last=True) as studio:
        await studio.until(lambda: not studio.dashboard.coming_back, "the end of the search")
        assert studio.desk.shown.run is None
        await studio.press("space")
        await studio.until(lambda: backend.requests, "a new run")


async def test_loading_says_what_can_be_done(tmp_path: Path) -> None:
    """While torch is loaded the status says that the keys work."""
    async with open_studio(tmp_path) as studio:
        studio.desk.live.fold(PhaseChanged(phase="loading_torch", step=0))
        studio.dashboard.show_all()
        status = studio.dashboard.query_one(StatusBar).render_line(0).text
        assert "LOADING TORCH" in status
        assert "every key works already" in status


@pytest.mark.parametrize(
    ("words", "opens_last"),
    [
        ([], True),
        (["--ascii"], True),
        (["--hidden_size", "8"], False),
        (["--preset", "fast"], False),
        (["--name", "mine"], False),
    ],
)
def test_settings_on_the_command_line_are_those_of_a_new_run(
    words: list[str], opens_last: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With any of them the last run is not opened: what `space` starts has these settings."""
    asked: list[bool] = []

    def run_dashboard(*args: object, opens_last: bool, **more: object) -> int:
        asked.append(opens_last)
        return 0

    monkeypatch.setattr(app_module, "run_dashboard", run_dashboard)
    args: argparse.Namespace = root_parser().parse_args([*words, "--workspace", str(tmp_path)])
    assert dashboard.run(args) == 0
    assert asked == [opens_last]
