"""The whole dashboard: keys, focus, sizes, stopping, leaving."""

from pathlib import Path

import pytest
from textual import events
from textual.widget import Widget
from textual.widgets import Input, Static

from core.events import CheckpointSaved, Reason
from event_cases import ended
from scripted_backend import ScriptedBackend
from studio_cases import Studio, open_studio
from tui.closing import closing_lines
from tui.commands import COMMANDS
from tui.history import History
from tui.panels.panel import Panel
from tui.screens.choice import ChoiceDialog
from tui.screens.help import HelpDialog
from tui.screens.new_run import NewRunDialog
from tui.widgets.cycle import Cycle
from tui.widgets.key_line import KeyLine
from workspace.requests import StartRequest


def visible(studio: Studio) -> list[int]:
    """Return the numbers of the panels that can be seen."""
    return [
        panel.number
        for panel in studio.dashboard.query(Panel)
        if panel.display and panel.region.area > 0
    ]


async def train(studio: Studio) -> None:
    """Start a run and wait for its first steps."""
    await studio.press("space")
    await studio.until(lambda: studio.desk.live.step > 2, "steps")


async def test_one_key_trains_pauses_and_goes_on(tmp_path: Path) -> None:
    """`space` starts, pauses and resumes; the key line says which it would do."""
    async with open_studio(tmp_path) as studio:
        line = studio.dashboard.query_one(KeyLine)
        assert "space Start" in line.render().plain
        await train(studio)
        await studio.until(lambda: "space Pause" in line.render().plain, "the label")
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.state == "paused", "the pause")
        await studio.until(lambda: "space Resume" in line.render().plain, "the label")
        await studio.press("f5")
        await studio.until(lambda: studio.desk.live.state == "training", "training")


async def test_no_text_field_has_the_focus_at_start(tmp_path: Path) -> None:
    """The keys of the whole screen are live from the first moment on."""
    async with open_studio(tmp_path) as studio:
        assert studio.app.focused is studio.panel(1)
        assert not isinstance(studio.app.focused, Input)


async def test_digits_focus_and_zoom(tmp_path: Path) -> None:
    """A digit focuses its panel, again lets it fill the screen; Tab goes round; Esc goes back."""
    async with open_studio(tmp_path) as studio:
        for number in range(2, 7):
            await studio.press(str(number))
            assert studio.app.focused is studio.panel(number)
        assert visible(studio) == [1, 4, 5, 2, 3, 6]
        await studio.press("6")
        assert visible(studio) == [6]
        await studio.press("tab")
        assert visible(studio) == [7]
        await studio.press("shift+tab", "escape")
        assert len(visible(studio)) == 6
        assert studio.app.focused is studio.panel(6)


async def test_keys_typed_at_once_find_the_new_focus(tmp_path: Path) -> None:
    """A key that comes in the same moment as a digit goes to the panel that it named."""
    async with open_studio(tmp_path) as studio:
        for key in ("2", "L", "1", "right"):
            studio.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await studio.pilot.pause()
        await studio.until(lambda: studio.dashboard.params.draft.staged, "the nudge")
        assert "from the start" in str(studio.panel(2).border_title)
        assert list(studio.dashboard.params.draft.staged) == ["learning_rate"]
        assert studio.app.focused is studio.panel(1)


async def test_every_command_has_an_action(tmp_path: Path) -> None:
    """Every row of the table does something where it is bound."""
    async with open_studio(tmp_path) as studio:
        for command in COMMANDS:
            name = f"action_{command.action.split('(')[0]}"
            panels = [p for p in studio.dashboard.query(Panel) if p.scope == command.scope]
            nodes: list[Widget] = [*panels] if command.scope != "everywhere" else [studio.dashboard]
            assert nodes, command.id
            assert all(hasattr(node, name) for node in nodes), command.id


async def test_every_size_holds(tmp_path: Path) -> None:
    """At each size what fits is shown, dialogs open, and coming back restores it all."""
    async with open_studio(tmp_path, size=(20, 5)) as studio:
        await train(studio)
        for columns, rows, panels in (
            (120, 40, 6), (80, 24, 1), (200, 60, 7), (40, 10, 1), (39, 10, 0), (1, 1, 0),
        ):  # fmt: skip
            await studio.pilot.resize_terminal(columns, rows)
            await studio.pilot.pause()
            assert len(visible(studio)) == panels, (columns, rows)
        await studio.press("n", "escape", "S", "escape", "question_mark", "escape")
        await studio.pilot.resize_terminal(100, 28)
        await studio.pilot.pause()
        assert len(visible(studio)) == 6


async def test_stopping_asks_how(tmp_path: Path) -> None:
    """`S` offers to save and stop, to stop now, and to go on."""
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend) as studio:
        await train(studio)
        await studio.press("S", "escape")
        assert studio.desk.training
        await studio.press("S", "enter")
        await studio.until(lambda: studio.desk.live.reason == "stopped", "the stop")
        assert backend.saved


