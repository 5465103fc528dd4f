"""The bench beside the run in training: an experiment on show, or a learning-rate range test."""

import time
from collections.abc import Mapping, Sequence

import msgspec

from core.experiment import COMPARISONS
from core.language import tr
from core.plan import BOUND_OF
from core.rate_range import HIGHEST_RATE, LOWEST_RATE, STEPS, RangePoint
from core.settings import Value
from tui.child_program import ChildProgram
from tui.comparison import Comparison
from tui.race import Race
from workspace.experiments import ExperimentStore
from workspace.preferences import load_preferences
from workspace.reproducing import options
from workspace.runs import RunStore

LOOK_S = 0.5
"""How often an experiment is read anew."""

OVER = (*BOUND_OF, "diverged")
"""States of a run of which nothing is left to train."""

LIMITS = ("epochs", "max_steps", "max_seconds")
"""Settings that bound a run; a comparison says itself how long each run trains."""


class RangeTest:
    """Hold what a learning-rate range test has measured so far.

    Args:
        child: What runs it.
    """

    def __init__(self, child: ChildProgram) -> None:
        self.child = child
        self.points: list[RangePoint] = []
        self.suggestion: float | None = None
        """The rate that suits; None before the end, and where the test found none."""
        self.was_stopped = False
        """Whether it ended before its last rate by somebody's wish."""
        self.steps, self.lowest, self.highest = STEPS, LOWEST_RATE, HIGHEST_RATE
        """How many steps it takes if nothing diverges, and the rates of the first and the last."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is measured."""
        return self.child.is_over

    def advance(self) -> bool:
        """Take in what was measured; return whether there is news."""
        was_over = self.is_over
        lines = self.child.lines()
        for line in lines:
            step = msgspec.json.decode(line)
            if step["type"] == "RangeStep":
                del step["type"]
                self.points.append(msgspec.convert(step, RangePoint))
            elif step["type"] == "RangeEnded":
                self.suggestion = step["suggestion"]
                self.was_stopped = step["reason"] == "stopped"
        return bool(lines) or self.is_over != was_over


