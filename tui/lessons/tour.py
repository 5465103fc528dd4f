"""Where a learner is in the tour; no widget in it."""

from typing import Literal

from core.config import Config, make_config
from core.events import Event
from tui.lessons.table import LESSONS, Lesson
from tui.lessons.watch import Watch

Page = Literal["text", "look", "hint"]
"""What is shown of a lesson beside its goals."""


class Tour:
    """Go through the lessons, and note which goals have been reached."""

    def __init__(self, number: int = 1) -> None:
        """Begin at a lesson.

        Args:
            number: From 1.
        """
        self.index = number - 1
        """Which lesson, from 0."""
        self.page: Page = "text"
        self._watches = [Watch() for _ in LESSONS]
        self._reached = [[False] * len(lesson.goals) for lesson in LESSONS]

    @property
    def lesson(self) -> Lesson:
        """The present lesson."""
        return LESSONS[self.index]

    @property
    def reached(self) -> list[bool]:
        """By goal of the present lesson; a goal once reached stays so."""
        return self._reached[self.index]

    @property
    def is_done(self) -> bool:
        """Whether every goal has been reached."""
        return all(self.reached)

    @property
    def lessons_done(self) -> list[bool]:
        """By lesson, whether every goal of it has been reached."""
        return [all(reached) for reached in self._reached]

    def config(self) -> Config:
        """Return the settings that its first run has."""
        return make_config(dict(self.lesson.settings), preset=self.lesson.preset)

    def turn(self, direction: int) -> None:
        """Go to the next lesson or the one before, around; the run in training goes along."""
        here = self._watches[self.index]
        self.index = (self.index + direction) % len(LESSONS)
        self._watches[self.index].go_on_with(here)
        self.page = "text"

    def take(self, event: Event) -> list[str]:
        """Take in the next event; return the goals that are reached by it.

        With the last one the hint, which has done its work, gives way to what comes next.
        """
        watch = self._watches[self.index]
        watch.take(event)
        found = []
        for number, goal in enumerate(self.lesson.goals):
            if not self.reached[number] and goal.is_reached(watch):
                self.reached[number] = True
                found.append(goal.text)
        if found and self.is_done:
            self.page = "look"
        return found
