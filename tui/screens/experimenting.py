"""What the dashboard does with wishes about experiments: begin, follow, stop, go on, overlay."""

from collections.abc import Callable

from core.config import SETTINGS, Config, config_values, make_config
from core.cores import available_threads
from core.errors import RnnStudioError
from core.language import tr, trn
from core.thread_shares import unshared_threads
from tui.comparison import Comparison
from tui.intents import AskComparison, AskRangeTest, OverlayRace, ResumeRace, TurnRace
from tui.laboratory import Laboratory
from tui.overlays import Overlay
from tui.panels.experiments import ExperimentsPanel
from tui.panels.status import StatusBar
from tui.race import Lane, Race
from tui.safe_text import displayable
from tui.screens.choice import Choice, ChoiceDialog
from tui.screens.comparison import ComparisonDialog
from tui.screens.leaving import leaving_bench_question, stopping_question
from tui.screens.steering import SteeringScreen

MOST_AT_A_TIME = 9
"""Runs at a time that a digit can ask for."""


class ExperimentingScreen(SteeringScreen):
    """Serve the wishes of the experiments panel; the base of the dashboard."""

    def __init__(self) -> None:
        super().__init__()
        self._headline = ""

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
        laboratory, [panel] = self.laboratory, self.panels_of(ExperimentsPanel)
        was_busy = laboratory.busy
        before = laboratory.race.results if laboratory.race is not None else []
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
        if laboratory.headline != self._headline:
            self._headline = laboratory.headline
            self.query_one(StatusBar).show_bench(self._headline)
        if was_busy and not laboratory.busy:
            self.refresh_runs()
            if not refusals:
                self.tell(_ending_text(laboratory))
        if laboratory.race is not None and laboratory.race.results != before:
            self.refresh_runs()  # what stands in a lane stands in Runs, too
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
        try:
            config, runs = self._wanted(), self.desk.store.list_runs()
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        data = displayable(config.data_file or config.corpus)
        beside = self._live_name() if self.desk.training else ""

        def answered(answer: Comparison | None) -> None:
            if answer is not None:
                self._start(lambda: self.laboratory.compare(answer, config_values(config)))

        self.app.push_screen(ComparisonDialog(data, beside, config, runs), answered)

    def on_ask_range_test(self, message: AskRangeTest) -> None:
        """Begin a learning-rate range test with the settings of Params."""
        message.stop()
        if self._is_busy():
            return

        def answered(answer: str | None) -> None:
            if answer == "test":
                self._start(lambda: self.laboratory.test_rates(config_values(self._wanted())))

        dialog = ChoiceDialog(
            tr("Find a learning rate?"),
            [Choice("test", tr("Start the range test"), "f"), Choice("stay", tr("Cancel"), "c")],
            intro=tr(
                "A fresh model with the settings of Params trains for a hundred steps or more "
                "while its learning rate rises. No run is kept, and no other run changes."
            ),
        )
        self.app.push_screen(dialog, answered)

    def on_resume_race(self, message: ResumeRace) -> None:
        """Go on with the experiment on show."""
        message.stop()
        race = self.laboratory.race
        if self._is_busy():
            return
        if race is None:
            self.tell(tr("there is no experiment to resume"))
        elif race.lanes and race.over == len(race.lanes):
            self.tell(tr("all runs of this experiment are done"))
        else:
            self._ask_how_many(race)

    def _ask_how_many(self, race: Race) -> None:
        """Go on with an experiment; ask how many runs at a time, where there is a choice."""
        number, left = race.experiment.experiment, len(race.lanes) - race.over
        most = max(min(left, available_threads(), MOST_AT_A_TIME), 1)

        def answered(answer: str | None) -> None:
            if answer is not None and answer.isdecimal():
                self._start(lambda: self.laboratory.resume(number, int(answer)))

        if most == 1:
            answered("1")
            return
        choices = [Choice("1", tr("One run at a time"), "1")]
        choices += [
            Choice(str(n), tr("{n} runs at a time", n=n), str(n)) for n in range(2, most + 1)
        ]
        dialog = ChoiceDialog(
            tr("Resume experiment {number}?", number=number),
            [*choices, Choice("stay", tr("Cancel"), "c")],
            intro=trn("{n} run is left to train.", "{n} runs are left to train.", left),
            present=str(min(race.experiment.parallel, most)),
        )
        self.app.push_screen(dialog, answered)

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
        """Ask how to stop what is in training: the run, what the bench does, or both of them."""
        if not self.laboratory.busy:
            super().action_stop_training()
            return
        run = self._live_name() if self.desk.training else ""
        keeps = not self.laboratory.testing
        dialog = stopping_question(run, self.laboratory.name, keeps=keeps)
        self.app.push_screen(dialog, self._stop_answered)

    def action_quit_studio(self) -> None:
        """Leave; ask first while something is in training."""
        if not self.laboratory.busy:
            super().action_quit_studio()
            return
        run = self._live_name() if self.desk.training else ""
        dialog = leaving_bench_question(run, self.laboratory.name)
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

    def _start(self, begin: Callable[[], None]) -> None:
        try:
            begin()
        except (RnnStudioError, OSError) as error:
            self.tell(str(error), error=True)
        self.query_one(ExperimentsPanel).redraw()

    def _stop_answered(self, answer: str | None) -> None:
        super()._stop_answered("save" if answer == "both" else answer)
        if answer in ("bench", "both"):
            self.laboratory.stop()
            self.query_one(ExperimentsPanel).redraw()

    def _begin_with(self, config: Config, name: str | None) -> None:
        try:
            config = self._alone(config)
        except RnnStudioError as error:
            self.tell(str(error), error=True)
            return
        super()._begin_with(config, name)

    def _wanted(self) -> Config:
        """Return the settings that Params shows, staged edits included.

        Where it shows a run of an experiment, what only that experiment's plan chose is as usual.

        Raises:
            RnnStudioError: They do not go together, or the database cannot be used.
        """
        draft = self.params.draft
        config = self._alone(draft.config(draft.staged))
        run = self.desk.shown.run
        if "eval_every" in draft.staged or run is None or self.laboratory.store.of_run(run) is None:
            return config
        usual = self.laboratory.preferred.get("eval_every", SETTINGS["eval_every"].default)
        return make_config({"eval_every": usual}, base=config)

    def _alone(self, config: Config) -> Config:
        """Give a run all threads that the one on show had only a share of.

        Raises:
            RnnStudioError: The database cannot be used.
        """
        shown = self.desk.shown
        if shown.run is None or config.threads != shown.config.get("threads"):
            return config
        experiment = self.laboratory.store.of_run(shown.run)
        if experiment is None:
            return config
        threads = unshared_threads(config.threads, experiment.parallel)
        return make_config({"threads": threads}, base=config)

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
        if laboratory.test.was_stopped:
            return tr("the range test was stopped and suggests no rate")
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
