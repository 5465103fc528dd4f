"""What the dashboard does for the palette beside its commands: files, settings, runs by name."""

from collections.abc import Callable, Sequence
from pathlib import Path

from core.errors import RnnStudioError
from core.language import tr
from tui.intents import OpenRun
from tui.picture import picture_of
from tui.safe_text import displayable
from tui.screens.learning import LearningScreen
from tui.writing_out import WriteOut
from workspace.checkpoints import lineage_of
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
        self._save(lambda: self.app.save_screenshot(path=str(Path.cwd())))

    def save_panel(self) -> None:
        """Write what the focused panel shows as SVG, named after it, the run and its step."""
        panel, history = self.panel(self.current), self.desk.shown

        def write() -> str:
            of_run = f"run-{history.run}-step-{history.step}-" if history.run is not None else ""
            path = Path.cwd() / f"{of_run}{panel.id}.svg"
            title = displayable(
                f"{panel.heading} ({history.name})" if history.name else panel.heading
            )
            strips = self._compositor.render_strips()
            path.write_text(picture_of(strips, panel.region, title), encoding="utf-8")
            return str(path)

        self._save(write)

    def _save(self, write: Callable[[], str]) -> None:
        """Write a picture once the palette is gone from the screen, and tell where it is."""

        def save() -> None:
            try:
                path = write()
            except OSError as error:
                self.tell(str(error), error=True)
            else:
                self.tell(tr("written: {path}", path=path))

        self.call_after_refresh(save)

    def copy_checkpoint(self) -> None:
        """Copy the path of the checkpoint that the run on show is resumed from."""
        run, store = self.desk.shown.run, self.desk.store
        if run is None:
            self.tell(tr("there is no run on show"))
            return
        try:
            saved, lineage = store.checkpoints(run), lineage_of(store, run)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        if not saved:
            self.tell(tr("no checkpoint yet"))
            return
        newest = min(saved, key=lambda one: lineage.rank(one.path))
        self.app.copy_to_clipboard(str(newest.path))
        self.tell(tr("copied: {path}", path=newest.path))

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
