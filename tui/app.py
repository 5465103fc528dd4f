"""The dashboard's application: it opens the screen, and leaves the terminal as it was."""

import contextlib
import gc
import math
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.command import CommandPalette, Provider
from textual.constants import DEFAULT_THEME
from textual.driver import Driver

from core.config import Config
from core.errors import InputError, RnnStudioError
from core.language import joined, tr
from core.settings import unknown_name
from tui.ascii_text import as_ascii
from tui.compositor import Shown
from tui.driver import driver_class
from tui.key_order import KeyOrder
from tui.keymap import Keymap
from tui.legible import legible_texts
from tui.link import Link
from tui.notices import Notices
from tui.screens.opening import Opening
from tui.screens.prompt import CROWDED_S
from tui.signals import SignalGuard
from tui.tasks import Corpora
from tui.terminal_kind import lacks_utf8, refuse_dumb_terminal
from workspace.paths import Workspace
from workspace.preferences import Preferences
from workspace.screen_state import ScreenState, load_screen_state, save_screen_state

if TYPE_CHECKING:
    from tui.backend import Backend
    from tui.desk import Desk
    from tui.lessons.tour import Tour
    from tui.screens.dashboard import Dashboard


LOOK_S = 0.25
"""How often it is seen whether a signal came; what it asks of the training is done at once."""


def commands() -> type[Provider]:
    """Return what the palette finds, imported when it is opened first."""
    from tui.palette import StudioCommands

    return StudioCommands


