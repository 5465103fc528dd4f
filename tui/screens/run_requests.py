"""What the dashboard does with wishes about stored runs: open, overlay, diff, resume, delete."""

from collections.abc import Mapping
from functools import partial

from core.errors import RnnStudioError
from core.events import RunEnded, RunStarted
from core.language import joined, tr
from core.plan import BOUND_OF, Plan
from core.settings import Value
from tui.desk import Desk
from tui.history import History
from tui.intents import (
    DeleteRun,
    DiffRun,
    EditRun,
    ListCheckpoints,
    OpenRun,
    OverlayRun,
    PinRun,
    ResumeRun,
    StartNewRun,
)
from tui.keymap import Keymap
from tui.look import Look
from tui.names import said
from tui.overlays import Overlay, free_look
from tui.panels.console import ConsolePanel
from tui.panels.panel import Panel
from tui.panels.runs import RunsPanel
from tui.safe_text import displayable
from tui.screens.checkpoints import CheckpointsDialog, ChosenCheckpoint
from tui.screens.choice import Choice, ChoiceDialog
from tui.screens.diff import DiffDialog
from tui.screens.edit_run import EditRunDialog, RunWords
from tui.screens.going_back import way_back_question
from tui.screens.panels import PanelScreen
from tui.way_back import way_back
from workspace.checkpoints import lineage_of, point_of_return
from workspace.records import Run, SavedCheckpoint
from workspace.screen_state import ScreenState


