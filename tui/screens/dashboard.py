"""The dashboard: its panels, what has the focus, and what fits the terminal."""

import time
from collections.abc import Collection, Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from core.config import Config
from core.events import Event, StepsDone, TextClassified, TextInspected, TextSampled
from core.language import tr
from tui.closing import can_go_on
from tui.commands import Command, bindings_of
from tui.desk import Desk
from tui.history import History
from tui.intents import LabelsChanged
from tui.keymap import Keymap
from tui.lessons.box import LessonBox
from tui.lessons.tour import Tour
from tui.link import Link
from tui.look import Look
from tui.panels.classes import ClassesPanel
from tui.panels.classify import ClassifyPanel
from tui.panels.console import ConsolePanel
from tui.panels.curves import AccuracyPanel, LossPanel, PerplexityPanel
from tui.panels.doctor import DoctorPanel
from tui.panels.experiments import ExperimentsPanel
from tui.panels.gates import GatesPanel
from tui.panels.gradients import GradientsPanel
from tui.panels.microscope import MicroscopePanel
from tui.panels.params import ParamsPanel
from tui.panels.rates import RatesBox
from tui.panels.runs import RunsPanel
from tui.panels.status import MiniLine, StatusBar
from tui.panels.through_time import ThroughTimePanel
from tui.safe_text import displayable
from tui.screens.explaining import ExplanationDialog
from tui.screens.help import HelpDialog
from tui.screens.palette_requests import PaletteRequestsScreen
from tui.tasks import Corpora, Task, task_of
from tui.turns import Part, Turns
from tui.widgets.key_line import KeyLine, labels_at_rest
from workspace.screen_state import ScreenState

PUMP_S = 1 / 10
"""How often events are taken in."""

SHOW_S = 0.2
"""How often news is drawn before its turn at most; more would make the keys feel slow."""

BEHIND_S = 1.0
"""How often the dashboard is drawn below a dialog: there it costs several times as much."""

COMMON = StepsDone | TextSampled | TextInspected | TextClassified
"""Events that come many times a second; what they change is drawn in turn."""

RUNS_S = 3.0
"""How often the list of runs is read, for what other processes do."""


