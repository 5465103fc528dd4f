"""What the tests of the screen share: an open dashboard over a scripted backend."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from core.config import Config, make_config
from scripted_backend import ScriptedBackend
from tui.app import StudioApp
from tui.backend import Backend
from tui.desk import Desk
from tui.keymap import Keymap
from tui.lessons.tour import Tour
from tui.panels.panel import Panel
from tui.screens.dashboard import Dashboard
from tui.tasks import Corpora
from workspace.paths import Workspace
from workspace.runs import RunStore
from workspace.screen_state import ScreenState

CORPORA: Corpora = {
    "language": ("python-reference", "brackets"),
    "classify": ("python-topics", "lookup"),
}


class Studio:
    """Hold an open dashboard and what drives it."""

    def __init__(self, app: StudioApp, desk: Desk, pilot: Pilot[None]) -> None:
        self.app = app
        self.desk = desk
        self.pilot = pilot

    @property
    def dashboard(self) -> Dashboard:
        """The dashboard below all dialogs."""
        assert self.app.dashboard is not None
        return self.app.dashboard

    @property
    def dialogs(self) -> int:
        """How many screens lie on the dashboard."""
        stack = self.app.screen_stack
        return len(stack) - 1 - stack.index(self.dashboard)

    async def open(self) -> None:
        """Wait until all panels are there."""
        await self.until(lambda: self.desk.engine._thread.ident, "all panels are there")
        await self.pilot.pause()

    def panel(self, number: int) -> Panel:
        """Return a panel by its number."""
        return next(p for p in self.dashboard.query(Panel) if p.number == number)

    async def press(self, *keys: str) -> None:
        """Press keys and let the screen settle."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text, key by key."""
        await self.press(*("space" if c == " " else c for c in text))

    async def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait until something holds."""
        limit = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < limit, f"did not happen: {what}"
            await self.pilot.pause(0.02)

    def messages(self) -> str:
        """Return what the notifications say."""
        return "\n".join(str(note.message) for note in self.app._notifications)


@asynccontextmanager
async def open_studio(
    root: Path,
    backend: Backend | None = None,
    *,
    size: tuple[int, int] = (120, 40),
    keys: dict[str, str] | None = None,
    ascii_only: bool = False,
    config: Config | None = None,
    corpora: Corpora = CORPORA,
    tour: Tour | None = None,
    left: ScreenState | None = None,
    opens_last: bool = False,
) -> AsyncIterator[Studio]:
    """Open a dashboard, and end its engine at the end."""
    store = RunStore(Workspace(root))
    desk = Desk(backend or ScriptedBackend(), store)
    app = StudioApp(
        lambda: desk,
        config or make_config(),
        keymap=Keymap(keys),
        ascii_only=ascii_only,
        corpora=lambda: corpora,
        tour=tour,
        left=left,
        opens_last=opens_last,
    )
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            studio = Studio(app, desk, pilot)
            await studio.open()
            yield studio
    finally:
        assert desk.engine.close()
        store.close()
