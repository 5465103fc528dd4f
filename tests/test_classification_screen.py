"""The whole dashboard with a classification run: its panels, its keys, and the way back."""

from functools import partial
from pathlib import Path

from textual.widgets import Input

from class_cases import class_evaluated, classes_measured, classifier_started
from core.config import config_values, make_config
from core.events import RunEnded
from event_cases import started, steps
from scripted_backend import ScriptedBackend
from studio_cases import Studio, open_studio
from tui.closing import closing_lines
from tui.history import History
from tui.intents import StartNewRun
from tui.panels.classify import ClassifyPanel
from tui.panels.curves import PerplexityPanel
from tui.panels.panel import Panel
from tui.panels.runs import RunsPanel
from tui.screens.mistake import MistakeDialog
from tui.screens.new_run import NewRunDialog
from tui.widgets.cycle import Cycle
from tui.widgets.key_line import KeyLine
from tui.widgets.row_list import RowList
from tui.widgets.settings_list import SettingsList
from workspace.paths import Workspace
from workspace.requests import StartRequest
from workspace.runs import RunStore

CLASSIFIER = make_config(preset="classifier")


def seen(studio: Studio) -> dict[int, str]:
    """Return the headings of the panels that can be seen, by number."""
    panels = [p for p in studio.dashboard.query(Panel) if p.display and p.region.area > 0]
    found = {panel.number: panel.heading for panel in panels}
    assert len(found) == len(panels), "two panels of one number"
    return found


def screen_text(studio: Studio) -> str:
    """Return the screen on top as text."""
    strips = studio.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def has_begun(backend: ScriptedBackend, count: int) -> bool:
    """Tell whether so many runs were asked for."""
    return len(backend.requests) == count


def stored(root: Path) -> Path:
    """Make a workspace with a finished classification run and one of a language model."""
    store = RunStore(Workspace(root))
    for name, config in (("topics", CLASSIFIER), ("text", make_config())):
        run = store.create_run(name, config).run
        classifies = config.task == "classify"
        begin = classifier_started if classifies else started
        store.record(run, begin(run=run, name=name, config=config_values(config)))
        store.record(run, steps(1, [1.0] * 10, accuracy=0.7 if classifies else None))
        if classifies:
            store.record(run, class_evaluated(10, 0.823, best=0.823))
            store.record(run, classes_measured(10))
        store.record(run, RunEnded(run=run, reason="finished", step=10, best_val_loss=0.2,
                                   checkpoint=None,
                                   best_accuracy=0.823 if classifies else None))  # fmt: skip
    store.close()
    return root


async def listed(studio: Studio) -> list[str]:
    """Wait until the two runs are listed, focus them, and return the rows."""
    rows = studio.dashboard.query_one(RunsPanel).query_one(RowList)
    await studio.until(lambda: rows.selected, "the list")
    await studio.press("5")
    return rows.render().plain.splitlines()


async def test_the_six_panels_are_those_of_the_task(tmp_path: Path) -> None:
    """Accuracy, classes and the classifying console stand in their places, under their keys."""
    async with open_studio(tmp_path, config=CLASSIFIER) as studio:
        assert seen(studio) == {
            1: "Params", 2: "Loss", 3: "Accuracy", 4: "Classes", 5: "Runs", 6: "Classify",
        }  # fmt: skip
        for number in range(2, 7):
            await studio.press(str(number))
            assert studio.app.focused is studio.dashboard.panel(number)
        line = studio.dashboard.query_one(KeyLine).render().plain
        assert "g Classify" in line
        assert "Cooler" not in line
        await studio.press("t", "less_than_sign", "e")
        assert studio.app.screen is studio.dashboard


async def test_charts_matrix_and_status_follow_the_run(tmp_path: Path) -> None:
    """The accuracy with its baselines, the matrix, and the best accuracy come with the events."""
    async with open_studio(tmp_path, config=CLASSIFIER) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.classes.measured, "an evaluation")
        await studio.until(lambda: "containers" in screen_text(studio), "the matrix")
        await studio.until(lambda: "best model " in screen_text(studio), "the chart")
        studio.dashboard.show_all()
        text, best = screen_text(studio), studio.desk.live.classes.best_accuracy
        assert best is not None
        for part in (
            "bag of words 64.2%",
            "majority class 16.5%",
            "best model ",
            f"best {best:.1%}",
            "pred→",
        ):
            assert part in text, part
        await studio.press("3", "3", "left")
        await studio.until(lambda: "step" in screen_text(studio), "the crosshair")


