"""What the dashboard does for the palette beside its commands: files, settings and runs by name."""

from collections.abc import Sequence
from pathlib import Path

from core.errors import RnnStudioError
from core.language import tr
from tui.intents import OpenRun
from tui.screens.learning import LearningScreen
from tui.writing_out import WriteOut
from workspace.records import Run


class PaletteRequestsScreen(LearningScreen):
    """Serve the wishes of the palette; the base of the dashboard."""

    def write_out(self, write: WriteOut) -> None:
        """Write something about the run on show on a thread of its own, and tell where it is."""
        run, workspace = self.desk.shown.run, self.desk.store.workspace
        if run is None:
            self.tell(tr("there is no run on show"))
            return

        def work() -> None:
            try:
                path = write(workspace, run)
            except (RnnStudioError, OSError) as error:
                self.app.call_from_thread(self.tell, str(error), error=True)
            else:
                self.app.call_from_thread(self.tell, tr("written: {path}", path=path))

        self.tell(tr("writing it"))
        self.run_worker(work, thread=True, exit_on_error=False)

    def save_picture(self) -> None:
        """Write what the screen shows as SVG, once the palette is gone from it."""

        def save() -> None:
            try:
                path = self.app.save_screenshot(path=str(Path.cwd()))
            except OSError as error:
                self.tell(str(error), error=True)
            else:
                self.tell(tr("written: {path}", path=path))

        self.call_after_refresh(save)

    def edit_setting(self, name: str) -> None:
        """Go to a setting in Params and edit it."""
        self.focus_panel(1)
        self.params.edit_setting(name)

    def open_run(self, run: int) -> None:
        """Show a run in the panels."""
        self.post_message(OpenRun(run))

    def known_runs(self) -> Sequence[Run]:
        """Return the runs in the workspace, or none where it cannot be read."""
        try:
            return self.desk.store.list_runs()
        except RnnStudioError:
            return []

    def choose_theme(self, theme: str) -> None:
        """Take a colour theme."""
        self.app.theme = theme
