"""Begin a new run: which text, which preset, which name."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Label, Static

from tui.draft import PRESET_NAMES
from tui.safe_text import displayable
from tui.screens.dialog import Dialog
from tui.widgets.cycle import Cycle
from tui.widgets.text_field import TextField

KEEP = "as in Params"
"""The choice that changes no settings."""


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """Answer how the new run begins."""

    corpus: str
    data_file: str
    """Path of a text; empty to use the corpus."""
    preset: str | None
    """The preset to take first; None to keep the settings as they are."""
    name: str | None
    """None to have one made."""


class NewRunDialog(Dialog[NewRun]):
    """Ask how the new run begins; Enter starts it from any field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    NewRunDialog Horizontal { height: 1; margin: 1 0 0 0; }
    NewRunDialog Label { width: 12; }
    NewRunDialog Input, NewRunDialog Cycle { width: 1fr; }
    NewRunDialog #hint { margin: 1 0 0 0; height: 2; }
    """

    def __init__(
        self, *, corpora: Sequence[str], corpus: str, data_file: str, stops: str = ""
    ) -> None:
        """Make the dialog.

        Args:
            corpora: Names of the texts at hand.
            corpus: The name to begin with.
            data_file: The path to begin with.
            stops: The name of the run that would be stopped first; none if empty.
        """
        intro = f"{displayable(stops)} is saved and stopped first." if stops else ""
        super().__init__(
            "New run", intro=intro, keys="Enter start  ↑↓ field  ←→ choose  Esc cancel"
        )
        self._corpora = corpora
        self._corpus = corpus
        self._data_file = data_file

    def compose_body(self) -> ComposeResult:
        """Lay out the fields."""
        with Horizontal():
            yield Label("Corpus")
            yield Cycle(self._corpora, self._corpus, id="corpus")
        with Horizontal():
            yield Label("Text file")
            yield TextField(
                self._data_file, placeholder="path; used instead of the corpus", id="data_file"
            )
        with Horizontal():
            yield Label("Preset")
            yield Cycle((KEEP, *PRESET_NAMES), KEEP, id="preset")
        with Horizontal():
            yield Label("Name")
            yield TextField(placeholder="made from text and model if left empty", id="name")
        yield Static(id="hint", markup=False)

    def on_input_changed(self) -> None:
        """Check the path as it is typed."""
        problem = self._problem()
        self.query_one("#hint", Static).update(Content.styled(displayable(problem), "$error"))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Start from a text field too."""
        message.stop()
        self.action_start()

    def action_start(self) -> None:
        """Give the answer, unless the text is not there."""
        if self._problem():
            self.app.bell()
            return
        preset = self.query_one("#preset", Cycle).value
        self.dismiss(
            NewRun(
                corpus=self.query_one("#corpus", Cycle).value,
                data_file=self._path(),
                preset=None if preset == KEEP else preset,
                name=self.query_one("#name", Input).value.strip() or None,
            )
        )

    def _path(self) -> str:
        text = self.query_one("#data_file", Input).value.strip()
        return str(Path(text).expanduser()) if text.startswith("~") else text

    def _problem(self) -> str:
        """Say what is wrong with the path, or nothing; reading it comes later, in the engine."""
        text = self._path()
        try:
            if not text or Path(text).is_file():
                return ""
            kind = "is a folder" if Path(text).is_dir() else "does not exist"
        except (OSError, ValueError, RuntimeError):
            kind = "cannot be read"
        return f"{text} {kind}; name a text file"