async def test_a_small_screen_reaches_the_matrix_by_one_key(tmp_path: Path) -> None:
    """At 80x24 the digit of the panel is enough, and the lines below tell the accuracy."""
    async with open_studio(tmp_path, size=(80, 24), config=CLASSIFIER) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.classes.measured, "an evaluation")
        await studio.press("4")
        await studio.until(lambda: "special methods" in screen_text(studio), "the matrix")
        assert "best acc " in screen_text(studio)
        await studio.press("g")
        await studio.type("a list")
        await studio.until(lambda: "▸ simple statements 60.0%: a list" in screen_text(studio),
                           "the answer in the line below")  # fmt: skip


async def test_the_key_line_tells_what_keys_do_while_typing(tmp_path: Path) -> None:
    """Letters go into the field, so that no letter is offered as a key."""
    async with open_studio(tmp_path, config=CLASSIFIER) as studio:
        line = studio.dashboard.query_one(KeyLine)
        await studio.press("g")
        await studio.until(
            lambda: line.render().plain.split() == ["Enter", "Done", "Esc", "Leave"], "the keys"
        )
        assert "train one first" in screen_text(studio)
        await studio.press("escape")
        await studio.until(lambda: "space Start" in line.render().plain, "the usual keys")


async def test_a_mistake_is_explained_in_the_console(tmp_path: Path) -> None:
    """From the list of mistakes one key leads to the shaded tokens of the same text."""
    async with open_studio(tmp_path, config=CLASSIFIER) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.classes.measured, "an evaluation")
        studio.dashboard.show_all()
        await studio.press("4", "enter")
        await studio.press("escape")
        line = studio.dashboard.query_one(KeyLine)
        await studio.until(lambda: "Enter Read" in line.render().plain, "the label")
        await studio.press("enter", "down")
        assert isinstance(studio.app.screen, MistakeDialog)
        await studio.press("v")
        console = studio.dashboard.query_one(ClassifyPanel)
        await studio.until(lambda: studio.app.focused is console, "the console")
        await studio.until(lambda: "> A list display yields" in screen_text(studio), "the text")


async def test_opening_a_run_of_the_other_task_changes_the_panels(tmp_path: Path) -> None:
    """Each run is shown with its own panels, the focus never stays in one that is gone."""
    async with open_studio(stored(tmp_path)) as studio:
        rows = await listed(studio)
        assert "acc 82.3%" in rows[1]
        assert "0.200" in rows[0]
        assert seen(studio)[3] == "Perplexity"
        await studio.press("down", "enter")
        await studio.until(lambda: studio.desk.shown.task == "classify", "the classifier")
        await studio.until(lambda: seen(studio)[4] == "Classes", "its panels")
        assert "neutral" in screen_text(studio)
        await studio.press("6")
        assert studio.app.focused is studio.dashboard.query_one(ClassifyPanel)
        await studio.press("escape")
        assert studio.desk.shown is studio.desk.live
        assert seen(studio)[6] == "Classify", "Params holds the settings of the run that was open"
        await studio.press("5", "up", "enter", "6")
        await studio.until(lambda: studio.desk.shown.run == 2, "the language model")
        await studio.until(lambda: seen(studio)[6] == "Generate", "its panels")
        assert studio.app.focused is studio.dashboard.panel(6)


async def test_a_language_model_is_not_sampled_beside_a_classifier(tmp_path: Path) -> None:
    """While a classifier is in training no sample can be drawn, and the screen says so."""
    async with open_studio(stored(tmp_path), config=CLASSIFIER) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step > 2, "steps")
        studio.desk.live.run = 3
        await listed(studio)
        studio.dashboard.query_one(RunsPanel).query_one(RowList).select("2")
        await studio.press("enter")
        await studio.until(lambda: studio.desk.shown.run == 2, "the language model")
        await studio.press("6", "r")
        await studio.until(lambda: "classifies texts" in studio.messages(), "the refusal")
        assert studio.desk.shown.run == 2