class RunRequestsScreen(PanelScreen):
    """Serve the wishes of the runs panel; the base of the dashboard."""

    desk: Desk
    look: Look
    keymap: Keymap

    def __init__(self) -> None:
        super().__init__()
        self._overlays: dict[int, Overlay] = {}
        self.newest_run: int | None = None
        """The newest run that there is; None where there is none."""
        self.coming_back = False
        """Whether the run of the last time is being opened."""

    def tell(self, message: str, *, error: bool = False) -> None:
        """Say a sentence over the dashboard for a few seconds."""
        self.app.notify(
            self.look.glyphs.text(displayable(message)),
            severity="error" if error else "information",
            timeout=10 if error else 4,
            markup=False,
        )

    def ending_text(self, event: RunEnded) -> str:
        """Say that a run has ended, and how to go on where it was stopped."""
        if event.run is None:
            return tr("the run being prepared was cancelled")
        if event.reason != "stopped" or event.checkpoint is None:
            return tr(
                "run {run} ended at step {step:,}: {reason}",
                run=event.run,
                step=event.step,
                reason=said(event.reason),
            )
        key = self.keymap.first_shown("runs.resume")
        return tr("run {run} is stopped; resume it with {key} in Runs", run=event.run, key=key)

    def refresh_runs(self) -> None:
        """List the runs anew; those of other processes move too."""
        try:
            runs = self.desk.store.list_runs()
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        self.newest_run = runs[0].run if runs else None
        self.query_one(RunsPanel).list_runs(runs, self._overlays)
        shown = self.desk.shown
        for run in runs:
            if run.run == shown.run and shown.state == "elsewhere" and not run.is_live:
                self.on_open_run(OpenRun(run.run))  # it has ended there

    def come_back(self, left: ScreenState) -> None:
        """Show the last run again: the one on show when the program was left, or a newer one."""
        run = self.newest_run
        if left.run is not None and left.newest_run == run:
            run = left.run
        if run is not None:
            self.coming_back = True
            self.run_worker(self._come_back(run), group="open", exclusive=True)

    def on_open_run(self, message: OpenRun) -> None:
        """Show a run in all panels."""
        self.run_worker(self._open(message.run), group="open", exclusive=True)

    def on_overlay_run(self, message: OverlayRun) -> None:
        """Draw a run behind the current one, or no longer."""
        if message.run in self._overlays:
            del self._overlays[message.run]
            self._overlays_changed()
        else:
            self.run_worker(self._overlay(message.run), group="overlay")

    def on_pin_run(self, message: PinRun) -> None:
        """Keep a run on top, or no longer."""
        try:
            run = self.desk.store.find(message.run)
            self.desk.store.set_pinned(run.run, not run.pinned)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
        self.refresh_runs()

    def on_edit_run(self, message: EditRun) -> None:
        """Ask for a run's name, notes and tags."""
        try:
            run = self.desk.store.find(message.run)
            taken = {other.name for other in self.desk.store.list_runs()} - {run.name}
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        self.app.push_screen(EditRunDialog(run, taken), partial(self._words_given, run.run))

    def on_diff_run(self, message: DiffRun) -> None:
        """List the settings in which a run differs from the shown one."""
        shown = self.desk.shown
        try:
            run = self.desk.store.find(message.run)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        right = f"#{shown.run} {shown.name}" if shown.run is not None else tr("now in Params")
        self.app.push_screen(
            DiffDialog(f"#{run.run} {run.name}", run.config, right, self.settings_on_show())
        )

    def settings_on_show(self) -> dict[str, Value]:
        """Return the settings that the params panel shows."""
        raise NotImplementedError

    def resume_changes(self, run: int) -> dict[str, Value]:
        """Return the live settings that the params panel wants to be others in a run."""
        raise NotImplementedError

    def on_resume_run(self, message: ResumeRun) -> None:
        """Go on training a run, after a question where another one is in training."""
        if self.desk.training and message.run == self.desk.live.run:
            self.tell(tr("this run is still training"))
            return
        if self._is_refused(message.run):
            return
        if not self.desk.training:
            self._resume_or_ask(message.run, message.checkpoint)
            return
        dialog = ChoiceDialog(
            tr("Resume run {run}?", run=message.run),
            [Choice("resume", tr("Save and stop the run in training, then resume"), "r"),
             Choice("stay", tr("Cancel"), "c")],
        )  # fmt: skip
        self.app.push_screen(dialog, partial(self._resume_answered, message))

    def on_delete_run(self, message: DeleteRun) -> None:
        """Ask, then delete a run."""
        try:
            run = self.desk.store.find(message.run)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        if run.is_live:
            self.tell(tr("run {run} is still training; stop it first", run=run.run), error=True)
            return
        dialog = ChoiceDialog(
            tr("Delete run {run} {name}?", run=run.run, name=run.name),
            [Choice("keep", tr("Keep it"), "k"),
             Choice("delete", tr("Delete its curves, samples and checkpoints for good"), "D")],
        )  # fmt: skip
        self.app.push_screen(dialog, partial(self._delete_answered, run.run))

    def _is_refused(self, run: int) -> bool:
        """Tell whether a run cannot be resumed, and say why.

        Another process may train it, or its plan may leave nothing to do: that is found here,
        before the run in training is stopped for it.
        """
        try:
            found = self.desk.store.find(run)
            bounds = self._bounds_reached(found)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return True
        if found.is_live:
            message = tr(
                "run {run} is being trained by process {pid} on {host}; stop it there first",
                run=run,
                pid=found.pid,
                host=found.host,
            )
        elif bounds:
            message = tr(
                "run {run} has ended ({reason}): open it, change {settings} in Params, then "
                "{key} in Runs resumes it",
                run=run,
                reason=said(found.status),
                settings=joined(bounds),
                key=self.keymap.first_shown("runs.resume"),
            )
        else:
            return False
        self.tell(message, error=True)
        return True

    def _bounds_reached(self, run: Run) -> list[str]:
        """Return the settings that leave a run nothing to do, with the edits of Params in it."""
        started = self.desk.store.newest(run.run, RunStarted)
        if run.status not in BOUND_OF or started is None:
            return []
        changes = self.resume_changes(run.run)
        ends = Plan.of({**run.config, **changes}).reached(
            step=run.step, elapsed_s=run.elapsed_s, steps_per_epoch=started.steps_per_epoch
        )
        if run.status == "early_stop" and "patience" not in changes:
            ends.append("early_stop")
        return [BOUND_OF[reason] for reason in ends]

    def _resume_answered(self, message: ResumeRun, answer: str | None) -> None:
        if answer == "resume":
            self._resume_or_ask(message.run, message.checkpoint)

    def _resume_or_ask(self, run: int, checkpoint: str | None) -> None:
        """Go on with a run; one that diverged asks how, unless that has been said already."""
        decided = checkpoint is not None or self.resume_changes(run)
        if decided or self.desk.store.find(run).status != "diverged":
            resumed = self._resume(run, checkpoint=checkpoint)
        else:
            resumed = self._ask_way_back_of(run)
        self.run_worker(resumed, group="open", exclusive=True)

    async def _ask_way_back_of(self, run: int) -> None:
        try:
            history = await self.desk.replayed(run)
            self.ask_way_back(history, point_of_return(self.desk.store, run))
        except RnnStudioError as error:
            self.tell(str(error), error=True)

    def _words_given(self, run: int, words: RunWords | None) -> None:
        if words is None:
            return
        try:
            self.desk.store.annotate(run, **words._asdict())
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        for history in (self.desk.live, self.desk.shown):
            if history.run == run:
                history.name = words.name.strip()
        self.refresh_runs()
        self.show_all()

    def _delete_answered(self, run: int, answer: str | None) -> None:
        if answer != "delete":
            return
        try:
            self.desk.store.delete(run)
        except (RnnStudioError, OSError) as error:
            self.tell(str(error), error=True)
        else:
            self.tell(tr("run {run} is deleted", run=run))
            self._forget(run)
        self.refresh_runs()

    def _forget(self, run: int) -> None:
        """Take a deleted run off the panels."""
        if self._overlays.pop(run, None):
            self._overlays_changed()
        if self.desk.shown.run == run:
            self.desk.forget_shown()
            self.show_all()

    async def _come_back(self, run: int) -> None:
        try:
            await self.desk.come_back(run)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
        finally:
            self.coming_back = False
        self.show_all()

    async def _open(self, run: int, until: str | None = None) -> None:
        try:
            await self.desk.open(run, until)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        self.query_one(ConsolePanel).expect(None)
        self.show_all()

    async def _overlay(self, run: int) -> None:
        try:
            history = await self.desk.replayed(run)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        if history.task != self.desk.shown.task:
            self.tell(tr("run {run} learns another task; its curve cannot be compared", run=run))
            return
        self._overlays[run] = Overlay(f"#{run}", history, free_look(self._overlays.values()))
        self._overlays_changed()

    def ask_way_back(self, history: History, point: SavedCheckpoint | None = None) -> None:
        """Ask whether a run that has diverged should go back, or a new one begin.

        Args:
            history: The run.
            point: The checkpoint to go back to; None for the one that was known when it diverged.
        """
        back = way_back(history)
        if back is None or history.run is None:
            return
        if point is not None:
            back = back._replace(step=point.step, path=str(point.path))

        def answered(answer: str | None) -> None:
            if answer == "back" and history.run is not None:
                changes = self.resume_changes(history.run) | back.values
                resumed = self._resume(history.run, changes, back.path)
                self.run_worker(resumed, group="open", exclusive=True)
            elif answer == "new":
                self.post_message(StartNewRun(back.values))

        self.app.push_screen(way_back_question(history, back), answered)

    def on_list_checkpoints(self, message: ListCheckpoints) -> None:
        """List a run's checkpoints, to open or resume one or copy its path."""
        store = self.desk.store
        try:
            run = store.find(message.run)
            lineage = lineage_of(store, run.run)
            saved = store.checkpoints(run.run)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return

        def answered(chosen: ChosenCheckpoint | None) -> None:
            if chosen is not None and chosen.wish == "open":
                opened = self._open(run.run, until=chosen.path)
                self.run_worker(opened, group="open", exclusive=True)
            elif chosen is not None:
                self.on_resume_run(ResumeRun(run.run, chosen.path))

        dialog = CheckpointsDialog(f"#{run.run} {run.name}", saved, lineage)
        self.app.push_screen(dialog, answered)

    async def _resume(
        self, run: int, changes: Mapping[str, Value] | None = None, checkpoint: str | None = None
    ) -> None:
        try:
            changes = self.resume_changes(run) if changes is None else changes
            await self.desk.resume(run, changes, checkpoint)
        except RnnStudioError as error:
            self.tell(str(error), error=True)

    def _overlays_changed(self) -> None:
        for panel in self.query(Panel):
            panel.set_overlays(list(self._overlays.values()))
        self.refresh_runs()
