"""The box of the present lesson, above the line of keys: its text, its goals, its hint."""

from textual.content import Content
from textual.widget import Widget

from core.language import tr
from tui.lessons.table import LESSONS
from tui.lessons.tour import Tour
from tui.signs import UNICODE, Signs
from tui.widgets.glyphs import BRAILLE, Glyphs

ROOMY_ROWS = 36
"""Rows of the terminal from which there is room for the text and all goals."""


class LessonBox(Widget):
    """Show where the tour stands; a few lines high, and not there without one."""

    DEFAULT_CSS = """
    LessonBox {
        height: auto; dock: bottom; padding: 0 1; margin: 0 0 1 0;
        background: $surface; border-top: tall $accent 60%;
    }
    """

    def __init__(
        self, tour: Tour, keys: str, *, signs: Signs = UNICODE, glyphs: Glyphs = BRAILLE
    ) -> None:
        """Make the box.

        Args:
            tour: What is shown.
            keys: What its keys do, in a few words.
            signs: What goals are ticked with.
            glyphs: Whether only ASCII may be written.
        """
        super().__init__(id="lesson")
        self._tour = tour
        self._keys = keys
        self._signs, self._glyphs = signs, glyphs

    def render(self) -> Content:
        """Write title, text, goals, and the hint or what to look at."""
        tour, lesson = self._tour, self._tour.lesson
        title = tr(
            "Lesson {number} of {n}: {title}",
            number=tour.index + 1,
            n=len(LESSONS),
            title=lesson.title,
        )
        if tour.is_done:
            title = tr("{title} {sign} done", title=title, sign=self._signs.finished)
        goals = [
            Content.styled(
                f" {self._signs.finished if reached else self._glyphs.text('○')} {goal.text}",
                "$text-success" if reached else "$foreground",
            )
            for goal, reached in zip(lesson.goals, tour.reached, strict=True)
        ]
        if tour.shows_hint:
            last = tr("hint: {hint}", hint=lesson.hint)
        else:
            last = tr("look at {panels}", panels=lesson.look_at)
        head = Content.assemble((title, "bold $accent"), (f"   {self._keys}", "$text-muted"))
        foot = Content.styled(f" {last}", "italic $text-muted")
        if self.app.size.height < ROOMY_ROWS:
            # One goal at a time leaves room for a panel.
            now = next((goals[n] for n, done in enumerate(tour.reached) if not done), goals[-1])
            return Content("\n").join([head, now, foot])
        return Content("\n").join([head, Content(lesson.text), *goals, foot])