class StudioApp(App[None]):
    """Hold the screen: an outline at first, then the dashboard, on which all happens."""

    TITLE = "rnnstudio"
    CSS_PATH = "studio.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {commands}
    ENABLE_COMMAND_PALETTE = True
    NOTIFICATION_TIMEOUT: ClassVar[float] = 4.0

    def __init__(
        self,
        open_desk: Callable[[], "Desk"],
        config: Config,
        *,
        name: str | None = None,
        keymap: Keymap | None = None,
        theme: str = "",
        left: ScreenState | None = None,
        opens_last: bool = False,
        ascii_only: bool = False,
        corpora: Callable[[], Corpora] = dict,
        tour: "Tour | None" = None,
        guard: SignalGuard | None = None,
        driver: type[Driver] | None = None,
        link: Link | None = None,
    ) -> None:
        """Make the application.

        Args:
            open_desk: Opens the way to the engine, once the first frame is on screen.
            config: The settings that the first start takes.
            name: The name of the first run; made if None.
            keymap: The keys in force; the defaults if None.
            theme: The colour theme; that of the last time if empty.
            left: The screen as it was left the last time.
            opens_last: Whether to show the last run, where there is one.
            ascii_only: Whether to draw with ASCII alone.
            corpora: Tells the names of the texts at hand, by task.
            tour: The lessons to go through; none if None.
            guard: Where signals are looked for; none are if None.
            driver: The terminal driver; Textual's choice if None.
            link: Tells how fast the terminal takes what is drawn; never asked for more if None.

        Raises:
            InputError: There is no such theme.
        """
        super().__init__(driver_class=driver)
        self._notifications = Notices()
        self.link = link or Link()
        """How fast the terminal takes what is drawn."""
        self.shown = Shown(lambda: self.link.room)
        """What the terminal shows."""
        self._keymap_in_force = keymap or Keymap()
        self.key_order = KeyOrder(self, super().on_event)
        """The keys that came, and whether one is on its way still."""
        self._guard = guard
        if theme and theme not in self.available_themes:
            known = list(self.available_themes)
            wrong = unknown_name(theme, known, tr("theme in config.toml"))
            raise InputError(
                tr("{problem}; there are {themes}", problem=wrong, themes=joined(known))
            )
        self._left = left or ScreenState()
        self._opens_last = opens_last
        left_theme = self._left.theme if self._left.theme in self.available_themes else ""
        self._theme_at_start = theme or left_theme
        self.set_class(ascii_only, "-ascii")
        self._open_desk = open_desk
        self._config = config
        self._name_of_first = name
        self._corpora = corpora
        self._tour = tour
        self._resized_at = -math.inf
        self.desk: Desk | None = None
        """The way to the engine; None before the dashboard is open."""
        self.dashboard: Dashboard | None = None
        """What lies under every dialog; None before it is open."""

    def get_default_screen(self) -> Opening:
        """Return the first frame."""
        ascii_only = self.has_class("-ascii")
        keymap = self._keymap_in_force
        return Opening(self._config.task, keymap, ascii_only=ascii_only, tour=self._tour)

    async def on_ready(self) -> None:
        """Put the dashboard in the place of the first frame, which is on screen now."""
        # Imported here, since loading all this would delay the first frame.
        from tui.look import Look
        from tui.screens.dashboard import Dashboard

        corpora = self._corpora()
        self.desk = self._open_desk()
        self.dashboard = Dashboard(
            self.desk,
            self._config,
            self._keymap_in_force,
            Look.of(ascii_only=self.has_class("-ascii")),
            name=self._name_of_first,
            corpora=corpora,
            tour=self._tour,
            left=self._left,
            opens_last=self._opens_last,
        )
        await self.push_screen(self.dashboard)

    async def on_dashboard_completed(self) -> None:
        """Deliver the keys that were typed before every panel was there."""
        await self.key_order.let_go()

    def get_css_variables(self) -> dict[str, str]:
        """Return the colours of the theme, those of texts legible."""
        variables = super().get_css_variables()
        # In place, since Textual (8.2) keeps the same ones for texts with a style.
        variables.update(legible_texts(variables))
        return variables

    def state_to_keep(self) -> ScreenState:
        """Return the screen as it is left."""
        if self.dashboard is None:
            return self._left
        return self.dashboard.state_to_keep("" if self.theme == DEFAULT_THEME else self.theme)

    def on_mount(self) -> None:
        """Take the user's keys and theme."""
        self.set_keymap(self._keymap_in_force.changes)
        # Textual thinks that the terminal still shows what it did before the shell had it.
        self.app_resume_signal.subscribe(self, lambda _: self._draw_all())
        if self._theme_at_start:
            self.theme = self._theme_at_start
        if self._guard is not None:
            self.set_interval(LOOK_S, self._look_for_signal)

    def _draw_all(self) -> None:
        """Draw the whole screen on a terminal that may show anything."""
        self.shown.forget()
        self.screen.refresh()

    async def on_event(self, event: events.Event) -> None:
        """Take keys in order, also where several come at once; clicks once all panels are there."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.key_order.take(event)
        elif not (isinstance(event, events.MouseEvent) and self.key_order.held):
            await super().on_event(event)

    def _check_resize(self) -> None:
        """Tell the screens of a new size; but seldom while keys wait, as it is drawn then."""
        if self.key_order.is_crowded and time.monotonic() - self._resized_at < CROWDED_S:
            self._resize_timer = self.set_timer(CROWDED_S, self._check_resize)
            return
        super()._check_resize()
        self._resized_at = time.monotonic()

    def action_help_quit(self) -> None:
        """Ask as `q` does; where that question is open, take its careful answer."""
        from tui.screens.choice import ChoiceDialog
        from tui.screens.dialog import Dialog

        top = self.screen
        if isinstance(top, ChoiceDialog) and top.on_interrupt:
            top.dismiss(top.on_interrupt)
            return
        if isinstance(top, Dialog):
            top.dismiss(None)
        if self.dashboard is not None:
            self.dashboard.action_quit_studio()

    def action_command_palette(self) -> None:
        """Open the palette, which Textual would describe in English."""
        from tui.screens.once import Palette

        if not isinstance(self.screen, CommandPalette):
            asked = tr("Search for commands…")
            placeholder = as_ascii(asked) if self.has_class("-ascii") else asked
            self.push_screen(Palette(placeholder=placeholder, id="--command-palette"))

    async def action_quit(self) -> None:
        """Ask as `q` does, also for the key that Textual has for it."""
        self.action_help_quit()

    def _look_for_signal(self) -> None:
        if self._guard is None or not self._guard.signal:
            return
        if self.dashboard is not None:
            self.dashboard.leave(save=True)
        else:
            self.exit()


def run_dashboard(
    config: Config,
    workspace: Workspace,
    *,
    name: str | None = None,
    preferences: Preferences | None = None,
    ascii_only: bool = False,
    backend: "Backend | None" = None,
    tour: "Tour | None" = None,
    opens_last: bool = False,
) -> int:
    """Open the dashboard and return the exit code once it is closed.

    Args:
        config: The settings that the first start takes.
        workspace: Where runs are kept.
        name: The name of the first run; made if None.
        preferences: The user's keys and theme.
        ascii_only: Whether to draw with ASCII alone.
        backend: What trains and samples; the real one if None.
        tour: The lessons to go through; none if None.
        opens_last: Whether to show the last run, where there is one.

    Raises:
        InputError: There is no terminal, or the preferences make no sense.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(tr("the dashboard needs a terminal; without one use `rnnstudio train`"))
    refuse_dumb_terminal(os.environ)
    preferences = preferences or Preferences()
    link = Link()
    keymap = Keymap(preferences.keys)

    def ask_to_end() -> None:
        if app.desk is not None:
            app.desk.engine.ask_to_end(by_signal=True)

    def is_training() -> bool:
        return app.desk is not None and app.desk.engine.training

    guard = SignalGuard(ask_to_end, is_training)
    app = StudioApp(
        partial(_open_desk, workspace, backend),
        config,
        name=name,
        keymap=keymap,
        theme=preferences.theme,
        left=load_screen_state(workspace.screen_path),
        opens_last=opens_last,
        ascii_only=ascii_only or lacks_utf8(os.environ),
        corpora=partial(_ready_corpora, workspace),
        tour=tour,
        guard=guard,
        driver=driver_class(link),
        link=link,
    )
    guard.install()
    exit_code = _run(app, guard, workspace)
    guard.disarm()
    return exit_code


