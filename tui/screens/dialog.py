"""The frame that every dialog stands in: a title, a body, and a line that names its keys."""

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from core.language import tr
from tui.safe_text import displayable
from tui.screens.once import Once
from tui.signs import ASCII as ASCII_SIGNS
from tui.signs import UNICODE, Signs
from tui.widgets.glyphs import ASCII
from tui.widgets.keyed_frame import KeyedFrame

Answer = TypeVar("Answer")

ACCEPT_KEYS = tr("Enter accept  Esc cancel")


class Dialog(Once[Answer]):
    """Ask something over the dashboard; Esc closes it without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_dialog", tr("Cancel"), show=False),
        # A modal screen cuts off the application's own bindings.
        Binding("ctrl+c", "app.help_quit", show=False),
    ]
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 72; max-width: 100%; height: auto; max-height: 100%;
            background: $surface; border: round $accent; border-title-color: $text;
            border-subtitle-color: $text-muted; padding: 0 1;
        }
        & #intro { height: auto; }
        & #hint { height: auto; color: $text-muted; }
        & Input { border: none; height: 1; padding: 0 1; background: $panel; }
        & Input:focus { border: none; background: $primary 40%; }
    }
    """

    def __init__(self, title: str, *, intro: str = "", keys: str = ACCEPT_KEYS):
        """Make a dialog.

        Args:
            title: A few words for its frame.
            intro: A sentence or two above its body.
            keys: What its keys do, for its frame.
        """
        super().__init__()
        self._title = title
        self._intro = intro
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Lay out the frame around the body."""
        with KeyedFrame() as frame:
            frame.border_title = Content(displayable(self._title)).markup
            frame.say_keys(self.written(self._keys))
            if self._intro:
                yield Static(displayable(self._intro, keep_newlines=True), id="intro", markup=False)
            yield from self.compose_body()

    def say_keys(self, keys: str) -> None:
        """Write in the frame what the keys do now."""
        self.query_one(KeyedFrame).say_keys(self.written(keys))

    @property
    def signs(self) -> Signs:
        """What to draw rows with."""
        return ASCII_SIGNS if self.app.has_class("-ascii") else UNICODE

    def written(self, text: str) -> str:
        """Return our own signs in a form that may be written here."""
        return ASCII.text(text) if self.app.has_class("-ascii") else text

    def compose_body(self) -> ComposeResult:
        """Lay out what is asked."""
        raise NotImplementedError

    def action_dismiss_dialog(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