class Laboratory:
    """Start, follow and stop what compares settings; no widget in it.

    What is trained here is trained by child processes, as from the command line, so that a crash
    or a full memory stays with them.

    Args:
        runs: The screen's own reader of the runs.
    """

    def __init__(self, runs: RunStore) -> None:
        self._runs = runs
        self.store = ExperimentStore(runs)
        """The screen's own reader of the experiments."""
        self.race: Race | None = None
        """The experiment on show."""
        self.test: RangeTest | None = None
        """The range test on show, in place of the experiment."""
        self._child: ChildProgram | None = None
        self.running: int | None = None
        """The number of the experiment that our child trains, once it is planned."""
        self.begun: int | None = None
        """The number of the last experiment that was begun, or gone on with, here."""
        self.going_on: int | None = None
        """The number of the experiment that our child goes on with; None where it is a new one."""
        self.stopping = False
        """Whether it was asked to stop."""
        self._over, self._runs_planned = 0, 0
        self._next_look = 0.0

    @property
    def planning(self) -> bool:
        """Whether an experiment was asked for that has no number yet."""
        return self._child is not None and self.running is None

    @property
    def testing(self) -> bool:
        """Whether what is trained is a range test alone."""
        return self._child is None and self.test is not None and not self.test.is_over

    @property
    def busy(self) -> bool:
        """Whether a child of ours trains something."""
        return self._child is not None or self.testing

    @property
    def headline(self) -> str:
        """What is being trained and how far it is, for the status line; empty where nothing is."""
        if self.testing and self.test is not None:
            step = self.test.points[-1].step if self.test.points else 0
            return tr("RANGE TEST step {step:,} of {steps:,}", step=step, steps=self.test.steps)
        if self._child is None:
            return ""
        if self.running is None:
            return tr("STARTING AN EXPERIMENT")
        facts = {"number": self.running, "over": self._over, "runs": self._runs_planned}
        if self.stopping:
            return tr("STOPPING EXPERIMENT {number}: {over} of {runs} runs done", **facts)
        return tr("EXPERIMENT {number}: {over} of {runs} runs done", **facts)

    @property
    def name(self) -> str:
        """What is trained, in a few words."""
        if self._child is None:
            return tr("the range test")
        if self.running is None:
            if self.going_on is not None:
                return tr("experiment {number}", number=self.going_on)
            return tr("the experiment")
        return tr("experiment {number}", number=self.running)

    def compare(self, chosen: Comparison, config: Mapping[str, Value]) -> None:
        """Begin a comparison that has a name.

        Args:
            chosen: What is compared, and how.
            config: Every setting by name; what varies and what bounds a run is left out of it.
        """
        left_out = {COMPARISONS[chosen.name].setting, *LIMITS}
        kept = {name: value for name, value in config.items() if name not in left_out}
        bound = "max_seconds" if chosen.by == "seconds" else "max_steps"
        words = ["experiment", chosen.name, *self._options(kept)]
        words += [
            f"--{bound}",
            f"{chosen.amount:g}" if chosen.by == "seconds" else str(chosen.steps),
        ]
        words += ["--by", chosen.by, "--seeds", str(chosen.seeds)]
        self._begin([*words, "--parallel", str(chosen.parallel)])

    def resume(self, experiment: int, parallel: int) -> None:
        """Go on with an experiment, so many runs at a time."""
        at_a_time = ["--parallel", str(parallel)]
        self._begin(["experiment", "resume", str(experiment), *at_a_time, *self._where()])
        self.going_on = experiment

    def test_rates(self, config: Mapping[str, Value]) -> None:
        """Begin a learning-rate range test."""
        self.test = RangeTest(ChildProgram(["lr-range", *self._options(config)]))

    def stop(self) -> None:
        """Ask what is trained to save and end."""
        self.stopping = True
        if self._child is not None:
            self._child.stop()
        if self.test is not None:
            self.test.child.stop()

    def show(self, experiment: int | None) -> None:
        """Show an experiment, the newest if none is named; nothing where there is none.

        Raises:
            RnnStudioError: The database cannot be used.
        """
        self.test = None if self.test is None or self.test.is_over else self.test
        self._open(experiment)

    def _open(self, experiment: int | None) -> None:
        experiments = self.store.list_experiments()
        found = [one for one in experiments if experiment in (None, one.experiment)]
        if found:
            self.race = Race(self.store, found[0])
            self._next_look = 0.0

    def turn(self, direction: int) -> None:
        """Show the experiment after the one on show, or before it."""
        numbers = [one.experiment for one in self.store.list_experiments()][::-1]
        if self.race is None or not numbers:
            self.show(None)
            return
        shown = self.race.experiment.experiment
        at = numbers.index(shown) if shown in numbers else 0
        self.show(numbers[(at + direction) % len(numbers)])

    def advance(self, *, seen: bool) -> tuple[bool, list[str]]:
        """Take in what is new.

        Args:
            seen: Whether an experiment on show is looked at.

        Returns:
            Whether there is something to draw, and what was refused or went wrong.

        Raises:
            RnnStudioError: The database cannot be used.
        """
        news = False
        refusals: list[str] = []
        if self.test is not None and not self.test.is_over:
            news = self.test.advance()
            if self.test.is_over and self.test.child.refusal and not self.test.points:
                refusals.append(self.test.child.refusal)
                self.test = None
        if self._child is not None:
            news = self._follow(self._child, refusals) or news
        if seen and time.monotonic() >= self._next_look:
            news = self._look() or news
        return news, refusals

    def _look(self) -> bool:
        """Read the experiment on show, the newest at first; return whether there is news."""
        if self.race is None:
            self._open(None)
        shown, version = self.race, self.race.version if self.race is not None else 0
        complete = shown.refresh() if shown is not None else True
        self._next_look = time.monotonic() + LOOK_S if complete else 0.0
        return shown is not None and shown.version != version

    def _follow(self, child: ChildProgram, refusals: list[str]) -> bool:
        """Take in what our experiment tells; return whether there is news."""
        lines = child.lines()
        for line in lines:
            told = msgspec.json.decode(line)
            if told["type"] == "ExperimentStarted":
                self.running = self.begun = told["experiment"]
                self._runs_planned = len(told["runs"])
                self._over = sum(run["status"] in OVER for run in told["runs"])
                self.test = None
                self.show(self.running)
            elif told["type"] == "MemberEnded":
                self._over += told["run"]["status"] in OVER
        if child.is_over:
            if self.running is None:
                refusals.append(child.refusal or tr("the experiment did not begin"))
            self._child = self.running = None
            self._next_look = 0.0
        return bool(lines) or self._child is None

    def _begin(self, words: Sequence[str]) -> None:
        self._child, self.running, self.stopping = ChildProgram(words), None, False
        self.going_on = None

    def _options(self, config: Mapping[str, Value]) -> list[str]:
        """Return the words that give a new run these settings, in this workspace."""
        wanted = {name: value for name, value in config.items() if name != "save_dir"}
        return [*options(wanted, self.preferred), *self._where()]

    @property
    def preferred(self) -> Mapping[str, Value]:
        """The user's own defaults."""
        return load_preferences(self._runs.workspace.config_path).settings

    def _where(self) -> list[str]:
        return ["--workspace", str(self._runs.workspace.root)]