async def test_the_focus_leaves_a_panel_that_goes(tmp_path: Path) -> None:
    """Where a prompt was being written when a classifier began, its console takes the keys."""
    async with open_studio(tmp_path) as studio:
        await studio.press("g")
        assert isinstance(studio.app.focused, Input)
        studio.dashboard.post_message(StartNewRun(config_values(CLASSIFIER)))
        console = studio.dashboard.query_one(ClassifyPanel)
        await studio.until(lambda: studio.app.focused is console, "the classifying console")


async def test_curves_of_the_other_task_are_not_overlaid(tmp_path: Path) -> None:
    """Nats per text and nats per token have nothing in common; the refusal says so."""
    async with open_studio(stored(tmp_path)) as studio:
        await listed(studio)
        await studio.press("down", "o")
        await studio.until(lambda: "learns another task" in studio.messages(), "the refusal")
        assert not studio.dashboard.query_one(PerplexityPanel)._overlays


async def test_commands_of_the_other_task_are_not_offered(tmp_path: Path) -> None:
    """The palette has no temperature for a classifier, and no shades for a language model."""
    for config, there, gone in ((CLASSIFIER, "tokens", "hotter"), (None, "hotter", "matrix")):
        async with open_studio(tmp_path, config=config) as studio:
            await studio.press("colon")
            await studio.type(gone)
            await studio.pilot.pause(0.3)
            assert f": {gone.capitalize()}" not in screen_text(studio)
            await studio.press("escape", "colon")
            await studio.type(there)
            await studio.pilot.pause(0.3)
            assert there.capitalize() in screen_text(studio)
            await studio.press("escape")


async def test_params_show_the_rows_of_the_task(tmp_path: Path) -> None:
    """Settings that mean nothing to the task have no row; another task brings its own."""
    async with open_studio(tmp_path) as studio:
        rows = studio.dashboard.params.query_one(SettingsList)
        rows.select("task")
        names = {row.key for row in rows._rows}
        assert "seq_length" in names
        assert "pooling" not in names
        await studio.press("right")
        draft = studio.dashboard.params.draft
        assert (draft.task, draft.preset) == ("classify", "classifier")
        names = {row.key for row in rows._rows}
        assert "pooling" in names
        assert not names & {"seq_length", "stateful", "tie_weights", "sample_length"}
        rows.select("corpus")
        await studio.press("right")
        assert draft.shown("corpus") == "lookup"
        rows.select("task")
        await studio.press("u")
        assert draft.staged == {}
        await studio.press("right", "a")
        await studio.until(lambda: seen(studio)[6] == "Classify", "the panels of the task")


async def test_a_new_classification_run_from_the_dialog(tmp_path: Path) -> None:
    """A classifier's preset offers labelled texts and takes a folder of them."""
    backend = ScriptedBackend()
    folder = tmp_path / "reviews"
    folder.mkdir()
    async with open_studio(tmp_path / "home", backend) as studio:
        await studio.press("n")
        dialog = studio.app.screen
        assert isinstance(dialog, NewRunDialog)
        corpus, preset = (dialog.query_one(id_, Cycle) for id_ in ("#corpus", "#preset"))
        assert corpus.value == "python-reference"
        dialog.query_one("#data_file", Input).value = str(folder)
        await studio.press("enter")
        assert studio.app.screen is dialog
        preset.action_turn(4)
        await studio.pilot.pause()
        assert (preset.value, corpus.value) == ("classifier", "python-topics")
        preset.action_turn(-1)
        await studio.pilot.pause()
        assert corpus.value == "python-reference"
        preset.action_turn(1)
        await studio.pilot.pause()
        corpus.action_turn(1)
        await studio.press("enter")
        await studio.until(lambda: backend.requests, "the start")
        request = backend.requests[0]
        assert isinstance(request, StartRequest)
        assert request.config == make_config(
            {"corpus": "lookup", "data_file": str(folder)}, preset="classifier"
        )


async def test_data_of_the_other_task_are_left_behind(tmp_path: Path) -> None:
    """A language model begun after a classifier takes neither its texts nor its validation file."""
    backend = ScriptedBackend()
    table = tmp_path / "reviews.tsv"
    table.write_text("fine\tgood\n", encoding="utf-8")
    files = {"data_file": str(table), "val_file": str(table)}
    config = make_config(files, preset="sst2")
    async with open_studio(tmp_path / "home", backend, config=config) as studio:
        await studio.press("n")
        dialog = studio.app.screen
        field, preset = dialog.query_one("#data_file", Input), dialog.query_one("#preset", Cycle)
        assert field.value == str(table)
        while preset.value != "tiny":
            preset.action_turn(1)
            await studio.pilot.pause()
        assert field.value == ""
        await studio.press("enter")
        await studio.until(lambda: backend.requests, "the start")
        request = backend.requests[0]
        assert isinstance(request, StartRequest)
        begun = request.config
        assert (begun.task, begun.data_file, begun.val_file) == ("language", "", "")


