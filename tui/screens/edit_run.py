"""Edit what the user says of a run: its name, notes and tags."""

from contextlib import suppress
from typing import NamedTuple

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from core.errors import InputError
from core.language import tr
from tui.safe_text import displayable
from tui.screens.dialog import Dialog
from tui.widgets.text_field import TextField
from workspace.naming import checked_name, checked_notes, checked_tags
from workspace.records import Run


class RunWords(NamedTuple):
    """Hold what the user says of a run."""

    name: str
    notes: str
    tags: str
    """With commas between them."""


class EditRunDialog(Dialog[RunWords]):
    """Ask for a run's name, notes and tags; what is typed is checked at every key."""

    def __init__(self, run: Run, taken: set[str]) -> None:
        """Make the dialog.

        Args:
            run: As it is now.
            taken: Names of the other runs.
        """
        super().__init__(
            tr("Run {run}", run=run.run), keys=tr("Tab next field  Enter accept  Esc cancel")
        )
        self._run, self._taken = run, taken

    def compose_body(self) -> ComposeResult:
        """Lay out the fields, and what is wrong with what stands in them."""
        run = self._run
        for label, text, field in (
            (tr("Name"), run.name, "name"),
            (tr("Notes"), run.notes, "notes"),
            (tr("Tags, with commas between them"), ", ".join(run.tags), "tags"),
        ):
            yield Static(label, markup=False)
            yield TextField(text, id=field, select_on_focus=False)
        yield Static(id="hint", markup=False)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Check what is typed."""
        message.stop()
        error = ""
        try:
            self._checked()
        except InputError as refused:
            error = str(refused)
        self.query_one("#hint", Static).update(Content.styled(displayable(error), "$text-error"))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take all fields if they are allowed; what is wrong stands below them."""
        message.stop()
        with suppress(InputError):
            self.dismiss(self._checked())

    def _checked(self) -> RunWords:
        words = RunWords(*(self.query_one(f"#{name}", Input).value for name in RunWords._fields))
        checked_name(words.name, self._taken)
        checked_notes(words.notes)
        checked_tags(words.tags)
        return words
