"""Where a learner is in the tour; no widget in it."""

from core.config import Config, make_config
from core.events import Event
from tui.lessons.table import LESSONS, Lesson
from tui.lessons.watch import Watch


class Tour:
    """Go through the lessons, and note which goals have been reached."""

    def __init__(self, number: int = 1) -> None:
        """Begin at a lesson.

        Args:
            number: From 1.
        """
        self.index = number - 1
        """Which lesson, from 0."""
        self.shows_hint = False
        self._watch = Watch()
        self.reached: list[bool] = []
        """By goal; a goal once reached stays so."""
        self._begin()

    @property
    def lesson(self) -> Lesson:
        """The present lesson."""
        return LESSONS[self.index]

    @property
    def is_done(self) -> bool:
        """Whether every goal has been reached."""
        return all(self.reached)

    def config(self) -> Config:
        """Return the settings that its first run has."""
        return make_config(dict(self.lesson.settings), preset=self.lesson.preset)

    def turn(self, direction: int) -> None:
        """Go to the next lesson or the one before, around."""
        self.index = (self.index + direction) % len(LESSONS)
        self._begin()

    def take(self, event: Event) -> list[str]:
        """Take in the next event; return the goals that are reached by it."""
        self._watch.take(event)
        found = []
        for number, goal in enumerate(self.lesson.goals):
            if not self.reached[number] and goal.is_reached(self._watch):
                self.reached[number] = True
                found.append(goal.text)
        return found

    def _begin(self) -> None:
        self._watch = Watch()
        self.shows_hint = False
        self.reached = [False] * len(self.lesson.goals)