async def test_other_data_leave_the_old_validation_file(tmp_path: Path) -> None:
    """A validation file belongs to the data that it was named with."""
    backend = ScriptedBackend()
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for file in files:
        file.write_text("text", encoding="utf-8")
    config = make_config({"data_file": str(files[0]), "val_file": str(files[0])})
    async with open_studio(tmp_path / "home", backend, config=config) as studio:
        for file, expected in zip(files, (str(files[0]), ""), strict=True):
            await studio.press("n")
            studio.app.screen.query_one("#data_file", Input).value = str(file)
            await studio.press("enter")
            count = files.index(file) + 1
            await studio.until(partial(has_begun, backend, count), "the start")
            request = backend.requests[-1]
            assert isinstance(request, StartRequest)
            assert (request.config.data_file, request.config.val_file) == (str(file), expected)


async def test_every_size_holds(tmp_path: Path) -> None:
    """What fits is shown at each size, with ASCII alone where that is asked for."""
    async with open_studio(tmp_path, size=(20, 5), ascii_only=True, config=CLASSIFIER) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.classes.measured, "an evaluation")
        await studio.press("g")
        await studio.type("a list")
        await studio.press("enter", "v")
        for columns, rows, panels in (
            (120, 40, 6), (80, 24, 1), (200, 60, 7), (40, 10, 1), (39, 10, 0), (100, 28, 6),
        ):  # fmt: skip
            await studio.pilot.resize_terminal(columns, rows)
            await studio.pilot.pause()
            assert len(seen(studio)) == panels, (columns, rows)
            for key in ("4", "m", "m", "m", "m", "6"):
                await studio.press(key)
                assert screen_text(studio).isascii()


async def test_a_run_beside_a_classifier_on_show(tmp_path: Path) -> None:
    """A stored classifier is not asked while another run is still training, and says so."""
    backend = ScriptedBackend()
    async with open_studio(stored(tmp_path), backend) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step > 2, "steps")
        studio.desk.live.run = 3
        await listed(studio)
        rows = studio.dashboard.query_one(RunsPanel).query_one(RowList)
        rows.select("1")
        await studio.press("enter")
        await studio.until(lambda: studio.desk.shown.task == "classify", "the classifier")
        await studio.press("g")
        await studio.type("a list")
        await studio.press("enter")
        await studio.until(lambda: "run is still training" in screen_text(studio), "the hint")
        assert backend.classified == []


async def test_a_hostile_file_name_stays_text(tmp_path: Path) -> None:
    """The hint shows a path that would write to the clipboard with its control characters seen."""
    config = make_config({"data_file": "/tmp/\x1b]52;c;aGk=\x07\u202e.txt"})
    async with open_studio(tmp_path, config=config) as studio:
        shown = screen_text(studio)
        assert "52;c;aGk=" in shown
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)


async def test_a_mistake_is_asked_about_as_it_is(tmp_path: Path) -> None:
    """Line ends and blanks are tokens, so the console asks about the very text of the list."""
    backend = ScriptedBackend()
    text = "two  lines\nof a text\n"
    async with open_studio(tmp_path, backend, config=CLASSIFIER) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.classes.measured, "an evaluation")
        studio.dashboard.query_one(ClassifyPanel).take_text(text)
        await studio.until(lambda: studio.desk.live.classes.answer, "an answer")
        answer = studio.desk.live.classes.answer
        assert answer is not None
        assert answer.text == text


def test_closing_lines_tell_the_accuracy() -> None:
    """The last lines of a classification run name the accuracy of its best model."""
    history = History()
    history.fold(classifier_started())
    history.fold(class_evaluated(90, 0.823, best=0.823))
    assert history.best_val_loss is not None
    loss = f"{history.best_val_loss:.4f}"
    assert closing_lines(history, workspace=None)[1] == (
        f"best model's validation accuracy 82.30 % (step 90), lowest loss {loss} nats"
    )
