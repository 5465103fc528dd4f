"""What the dashboard does with wishes about training: start, pause, stop, change, sample, leave."""

import time

from textual.widgets import Input

from core.config import SETTINGS, Config, make_config
from core.decoding import Decoding
from core.errors import RnnStudioError
from core.events import (
    CheckpointSaved,
    Diagnosed,
    Diverged,
    Evaluated,
    Event,
    Noticed,
    Paused,
    Resumed,
    RunEnded,
    RunFailed,
    RunStarted,
    SettingsChanged,
)
from core.language import joined, tr
from core.settings import Value, build, text_of
from tui.closing import can_go_on
from tui.engine import JOIN_S
from tui.history import History
from tui.intents import ChangeSettings, ResumeRun, StageFix, StartNewRun
from tui.panels.console import ConsolePanel
from tui.panels.params import ParamsPanel
from tui.screens.asking import AskingScreen
from tui.screens.choice import Choice, ChoiceDialog
from tui.screens.leaving import leaving_question
from tui.screens.new_run import NewRun, NewRunDialog
from tui.tasks import Corpora, task_of


class SteeringScreen(AskingScreen):
    """Turn keys and intents into commands for the engine; the base of the dashboard."""

    name_of_first: str | None
    corpora: Corpora

    def __init__(self) -> None:
        super().__init__()
        self.leaving_since: float | None = None
        """When leaving began, by the monotonic clock; None before."""
        self._save_asked = False
        self._refused: dict[str, Value] = {}
        """What was asked of a new run that has not begun, so that it need not be typed again."""

    @property
    def is_ending(self) -> bool:
        """Whether something has yet to be saved before the program can end."""
        return self.desk.training

    @property
    def params(self) -> ParamsPanel:
        """The panel that holds the settings for the next start."""
        return self.query_one(ParamsPanel)

    def settings_on_show(self) -> dict[str, Value]:
        """Return the settings that the params panel shows."""
        return dict(self.params.draft.values)

    def resume_changes(self, run: int) -> dict[str, Value]:
        """Return the live edits that a resumed run begins with: those made while it is on show.

        A run that diverged would diverge again, were they to wait for its first step.
        """
        config = self.desk.shown.config if self.desk.shown.run == run else {}
        wanted = {name: self.params.draft.shown(name) for name in config if name in SETTINGS}
        return {
            name: value
            for name, value in wanted.items()
            if SETTINGS[name].about.live and value != config[name]
        }

    def action_toggle_training(self) -> None:
        """Start training, pause it, or resume; ask where a run on show could go on."""
        if self.desk.training:
            self.desk.toggle_pause()
        elif self.coming_back:
            self.tell(tr("one moment: the last run is being opened"))
        elif can_go_on(self.desk.shown):
            self._ask_to_go_on(self.desk.shown)
        else:
            self._begin({})

    def _ask_to_go_on(self, history: History) -> None:
        """Ask whether the run on show goes on, or a new one begins with its settings."""
        run = history.run
        if run is not None and history.reason == "diverged" and not self.resume_changes(run):
            self.post_message(ResumeRun(run))  # which asks how
            return
        dialog = ChoiceDialog(
            tr("Resume run {run} {name} at step {step:,}?",
               run=run, name=history.name, step=history.step),
            [Choice("resume", tr("Resume it from its newest checkpoint"), "r"),
             Choice("new", tr("Start a new run with the settings of Params"), "n"),
             Choice("stay", tr("Cancel"), "c")],
        )  # fmt: skip

        def answered(answer: str | None) -> None:
            if answer == "resume" and run is not None:
                self.post_message(ResumeRun(run, history.opened_at))
            elif answer == "new":
                self._begin({})

        self.app.push_screen(dialog, answered)

    def action_stop_training(self) -> None:
        """Ask how to stop."""
        if not self.desk.training:
            self.tell(tr("nothing is training"))
            return
        dialog = ChoiceDialog(
            tr("Stop {run}?", run=self._live_name()),
            [Choice("save", tr("Finish the step, save a checkpoint and stop"), "s"),
             Choice("now", tr("Stop now without saving"), "n"),
             Choice("stay", tr("Cancel"), "c")],
            on_interrupt="save",
        )  # fmt: skip
        self.app.push_screen(dialog, self._stop_answered)

    def action_save_checkpoint(self) -> None:
        """Save at the next step."""
        if self.desk.training:
            self._save_asked = True
            self.desk.save_checkpoint()
        else:
            self.tell(tr("nothing is training"))

    def action_new_run(self) -> None:
        """Ask how a new run begins."""
        draft = self.params.draft
        dialog = NewRunDialog(
            corpora=self.corpora,
            values={name: draft.shown(name) for name in SETTINGS} | self._refused,
            stops=self._live_name() if self.desk.training else "",
        )
        self.app.push_screen(dialog, self._new_run_answered)

    def action_quit_studio(self) -> None:
        """Leave; ask first while a run is in training."""
        if not self.desk.training:
            self.leave(save=False)
            return
        dialog = leaving_question(self._live_name(), preparing=self.desk.preparing)
        self.app.push_screen(dialog, self._quit_answered)

    def leave(self, *, save: bool) -> None:
        """End the run and, once it has ended, the program."""
        if self.leaving_since is None:
            self.leaving_since = time.monotonic()
            if self.desk.training:
                self.tell(tr("saving and leaving") if save else tr("leaving"))
            self.desk.stop(save=save)

    def finish_leaving(self) -> None:
        """End the program as soon as the engine has ended the run, or waited long enough."""
        if self.leaving_since is None:
            return
        if not self.is_ending or time.monotonic() - self.leaving_since > JOIN_S:
            self.app.exit()

    def choose_preset(self, preset: str) -> None:
        """Stage a preset's settings."""
        self.params.draft.stage_preset(preset)
        self.show_all()

    def on_change_settings(self, message: ChangeSettings) -> None:
        """Put settings in force: at the next step, or for the next start."""
        if not self.desk.training:
            self.params.put_in_force(message.values)
            self.desk.prepare_for(task_of(self.params.draft.values))
            return
        live = {name: v for name, v in message.values.items() if SETTINGS[name].about.live}
        if live:
            self.desk.change(live)
        waiting = {name: v for name, v in message.values.items() if name not in live}
        if waiting:
            self.params.put_back(waiting)

    def on_stage_fix(self, message: StageFix) -> None:
        """Stage the doctor's fix: with the edits of Params, or in the console's sampling."""
        message.stop()
        sampling = {n: v for n, v in message.values.items() if n not in SETTINGS}
        for name, value in message.values.items():
            if name in SETTINGS:
                self.params.draft.stage(name, value)
        if sampling:
            console = self.query_one(ConsolePanel)
            console.decoding = build(Decoding, sampling, console.decoding)
            self.tell(tr("the next sample is drawn with the fix"))
        else:
            self.focus_panel(1)
            staged = joined(f"{n} {text_of(value)}" for n, value in message.values.items())
            if all(SETTINGS[name].about.live for name in message.values):
                key = self.keymap.first_shown("params.apply")
                self.tell(
                    tr("staged in Params: {staged}; {key} applies it", staged=staged, key=key)
                )
            else:
                key = self.keymap.first_shown("params.apply_new")
                self.tell(
                    tr(
                        "staged in Params: {staged}; {key} starts a new run with it",
                        staged=staged,
                        key=key,
                    )
                )
        self.show_all()

    def on_start_new_run(self, message: StartNewRun) -> None:
        """Begin a new run with the staged edits, after a question where one is in training."""
        if not self.desk.training:
            self._begin(message.values)
            return
        changes = joined(f"{name} {text_of(value)}" for name, value in message.values.items())
        dialog = ChoiceDialog(
            tr("Start a new run?"),
            [Choice("begin", tr("Save and stop {run}, then start", run=self._live_name()), "b"),
             Choice("stay", tr("Cancel"), "c")],
            intro=tr("With {changes}.", changes=changes) if changes
            else tr("With the same settings."),
        )  # fmt: skip

        def answered(answer: str | None) -> None:
            if answer == "begin":
                self._begin(message.values)

        self.app.push_screen(dialog, answered)

    def announce(self, event: Event) -> None:
        """Tell the user what an event means, where the panels alone would not."""
        match event:
            case Noticed() | Diagnosed():
                self.tell(event.message)
            case RunStarted():
                self._refused = {}
            case RunFailed():
                self.tell(event.message, error=True)
            case Paused() if event.reason:
                self.tell(event.reason, error=True)
            case Diverged():
                self.tell(event.message, error=True)
            case CheckpointSaved() if self._save_asked:
                self._save_asked = False
                self.tell(tr("checkpoint of step {step:,} is saved", step=event.step))
            case SettingsChanged():
                for change in event.changes:
                    message = tr(
                        "{setting} {new} from step {step:,} on (was {old})",
                        setting=change.name,
                        new=text_of(change.new),
                        old=text_of(change.old),
                        step=event.step + 1,
                    )
                    self.tell(message)
            case RunEnded():
                self.tell(self.ending_text(event))
                self._offer_way_back(event)
            case _:
                pass
        if isinstance(event, RunStarted | RunEnded | Evaluated | Paused | Resumed):
            self.refresh_runs()

    def _offer_way_back(self, ended: RunEnded) -> None:
        """Ask whether a run that has diverged should go back, unless keys would go astray."""
        typing = isinstance(self.focused, Input) or self.app.screen is not self
        if ended.reason != "diverged" or typing:
            return
        self.ask_way_back(self.desk.live)

    def _begin(self, changes: dict[str, Value], name: str | None = None) -> None:
        try:
            config = self.params.draft.config(changes)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        self._begin_with(config, name)

    def _begin_with(self, config: Config, name: str | None) -> None:
        self.query_one(ConsolePanel).expect(None)
        self.desk.begin(config, name or self.name_of_first)
        self.name_of_first = None

    def _stop_answered(self, answer: str | None) -> None:
        if answer in ("save", "now"):
            self.desk.stop(save=answer == "save")

    def _quit_answered(self, answer: str | None) -> None:
        if answer in ("save", "drop"):
            self.leave(save=answer == "save")

    def _new_run_answered(self, answer: NewRun | None) -> None:
        if answer is None:
            return
        draft = self.params.draft
        if answer.preset is not None:
            draft.stage_preset(answer.preset)
        data: dict[str, Value] = {"corpus": answer.corpus, "data_file": answer.data_file}
        self._refused = data
        if any(value != draft.shown(name) for name, value in data.items()):
            data["val_file"] = ""  # it belongs to the data that were named before
        try:
            config = make_config(data, base=draft.config(draft.staged))
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        self._begin_with(config, answer.name)

    def _live_name(self) -> str:
        live = self.desk.live
        if live.run is None:
            return tr("the run being prepared")
        return tr("run {run} {name}", run=live.run, name=live.name)
