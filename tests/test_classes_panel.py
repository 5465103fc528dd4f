"""Panel 4 of a classifier: matrix, mistakes and gradients, by keys and without colour."""

from textual.app import App, ComposeResult

from class_cases import classes_measured, classified_run, classifier_started, many_classes, mistake
from core.events import Event
from event_cases import steps
from tui.commands import COMMANDS
from tui.history import History
from tui.intents import ExplainText
from tui.panels.classes import ClassesPanel
from tui.screens.mistake import MistakeDialog
from tui.widgets.heat_map import HeatMap
from tui.widgets.meter import Meters
from tui.widgets.row_list import RowList


class PanelApp(App[None]):
    """Show the panel alone, and remember what it asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.explained: list[str] = []

    def compose(self) -> ComposeResult:
        """Put the panel on the screen."""
        yield ClassesPanel()

    def on_explain_text(self, message: ExplainText) -> None:
        """Remember the text."""
        self.explained.append(message.text)


def text_of(panel: ClassesPanel) -> str:
    """Return titles and the view that can be seen as text."""
    view = next(v for v in panel.query("HeatMap, RowList, GradientView") if v.display)
    rows = [view.render_line(row).text for row in range(view.size.height)]
    return "\n".join([str(panel.border_title), *rows, str(panel.border_subtitle)])


def after(*events: Event) -> History:
    """Return the history of a classification run after some events."""
    history = History()
    for event in (classifier_started(), *events):
        history.fold(event)
    return history


async def test_the_views_are_turned_through() -> None:
    """Matrix, mistakes and gradients follow each other; the title says which one it is."""
    app = PanelApp()
    async with app.run_test(size=(50, 13)) as pilot:
        panel = app.query_one(ClassesPanel)
        panel.focus()
        panel.show(classified_run())
        await pilot.pause()
        text = text_of(panel)
        assert r"4 Classes ─ \[matrix] mistakes gradients" in text
        assert "negative" in text
        assert "60" in text
        assert "step 600" in text
        await pilot.press("right")
        text = text_of(panel)
        assert r"matrix \[mistakes] gradients" in text
        assert "91% neutral →positive the film number 0" in text
        assert "12 worst at step 600" in text
        await pilot.press("m")
        assert "total" in text_of(panel)
        assert "‖g‖ 0.800 · clipped 0%" in text_of(panel)
        await pilot.press("right")
        assert "update/w" in text_of(panel)
        await pilot.press("left", "left")
        assert panel.view == "mistakes"


async def test_before_an_evaluation_the_panel_says_so() -> None:
    """There is no empty panel, and an evaluation without mistakes is told from none."""
    app = PanelApp()
    async with app.run_test(size=(50, 13)) as pilot:
        panel = app.query_one(ClassesPanel)
        panel.focus()
        await pilot.pause()
        assert "measured at each evaluation" in text_of(panel)
        panel.show(after(classes_measured(5)))
        await pilot.press("enter")
        assert "no mistakes" in text_of(panel)
        await pilot.press("v", "enter", "down")


async def test_a_mistake_is_read_in_full_and_explained() -> None:
    """Enter shows the whole text, the arrows the next one, `w` hands it to the console."""
    app = PanelApp()
    long = "word " * 60 + "[/] \x1b[2J end"
    async with app.run_test(size=(80, 24)) as pilot:
        panel = app.query_one(ClassesPanel)
        panel.focus()
        panel.show(after(classes_measured(5, mistakes=[mistake("first"), mistake(long)])))
        await pilot.press("enter")
        assert panel.view == "mistakes"
        dialog = app.screen
        assert isinstance(dialog, MistakeDialog)
        await pilot.press("down", "down")
        shown = "\n".join(strip.text for strip in dialog._compositor.render_strips())
        assert "␛[2J end" in shown
        assert "neutral → positive  91.3% sure" in shown
        assert "2 of 2" in shown
        await pilot.press("v")
        await pilot.pause()
        assert app.explained == [long]
        await pilot.press("v")
        await pilot.pause()
        assert app.explained == [long, "first"]


async def test_many_classes_are_scrolled_through() -> None:
    """With more classes than rows the lower edge says how many, and j moves on to others."""
    app = PanelApp()
    async with app.run_test(size=(50, 13)) as pilot:
        panel = app.query_one(ClassesPanel)
        panel.focus()
        panel.show(after(classes_measured(5, *many_classes(57))))
        await pilot.pause()
        assert "10 of 57 classes, most confused first" in text_of(panel)
        assert "57 class n" in text_of(panel)
        await pilot.press("j", "j")
        assert "57 class n" not in text_of(panel)
        await pilot.press("k", "k", "k")
        assert "57 class n" in text_of(panel)


async def test_every_key_has_its_action_at_any_size() -> None:
    """No key of the scope is dead, nor breaks a panel of a few cells."""
    for command in COMMANDS:
        if command.scope == "classes":
            assert hasattr(ClassesPanel(), "action_" + command.action.partition("(")[0])
    for size in ((3, 3), (20, 5), (50, 13)):
        app = PanelApp()
        async with app.run_test(size=size) as pilot:
            panel = app.query_one(ClassesPanel)
            panel.focus()
            panel.show(classified_run(100))
            for _ in range(4):
                await pilot.press("j", "k", "right")
            assert panel.query_one(HeatMap).display
            assert panel.query(Meters)
            assert panel.query(RowList)


async def test_new_evaluations_keep_the_cursor() -> None:
    """While somebody walks the mistakes, an evaluation changes the rows, not the place."""
    app = PanelApp()
    async with app.run_test(size=(60, 13)) as pilot:
        panel, history = app.query_one(ClassesPanel), classified_run(100)
        panel.focus()
        panel.show(history)
        await pilot.press("right", "down", "down")
        history.fold(steps(101, [1.0], accuracy=0.5))
        history.fold(classes_measured(101, mistakes=[mistake(f"text {n}") for n in range(9)]))
        panel.show(history)
        assert panel.query_one(RowList).selected == "2"
        assert "text 2" in text_of(panel)