async def test_quitting_asks_while_training_and_saves(tmp_path: Path) -> None:
    """`q` asks; its first answer saves a checkpoint and leaves."""
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend) as studio:
        await train(studio)
        await studio.press("q")
        assert isinstance(studio.app.screen, ChoiceDialog)
        await studio.press("c")
        assert studio.desk.training
        await studio.press("q", "s")
        await studio.until(lambda: not studio.app.is_running, "the end")
        assert backend.saved


async def test_ctrl_c_asks_then_saves_and_leaves(tmp_path: Path) -> None:
    """ctrl+c asks as `q` does; a second one saves and ends."""
    backend = ScriptedBackend()
    async with open_studio(tmp_path, backend) as studio:
        await train(studio)
        await studio.press("ctrl+c")
        assert isinstance(studio.app.screen, ChoiceDialog)
        await studio.press("ctrl+c")
        await studio.until(lambda: not studio.app.is_running, "the end")
        assert backend.saved


async def test_quitting_when_idle_asks_nothing(tmp_path: Path) -> None:
    """Without a run there is nothing to lose."""
    async with open_studio(tmp_path) as studio:
        await studio.press("q")
        await studio.until(lambda: not studio.app.is_running, "the end")


async def test_a_new_run_from_the_dialog(tmp_path: Path) -> None:
    """`n` asks for text, preset and name; a path that is not there is refused in place."""
    backend = ScriptedBackend()
    text = tmp_path / "my text.txt"
    text.write_text("hello")
    async with open_studio(tmp_path / "home", backend) as studio:
        await studio.press("n")
        dialog = studio.app.screen
        assert isinstance(dialog, NewRunDialog)
        dialog.query_one("#data_file", Input).value = str(tmp_path / "gone.txt")
        dialog.query_one("#preset", Cycle).action_turn(2)
        dialog.query_one("#name", Input).value = "mine"
        await studio.press("enter")
        assert studio.app.screen is dialog
        dialog.query_one("#data_file", Input).value = str(text)
        await studio.press("enter")
        await studio.until(lambda: backend.requests, "the start")
        request = backend.requests[0]
        assert isinstance(request, StartRequest)
        assert (request.name, request.config.data_file) == ("mine", str(text))
        assert request.config.hidden_size == 64


