"""What the dashboard does with wishes about experiments: begin, follow, stop, go on, overlay."""

from collections.abc import Callable

from core.config import config_values
from core.errors import RnnStudioError
from core.language import tr
from core.settings import Value
from tui.intents import AskComparison, AskRangeTest, OverlayRace, ResumeRace, TurnRace
from tui.laboratory import Laboratory
from tui.overlays import Overlay
from tui.panels.experiments import ExperimentsPanel
from tui.race import Lane
from tui.safe_text import displayable
from tui.screens.choice import Choice, ChoiceDialog
from tui.screens.comparison import Comparison, ComparisonDialog
from tui.screens.leaving import STAY
from tui.screens.steering import SteeringScreen


class ExperimentingScreen(SteeringScreen):
    """Serve the wishes of the experiments panel; the base of the dashboard."""

    @property
    def laboratory(self) -> Laboratory:
        """What starts and follows experiments."""
        return self.desk.laboratory

    @property
    def is_ending(self) -> bool:
        """Whether something has yet to be saved before the program can end."""
        return super().is_ending or self.laboratory.busy

    def follow_laboratory(self) -> None:
        """Take in what experiments tell, and draw it where it is looked at."""
        laboratory, panel = self.laboratory, self.query_one(ExperimentsPanel)
        was_busy = laboratory.busy
        seen = panel in self.seen_panels()
        overlaid = bool(self._overlaid_lanes())
        try:
            news, refusals = laboratory.advance(seen=seen or overlaid)
        except RnnStudioError as error:
            laboratory.race = None
            self.tell(str(error), error=True)
            return
        for refusal in refusals:
            self.tell(refusal, error=True)
        if was_busy and not laboratory.busy:
            self.refresh_runs()
            if not refusals:
                self.tell(_ending_text(laboratory))
        if news and overlaid:
            self._overlays_changed()
        if news and seen:
            panel.redraw()
            self.focus_changed()

    def on_ask_comparison(self, message: AskComparison) -> None:
        """Ask what is compared."""
        message.stop()
        if self._is_busy():
            return
        draft = self.params.draft
        data = displayable(str(draft.shown("data_file") or draft.shown("corpus")))
        beside = self._live_name() if self.desk.training else ""
        self.app.push_screen(ComparisonDialog(data, beside), self._comparison_answered)

    def on_ask_range_test(self, message: AskRangeTest) -> None:
        """Begin a learning-rate range test with the settings of Params."""
        message.stop()
        if self._is_busy():
            return
        self._start(lambda: self.laboratory.test_rates(self._wanted()))

    def on_resume_race(self, message: ResumeRace) -> None:
        """Go on with the experiment on show."""
        message.stop()
        race = self.laboratory.race
        if self._is_busy():
            return
        if race is None:
            self.tell(tr("there is no experiment to go on with"))
        elif race.lanes and race.over == len(race.lanes):
            self.tell(tr("all runs of this experiment are done"))
        else:
            self._start(lambda: self.laboratory.resume(race.experiment.experiment))

    def on_turn_race(self, message: TurnRace) -> None:
        """Show another experiment."""
        message.stop()
        try:
            self.laboratory.turn(message.direction)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
        if self.laboratory.race is None:
            self.tell(tr("there is no experiment yet"))

    def on_overlay_race(self, message: OverlayRace) -> None:
        """Draw all runs of the experiment behind the one on show, or no longer."""
        message.stop()
        race = self.laboratory.race
        lanes = [lane for lane in race.lanes if lane.run is not None] if race is not None else []
        if race is None or not lanes:
            self.tell(tr("no run of an experiment has begun yet"))
            return
        overlaid = self._overlaid_lanes()
        for lane in lanes:
            assert lane.run is not None
            if overlaid:
                self._overlays.pop(lane.run, None)
            else:
                self._overlays[lane.run] = Overlay(race.label_of(lane), lane.history, lane.look)
        self._overlays_changed()
        if overlaid:
            self.tell(tr("its runs are no longer drawn in the charts"))
        else:
            self.tell(tr("its runs are drawn in 2, 3 and 7"))

    def action_stop_training(self) -> None:
        """Ask how to stop what is in training: the experiment, where that is looked at."""
        looked_at = isinstance(self.panel(self.current), ExperimentsPanel)
        if not self.laboratory.busy or (self.desk.training and not looked_at):
            super().action_stop_training()
            return
        dialog = ChoiceDialog(
            tr("Stop {name}?", name=self.laboratory.name),
            [Choice("stop", tr("Save and stop; R goes on with an experiment"), "s"),
             Choice("stay", tr("Cancel"), "c")],
            on_interrupt="stop",
        )  # fmt: skip
        self.app.push_screen(dialog, self._stop_laboratory_answered)

    def action_quit_studio(self) -> None:
        """Leave; ask first while something is in training."""
        if self.desk.training or not self.laboratory.busy:
            super().action_quit_studio()
            return
        dialog = ChoiceDialog(
            tr("{name} is in progress", name=self.laboratory.name),
            [Choice("save", tr("Save and leave; it can go on later"), "s"), STAY],
            on_interrupt="save",
        )
        self.app.push_screen(dialog, self._quit_answered)

    def leave(self, *, save: bool) -> None:
        """End everything and, once it has ended, the program."""
        self.laboratory.stop()
        super().leave(save=save)

    def _is_busy(self) -> bool:
        """Tell whether something is in progress beside the run, and say so."""
        if self.laboratory.busy:
            key = self.keymap.first_shown("training.stop")
            name = self.laboratory.name
            self.tell(tr("{name} is in progress; {key} stops it", name=name, key=key))
        return self.laboratory.busy

    def _comparison_answered(self, answer: Comparison | None) -> None:
        if answer is None:
            return
        self._start(
            lambda: self.laboratory.compare(
                answer.name, self._wanted(), by=answer.by, parallel=answer.parallel
            )
        )

    def _start(self, begin: Callable[[], None]) -> None:
        try:
            begin()
        except (RnnStudioError, OSError) as error:
            self.tell(str(error), error=True)
        self.query_one(ExperimentsPanel).redraw()

    def _stop_laboratory_answered(self, answer: str | None) -> None:
        if answer == "stop":
            self.laboratory.stop()

    def _wanted(self) -> dict[str, Value]:
        """Return every setting as Params shows it, staged edits included.

        Raises:
            SettingsError: They do not go together.
        """
        draft = self.params.draft
        return config_values(draft.config(draft.staged))

    def _overlaid_lanes(self) -> list[Lane]:
        """Return the lanes that the other charts draw."""
        race = self.laboratory.race
        lanes = race.lanes if race is not None else []
        return [
            lane
            for lane in lanes
            if lane.run in self._overlays and self._overlays[lane.run].history is lane.history
        ]


def _ending_text(laboratory: Laboratory) -> str:
    """Say how what was in progress has ended."""
    if laboratory.test is not None:
        rate = laboratory.test.suggestion
        if rate is None:
            return tr("the range test suggests no rate: the loss has not fallen")
        return tr("the range test suggests the learning rate {rate:g}", rate=rate)
    race = laboratory.race
    if race is None:
        return tr("the experiment has ended")
    number, over, runs = race.experiment.experiment, race.over, len(race.lanes)
    return tr(
        "experiment {number}: {over} of {runs} runs are done", number=number, over=over, runs=runs
    )