class Dashboard(PaletteRequestsScreen):
    """Show the panels and keep them up to date."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("everywhere")]

    class Completed(Message):
        """Say that every panel is there, so that any key can be answered."""

    def __init__(
        self,
        desk: Desk,
        config: Config,
        keymap: Keymap,
        look: Look,
        *,
        name: str | None = None,
        corpora: Corpora | None = None,
        tour: Tour | None = None,
        left: ScreenState | None = None,
        opens_last: bool = False,
    ) -> None:
        """Make the dashboard.

        Args:
            desk: The way to the engine and to what it told.
            config: The settings that the first start takes.
            keymap: The keys in force.
            look: What to draw with.
            name: The name of the first run; made if None.
            corpora: Names of the texts at hand, by task.
            tour: The lessons to go through; none if None.
            left: The screen as it was left the last time.
            opens_last: Whether to show the last run, where there is one.
        """
        super().__init__()
        self.desk = desk
        self.keymap = keymap
        self.name_of_first = name
        self.corpora = corpora or {}
        self.tour = tour
        self._config = config
        self._left = left or ScreenState()
        self._opens_last = opens_last
        desk.prepare_for(config.task)
        self.task_on_show = desk.shown.task
        self.look = look
        self._turns = Turns()
        self._shown: History | None = None
        self._shown_at = 0.0
        self._has_news = False
        self._undrawn: set[type[Event]] = set()
        self.places = self._panels_by_place()

    def _panels_by_place(self) -> dict[str, list[Widget]]:
        """Make what stands in each box, by its name and in order."""
        signs, glyphs = self.look.signs, self.look.glyphs
        return {
            "left": [
                ParamsPanel(self._config, signs=signs, keymap=self.keymap, corpora=self.corpora),
                GradientsPanel(glyphs=glyphs),
                ClassesPanel(signs=signs, glyphs=glyphs),
                RunsPanel(signs=signs),
            ],
            "charts": [LossPanel(glyphs=glyphs)],
            "lower": [
                PerplexityPanel(glyphs=glyphs),
                AccuracyPanel(glyphs=glyphs),
                RatesBox(glyphs=glyphs),
            ],
            "right": [
                ConsolePanel(
                    signs=signs,
                    prompt=self._left.prompt,
                    decoding=self._left.decoding,
                    hint=self._hint("language"),
                ),
                ClassifyPanel(signs=signs, glyphs=glyphs, hint=self._hint("classify")),
                ThroughTimePanel(glyphs=glyphs),
                GatesPanel(glyphs=glyphs),
                MicroscopePanel(signs=signs, glyphs=glyphs),
                DoctorPanel(signs=signs, glyphs=glyphs),
                ExperimentsPanel(self.desk.laboratory, self.keymap, signs=signs, glyphs=glyphs),
            ],
        }

    def state_to_keep(self, theme: str) -> ScreenState:
        """Return the screen as it is left.

        Args:
            theme: Name of the colour theme; empty for the usual one.
        """
        console = next(w for w in self.places["right"] if isinstance(w, ConsolePanel))
        return ScreenState(
            theme=theme,
            prompt=console.prompt,
            sampling=ScreenState.sampling_of(console.decoding),
            run=self.desk.shown.run,
            newest_run=self.newest_run,
        )

    def above(self) -> Iterator[Widget]:
        """Yield the line of the run's state."""
        yield StatusBar(glyphs=self.look.glyphs, id="status")

    def below(self) -> Iterator[Widget]:
        """Yield the line of figures, the keys, and the lesson of a tour."""
        signs, glyphs = self.look
        yield MiniLine(glyphs=glyphs, id="mini")
        yield KeyLine(self.keymap, ascii_only=glyphs.ascii_only)
        if self.tour is not None:
            yield LessonBox(self.tour, self.keymap, signs=signs, glyphs=glyphs)
        yield Static(id="too-small", markup=False)

    def on_mount(self) -> None:
        """Take the keys, and load torch once the first frame is on screen."""
        self.rearrange()
        self.focus_panel(self.first_number())
        self.call_after_refresh(self._begin_work)

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        """Do what a clicked key does."""
        self.run_worker(self.run_command(message.command))

    async def run_command(self, command: Command) -> None:
        """Do what a command's key does, on the panel of its scope."""
        if command.scope == "everywhere":
            await self.app.run_action(command.action, default_namespace=self)
            return
        if self.panel(self.current).scope != command.scope:
            panels = [p for p in self.present_panels() if p.scope == command.scope]
            if not panels:
                return
            self.focus_panel(panels[0].number)
        await self.app.run_action(command.action, default_namespace=self.panel(self.current))

    def offers(self, command: Command) -> bool:
        """Tell whether a command means anything to what is on show."""
        if command.id.startswith("lesson.") and self.tour is None:
            return False
        if command.task not in (None, self.task_on_show):
            return False
        panels = [panel for panel in self.present_panels() if panel.scope == command.scope]
        return command.scope == "everywhere" or any(panel.offers(command.id) for panel in panels)

    def action_open_prompt(self) -> None:
        """Write in the console: a prompt, or a text to classify."""
        self.focus_panel(6)
        panel = self.panel(6)
        if isinstance(panel, ClassifyPanel):
            panel.edit_text()
        elif isinstance(panel, ConsolePanel):
            panel.edit_prompt()

    def action_command_palette(self) -> None:
        """Find any command by its words."""
        self.app.action_command_palette()

    def action_help(self) -> None:
        """Show every key."""
        self.app.push_screen(HelpDialog(self.keymap, self.panel(self.current).scope))

    def action_explain_panel(self) -> None:
        """Explain what the focused panel shows."""
        panel = self.panel(self.current)
        self.app.push_screen(ExplanationDialog(panel.scope, panel.heading))

    def action_next_theme(self) -> None:
        """Take the next colour theme."""
        names = sorted(self.app.available_themes)
        self.app.theme = names[(names.index(self.app.theme) + 1) % len(names)]
        self.tell(tr("theme {theme}", theme=self.app.theme))

    def action_suspend_process(self) -> None:
        """Go back to the shell."""
        self.app.action_suspend_process()

    def action_back(self) -> None:
        """Leave one thing, the innermost: a field, the zoom, a chosen text, an opened run."""
        panel = self.panel(self.current)
        if panel.go_back():
            return
        if self.zoomed:
            self.action_zoom()
        elif panel.leave():
            self.focus_changed()
        elif self.desk.shown is not self.desk.live:
            self.desk.show_live()
            self.show_all()

    def show_all(self) -> None:
        """Draw the run on show in every panel that can be seen."""
        if not self.desk.training:
            # Before the first run the panels are those of what would be started.
            self.desk.prepare_for(task_of(self.params.draft.values))
        history = self._shown = self.desk.shown
        self._shown_at = time.monotonic()
        self._has_news = False
        self.show_task(history.task)
        self._turns.draw_all(self._parts(), history)

    def _parts(self) -> list[Part]:
        """Return what is drawn at a time: halves, as one wake-up for each panel would cost more."""
        return [self._show_left, self._show_right]

    def _show_left(self, history: History) -> None:
        """Draw the figures, and of the panels those on the left that move."""
        self._show_figures(history)
        for panel in self.seen_panels():
            if panel.moves and panel.place == "left":
                panel.show(history)

    def _show_right(self, history: History) -> None:
        """Draw the charts, or what stands in their place."""
        for panel in self.seen_panels():
            if panel.moves and panel.place != "left":
                panel.show(history)

    def _show_figures(self, history: History) -> None:
        """Draw the lines of figures, and the panels that change now and then only."""
        self.query_one(StatusBar).show(self.desk.live if self.desk.training else history)
        single = self.has_class("-single")
        (self.query_one(MiniLine) if single else self.query_one(RatesBox)).show(history)
        self.params.freeze(frozen=self.desk.shows_other)
        for classify in self.panels_of(ClassifyPanel):
            classify.set_aside(aside=self.desk.shows_other)
        seen = self.seen_panels()
        if not any(isinstance(panel, MicroscopePanel) for panel in seen):
            self.desk.inspect(None)
        for panel in seen:
            if not panel.moves:
                panel.show(history)
        self.focus_changed()

    async def _begin_work(self) -> None:
        await self.complete()
        self.post_message(self.Completed())
        self.set_interval(PUMP_S, self._pump)
        self.set_interval(RUNS_S, self.refresh_runs)
        self.desk.engine.start()
        self.refresh_runs()
        if self._opens_last:
            self.come_back(self._left)

    def _pump(self) -> None:
        events_ = self.desk.pump()
        for event in events_:
            self.announce(event)
            self.follow_lesson(event)
        self.follow_laboratory()
        self.finish_leaving()
        self._has_news |= any(not isinstance(event, COMMON) for event in events_)
        waited_s = time.monotonic() - self._shown_at
        self._undrawn |= {type(event) for event in events_}
        if self.is_active and not self._has_room():
            return
        if self.is_active:
            self._draw_news(self._undrawn, waited_s)
        elif waited_s >= BEHIND_S and self._turns.waiting(self._parts(), self.desk.shown):
            self.show_all()
        self._undrawn.clear()

    def _has_room(self) -> bool:
        """Tell whether the terminal takes news without keeping keys waiting."""
        link: Link | None = getattr(self.app, "link", None)
        return link is None or link.has_room_for_news

    def _draw_news(self, kinds: Collection[type[Event]], waited_s: float) -> None:
        """Draw what has changed since the last time: part by part, but for what is rare."""
        history = self.desk.shown
        if history is not self._shown or history.task != self.task_on_show:
            self.show_all()
            return
        if self._has_news and waited_s >= SHOW_S:
            self._shown_at = time.monotonic()
            self._has_news = False
            self._turns.draw_all([self._show_figures], history)
        if TextSampled in kinds:
            self.query_one(ConsolePanel).show(history)
        elif TextInspected in kinds:
            for panel in self.seen_panels():
                if isinstance(panel, MicroscopePanel | ConsolePanel):
                    panel.show(history)
        elif TextClassified in kinds:
            self.query_one(ClassifyPanel).show(history)
        if not self.is_answering():
            self._turns.draw_next(self._parts(), history)

    def focus_changed(self) -> None:
        """Show the keys of the panel that has them now, with what they would do."""
        staged = len(self.params.draft.staged)
        live = self.desk.live
        known = live.run is not None or self.desk.shown.run is not None
        labels = labels_at_rest(self.task_on_show, compact=self.is_compact())
        if known:
            goes_on = can_go_on(self.desk.shown)
            labels["training.toggle"] = tr("Resume/New") if goes_on else tr("Start new")
        if self.desk.training:
            labels["training.toggle"] = tr("Resume") if live.state == "paused" else tr("Pause")
            if live.pause_reason:
                labels["training.toggle"] = tr("Retry")
        if self.desk.shown is not live:
            back = tr("Back to #{run}", run=live.run) if live.run is not None else tr("Back")
            labels["app.back"] = back
        elif self.zoomed:
            labels["app.back"] = tr("Back")
        panel = self.panel(self.current)
        if isinstance(panel, ExperimentsPanel):
            labels.pop("panel.experiments", None)
        labels |= panel.labels()
        if staged:
            labels["params.apply"] = tr("Apply({count})", count=staged)
        typing = isinstance(self.focused, Input)
        self.query_one(KeyLine).show(panel.scope, labels, task=self.task_on_show, typing=typing)

    def on_labels_changed(self, message: LabelsChanged) -> None:
        """Name the keys anew."""
        message.stop()
        self.focus_changed()

    def _hint(self, task: Task) -> str:
        """Say what to do before there is a run of a task."""
        start, write, explain = (
            self.keymap.first_shown(id_) for id_ in ("training.toggle", "generate.open", "app.help")
        )
        # Another task comes with another text, of which nothing is known yet.
        if task == self._config.task:
            data = displayable(self._config.data_file or self._config.corpus)
            starts = tr("{key} starts training on {data}", key=start, data=data)
        else:
            starts = tr("{key} starts training", key=start)
        if task == "classify":
            writes = tr("{key} types a text to classify, once there is a model", key=write)
        else:
            writes = tr("{key} writes a prompt, once there is a model", key=write)
        return "\n".join((starts, writes, tr("{key} shows every key", key=explain)))