async def test_tab_completes_the_path_of_a_new_run(tmp_path: Path) -> None:
    """As far as the names agree, then it lists them; with nothing to complete it goes on."""
    for name in ("novel one.txt", "novel two.txt", "notes/x.txt", ".hidden"):
        (tmp_path / "texts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "texts" / name).write_text("hello")
    async with open_studio(tmp_path / "home") as studio:
        await studio.press("n", "tab", "tab")
        dialog = studio.app.screen
        field, hint = dialog.query_one("#data_file", Input), dialog.query_one("#hint", Static)
        assert "Tab completes the path" in str(hint.render())
        field.value = str(tmp_path / "te")
        await studio.press("end", "tab")
        assert field.value == f"{tmp_path / 'texts'}/"
        await studio.press("n", "tab")
        assert "notes/  novel one.txt  novel two.txt" in str(hint.render())
        await studio.press("v", "tab", "o", "tab")
        assert field.value == str(tmp_path / "texts" / "novel one.txt")
        await studio.press("tab")
        assert dialog.focused is dialog.query_one("#name", Input)
        await studio.press("up", "x", "tab")
        assert field.value == str(tmp_path / "texts" / "novel one.txtx")
        assert "no file begins like this" in str(hint.render())


async def test_coming_back_to_a_field_leaves_what_stands_in_it(tmp_path: Path) -> None:
    """A letter is added where the cursor was: a path is long in the typing."""
    async with open_studio(tmp_path) as studio:
        await studio.press("n")
        dialog = studio.app.screen
        name = dialog.query_one("#name", Input)
        dialog.set_focus(name)
        await studio.press("a", "b", "up", "down", "c")
        assert name.value == "abc"


async def test_what_was_asked_of_a_refused_run_need_not_be_typed_again(tmp_path: Path) -> None:
    """A text that turns out to be no good stands in the dialog the next time."""
    text = tmp_path / "my text.txt"
    text.write_text("hello")
    async with open_studio(tmp_path / "home", ScriptedBackend(refuse="too short")) as studio:
        await studio.press("n")
        studio.app.screen.query_one("#data_file", Input).value = str(text)
        await studio.press("enter")
        await studio.until(lambda: "too short" in studio.messages(), "the message")
        await studio.press("n")
        assert studio.app.screen.query_one("#data_file", Input).value == str(text)


async def test_a_refused_start_is_told(tmp_path: Path) -> None:
    """An error before the run exists is shown, markup and all, and the screen is ready again."""
    async with open_studio(tmp_path, ScriptedBackend(refuse="[/] is empty")) as studio:
        await studio.press("space")
        await studio.until(lambda: "[/] is empty" in studio.messages(), "the message")
        await studio.until(lambda: studio.desk.live.state == "idle", "idle")


async def test_coming_back_from_the_shell_draws_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shell has written over the screen, so all of it is drawn again, unchanged or not."""
    async with open_studio(tmp_path) as studio:
        drawn: list[object] = []
        monkeypatch.setattr(studio.dashboard, "refresh", lambda *_, **__: drawn.append(1))
        studio.app.app_resume_signal.publish(studio.app)
        await studio.until(lambda: drawn, "the repaint")


async def test_divergence_is_told(tmp_path: Path) -> None:
    """A run that diverges says so and leaves the screen working."""
    async with open_studio(tmp_path, ScriptedBackend(diverge_at=5)) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.reason == "diverged", "the end")
        await studio.until(lambda: "not finite" in studio.messages(), "the message")


async def test_help_lists_every_command(tmp_path: Path) -> None:
    """The help screen is made from the table, with the keys in force."""
    async with open_studio(tmp_path, keys={"training.toggle": "f8"}) as studio:
        await studio.press("f1")
        dialog = studio.app.screen
        assert isinstance(dialog, HelpDialog)
        text = "\n".join(line.plain for line in dialog.lines())
        for command in COMMANDS:
            assert command.help in text
            assert f"{command.id}\n" in text
        assert "F8" in text
        await studio.press("escape", "f8")
        await studio.until(lambda: studio.desk.training, "the start by the new key")


async def test_the_palette_runs_commands(tmp_path: Path) -> None:
    """A command found by its words is done, on the panel of its scope."""
    async with open_studio(tmp_path) as studio:
        await studio.press("colon")
        await studio.type("hotter")
        await studio.pilot.pause(0.3)
        await studio.press("enter")
        await studio.until(lambda: studio.app.focused is studio.panel(6), "the console")


def test_closing_lines_say_how_to_go_on() -> None:
    """The last lines name run, step, best loss, checkpoint and the command that resumes."""
    history = History()
    assert closing_lines(history, workspace=None) == []
    history.run, history.name, history.step = 14, "shakes\x1b", 4210
    history.planned_steps, history.reason = 12000, "stopped"
    history.best_val_loss, history.best_step = 1.412, 4000
    history.checkpoint = "/runs/14/checkpoint-4210.safetensors"
    lines = closing_lines(history, workspace=Path("/my runs"))
    assert lines == [
        "run 14 shakes␛: stopped at step 4,210 of 12,000",
        "best validation loss 1.4120 nats, perplexity 4.104 (step 4,000)",
        "checkpoint /runs/14/checkpoint-4210.safetensors",
        "resume with: rnnstudio resume 14 --workspace '/my runs'",
    ]


def _saved(step: int, path: str) -> CheckpointSaved:
    return CheckpointSaved(step=step, path=path, sha256="", size=1, is_best=False)


def test_closing_lines_say_what_was_discarded() -> None:
    """A run that was left without saving goes on from its checkpoint, not from its last step."""
    history = History()
    history.run, history.step, history.reason = 14, 340, "stopped"
    history.fold(_saved(300, "/c"))
    history.fold(ended(reason="stopped", step=340, checkpoint="/c"))
    told = "checkpoint of step 300, without the last 40 steps: /c"
    assert told in closing_lines(history, workspace=None)
    history.fold(_saved(340, "/d"))
    assert "checkpoint /d" in closing_lines(history, workspace=None)
    history.fold(ended(reason="stopped", step=350, checkpoint="/unheard of"))
    assert "checkpoint /unheard of" in closing_lines(history, workspace=None)


@pytest.mark.parametrize(
    ("reason", "option"),
    [
        ("finished", " --epochs 40"),
        ("max_steps", " --max_steps 8420"),
        ("max_seconds", " --max_seconds 60"),
        ("early_stop", " --patience 0"),
        ("signal", ""),
    ],
)
def test_a_run_past_its_plan_is_given_a_longer_one(reason: Reason, option: str) -> None:
    """The command that is printed does go on: it names the option that lengthens the plan."""
    history = History()
    history.run, history.step, history.checkpoint, history.reason = 14, 4210, "/c", reason
    history.config = {"epochs": 20, "max_seconds": 30.0}
    assert closing_lines(history, workspace=None)[-1] == f"resume with: rnnstudio resume 14{option}"


def test_the_command_that_goes_on_lengthens_all_that_would_end_the_run() -> None:
    """Two bounds may fall on one step, and a plan may have been cut below what is done."""
    history = History()
    history.run, history.step, history.checkpoint, history.reason = 14, 80, "/c", "finished"
    history.config = {"epochs": 1, "max_steps": 80, "max_seconds": 30.0}
    history.steps_per_epoch, history.elapsed_s = 30, 41.5
    assert closing_lines(history, workspace=None)[-1] == (
        "resume with: rnnstudio resume 14 --epochs 6 --max_steps 160 --max_seconds 82"
    )
    history.step = 1_234_567
    assert "--max_steps 2469134" in closing_lines(history, workspace=None)[-1]