def _open_desk(workspace: Workspace, backend: "Backend | None") -> "Desk":
    """Open the way to the engine, the last of what is loaded behind the first frame."""
    from tui.backend import StudioBackend
    from tui.desk import Desk
    from workspace.runs import RunStore

    # All modules are there now, and live for good: no garbage is looked for among them. What
    # dialogs leave behind is much: looked for often, it holds up a key for a short time only.
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], 3)
    gc.enable()
    return Desk(backend or StudioBackend(workspace), RunStore(workspace))


def _ready_corpora(workspace: Workspace) -> Corpora:
    from tui.ready_corpora import ready_corpora

    return ready_corpora(workspace)


def _run(app: StudioApp, guard: SignalGuard, workspace: Workspace) -> int:
    """Run the application and the engine to their end, and return the exit code."""
    try:
        app.run()
    finally:
        desk = app.desk
        ended = desk is None or desk.engine.close()
    exit_code = guard.exit_code or app.return_code or 0
    if desk is not None:
        desk.pump()
        save_screen_state(workspace.screen_path, app.state_to_keep())
        _print_closing(desk, workspace)
        desk.store.close()
    if not ended:
        # A thread inside torch aborts the interpreter when that ends in order.
        os._exit(exit_code)
    return exit_code


def _print_closing(desk: "Desk", workspace: Workspace) -> None:
    """Print the last state; a terminal that has hung up cannot take it."""
    from tui.closing import closing_lines, experiment_lines

    named = None if Workspace.open().root == workspace.root else workspace.root
    with contextlib.suppress(OSError):
        lines = closing_lines(desk.live, workspace=named)
        with contextlib.suppress(RnnStudioError):
            lines += experiment_lines(desk.laboratory, workspace=named)
        for line in lines:
            print(line)  # noqa: T201  the terminal is a plain one again
        sys.stdout.flush()
        if desk.engine.crash:
            sys.stderr.write(desk.engine.crash)
            sys.stderr.flush()
