"""The box of the present lesson, above the line of keys: its text, its goals, its hint."""

from textual.content import Content
from textual.widget import Widget

from core.language import tr
from tui.keymap import Keymap
from tui.lessons.table import LESSONS
from tui.lessons.tour import Page, Tour
from tui.signs import UNICODE, Signs
from tui.widgets.glyphs import BRAILLE, Glyphs

ROOMY_ROWS = 36
"""Rows of the terminal from which there is room for the text and all goals."""

PAGES: dict[Page, str] = {"look": tr("look"), "hint": tr("hint"), "text": tr("read")}
"""What a key turns to, in its order; where there is room the text stands there all the time."""


class LessonBox(Widget):
    """Show where the tour stands; a few lines high, and not there without one."""

    DEFAULT_CSS = """
    LessonBox {
        height: auto; dock: bottom; padding: 0 1; margin: 0 0 1 0;
        background: $surface; border: round $accent 60%;
        border-title-color: $text-accent; border-title-style: bold;
        border-subtitle-color: $text-muted;
    }
    """

    def __init__(
        self, tour: Tour, keymap: Keymap, *, signs: Signs = UNICODE, glyphs: Glyphs = BRAILLE
    ) -> None:
        """Make the box.

        Args:
            tour: What is shown.
            keymap: The keys in force.
            signs: What goals are ticked with.
            glyphs: Whether only ASCII may be written.
        """
        super().__init__(id="lesson")
        self._tour = tour
        self._keymap = keymap
        self._signs, self._glyphs = signs, glyphs

    def on_mount(self) -> None:
        """Write the frame."""
        self.redraw()

    def on_resize(self) -> None:
        """Follow the terminal, and keep messages from lying on the text."""
        self._write_frame()
        for rack in self.screen.query("ToastRack"):
            rack.styles.margin = rack.styles.margin._replace(bottom=self.outer_size.height + 1)

    def redraw(self) -> None:
        """Draw what has become of the tour."""
        self._write_frame()
        self.refresh(layout=True)

    def turn_page(self) -> None:
        """Show the hint, what to look at, or where there is little room the text."""
        self._tour.page = self._next_page()
        self.redraw()

    def render(self) -> Content:
        """Write text, goals, and the hint or what to look at."""
        tour, lesson = self._tour, self._tour.lesson
        goals = [
            Content.styled(
                f" {self._tick(reached=reached)} {goal.text}",
                "$text-success" if reached else "$foreground",
            )
            for goal, reached in zip(lesson.goals, tour.reached, strict=True)
        ]
        text, foot = Content(lesson.text), Content.styled(self._foot(), "italic $text-muted")
        if self._is_roomy:
            return Content("\n").join([text, *goals, foot])
        if tour.page == "text":
            return Content("\n").join([text, *goals])
        # One goal at a time leaves room for a panel.
        now = next((goals[n] for n, done in enumerate(tour.reached) if not done), goals[-1])
        return Content("\n").join([now, foot])

    @property
    def _is_roomy(self) -> bool:
        return self.app.size.height >= ROOMY_ROWS

    def _tick(self, *, reached: bool) -> str:
        return self._signs.finished if reached else self._glyphs.text("○")

    def _foot(self) -> str:
        tour = self._tour
        if tour.is_done and tour.page != "hint":
            if tour.index + 1 == len(LESSONS):
                return tr("done: this was the last lesson")
            key = self._keymap.first_shown("lesson.next")
            return tr("done: {key} turns to the next lesson", key=key)
        if tour.page == "hint":
            return tr("hint: {hint}", hint=tour.lesson.hint)
        return tr("look at {panels}", panels=tour.lesson.look_at)

    def _next_page(self) -> Page:
        pages = [page for page in PAGES if page != "text" or not self._is_roomy]
        here = self._tour.page if self._tour.page in pages else pages[0]
        return pages[(pages.index(here) + 1) % len(pages)]

    def _write_frame(self) -> None:
        """Write the title with a tick for each lesson that is done, and what the keys do."""
        title = tr(
            "Lesson {number} of {n}: {title}",
            number=self._tour.index + 1,
            n=len(LESSONS),
            title=self._tour.lesson.title,
        )
        done = "".join(self._tick(reached=reached) for reached in self._tour.lessons_done)
        words = {
            "begin": tr("begin"),
            "next": tr("next"),
            "before": tr("before"),
            "hint": PAGES[self._next_page()],
        }
        keys = [
            f"{self._keymap.first_shown(f'lesson.{id_}')} {word}" for id_, word in words.items()
        ]
        self.border_title = Content(f"{title}  {done}").markup
        self.border_subtitle = Content("  ".join(keys)).markup
