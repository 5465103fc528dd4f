"""What the dashboard does in a guided tour: begin a lesson's run, turn the page, tick goals."""

from core.events import Event
from core.language import tr
from tui.lessons.box import LessonBox
from tui.lessons.tour import Tour
from tui.screens.choice import Choice, ChoiceDialog
from tui.screens.experimenting import ExperimentingScreen


class LearningScreen(ExperimentingScreen):
    """Follow a tour, if there is one; the base of the dashboard."""

    tour: Tour | None

    def follow_lesson(self, event: Event) -> None:
        """Tick what an event fulfils."""
        if self.tour is None:
            return
        for goal in self.tour.take(event):
            self.tell(tr("reached: {goal}", goal=goal))
            self._draw_lesson()

    def action_begin_lesson(self) -> None:
        """Begin a run with the lesson's settings, after a question where one is in training."""
        tour = self._present_tour()
        if tour is None:
            return
        if not self.desk.training:
            self._begin_lesson(tour)
            return
        dialog = ChoiceDialog(
            tr("Start the lesson?"),
            [Choice("begin", tr("Save and stop {run}, then start", run=self._live_name()), "b"),
             Choice("stay", tr("Cancel"), "c")],
        )  # fmt: skip

        def answered(answer: str | None) -> None:
            if answer == "begin":
                self._begin_lesson(tour)

        self.app.push_screen(dialog, answered)

    def action_turn_lesson(self, direction: int) -> None:
        """Go to the next lesson or the one before."""
        tour = self._present_tour()
        if tour is not None:
            tour.turn(direction)
            self._draw_lesson()

    def open_lesson(self, number: int) -> None:
        """Turn to a lesson, or say how to open it where there is no tour."""
        if self.tour is None:
            self.tell(tr("`rnnstudio learn {number}` opens this lesson", number=number))
        elif away := number - 1 - self.tour.index:
            self.action_turn_lesson(away)

    def action_toggle_hint(self) -> None:
        """Show the hint, what to look at, or the text."""
        if self._present_tour() is not None:
            self.query_one(LessonBox).turn_page()

    def _begin_lesson(self, tour: Tour) -> None:
        """Begin its run; in a small terminal the text makes room for a panel."""
        tour.page = "look"
        self._draw_lesson()
        self._begin_with(tour.config(), None)

    def _present_tour(self) -> Tour | None:
        if self.tour is None:
            self.tell(tr("there is no lesson; `rnnstudio learn` opens the tour"))
        return self.tour

    def _draw_lesson(self) -> None:
        self.query_one(LessonBox).redraw()
