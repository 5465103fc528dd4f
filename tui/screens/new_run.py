"""Begin a new run: which preset, which text, which name."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Label, Static

from core.home import expanded
from core.language import tr
from core.settings import Value
from tui.draft import PRESET_NAMES
from tui.safe_text import displayable
from tui.screens.dialog import Dialog
from tui.tasks import Corpora, Task, task_of, task_of_preset
from tui.widgets.cycle import Cycle
from tui.widgets.path_field import COMPLETES, PathField, names_line
from tui.widgets.text_field import TextField

KEEP = tr("as in Params")
"""The choice that changes no settings."""

FILE_HINTS: dict[Task, str] = {
    "language": tr("path of a text; used instead of the corpus"),
    "classify": tr("path of a .tsv, .csv or .jsonl, or of a folder with one folder a class"),
}


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """Answer how the new run begins."""

    corpus: str
    data_file: str
    """Path of a text or of labelled texts; empty to use the corpus."""
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
    NewRunDialog #hint { margin: 1 0 0 0; height: 3; }
    """

    def __init__(self, *, corpora: Corpora, values: Mapping[str, Value], stops: str = "") -> None:
        """Make the dialog.

        Args:
            corpora: Names of the texts at hand, by task.
            values: The settings to begin with.
            stops: The name of the run that would be stopped first; none if empty.
        """
        intro = tr("{run} is saved and stopped first.", run=displayable(stops)) if stops else ""
        super().__init__(
            tr("New run"), intro=intro, keys=tr("Enter start  ↑↓ field  ←→ choose  Esc cancel")
        )
        self._corpora = corpora
        self._first_task = task_of(values)
        self._corpus = str(values["corpus"])
        self._data_file = str(values["data_file"])
        self._offered: Task = self._first_task
        """The task whose data the fields offer."""

    def compose_body(self) -> ComposeResult:
        """Lay out the fields."""
        with Horizontal():
            yield Label(tr("Preset"))
            yield Cycle((KEEP, *PRESET_NAMES), KEEP, id="preset")
        with Horizontal():
            yield Label(tr("Corpus"))
            yield Cycle(self._corpora.get(self._first_task, ()), self._corpus, id="corpus")
        with Horizontal():
            yield Label(tr("File"))
            yield PathField(
                self._data_file, placeholder=FILE_HINTS[self._first_task], id="data_file"
            )
        with Horizontal():
            yield Label(tr("Name"))
            yield TextField(placeholder=tr("made from text and model if left empty"), id="name")
        yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        """Say that Tab completes."""
        self._check()

    def on_cycle_turned(self) -> None:
        """Offer the texts that the chosen preset can be trained on."""
        task = self.chosen_task
        if task != self._offered:
            self._offered, first = task, task == self._first_task
            known, field = self._corpora.get(task, ()), self.query_one("#data_file", Input)
            self.query_one("#corpus", Cycle).set_values(known, self._corpus if first else known[0])
            field.placeholder = FILE_HINTS[task]
            own, others = (self._data_file, "") if first else ("", self._data_file)
            if field.value == others:  # What was typed stays.
                field.value = own
        self._check()

    def on_input_changed(self) -> None:
        """Check the path as it is typed."""
        self._check()

    def on_path_field_offered(self, message: PathField.Offered) -> None:
        """Show how the path can go on."""
        width = self.query_one("#hint", Static).size.width
        self._hint(names_line(message.names, width, self.signs.ellipsis))

    def _check(self) -> None:
        """Say what is wrong with the path, and how it need not be typed."""
        self._hint(Content.styled(COMPLETES, "$text-muted"))

    def _hint(self, more: Content) -> None:
        problem = Content.styled(displayable(self._problem()), "$text-error")
        lines = [more, problem] if problem else [more]
        self.query_one("#hint", Static).update(Content("\n").join(lines))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Start from a text field too."""
        message.stop()
        self.action_start()

    def action_start(self) -> None:
        """Give the answer, unless the text is not there."""
        if self._problem():
            return  # what is wrong stands below the fields
        preset = self.query_one("#preset", Cycle).value
        self.dismiss(
            NewRun(
                corpus=self.query_one("#corpus", Cycle).value,
                data_file=self._path(),
                preset=None if preset == KEEP else preset,
                name=self.query_one("#name", Input).value.strip() or None,
            )
        )

    @property
    def chosen_task(self) -> Task:
        """What the run would learn."""
        preset = self.query_one("#preset", Cycle).value
        return self._first_task if preset == KEEP else task_of_preset(preset)

    def _path(self) -> str:
        text = self.query_one("#data_file", Input).value.strip()
        return str(expanded(text)) if text.startswith("~") else text

    def _problem(self) -> str:
        """Say what is wrong with the path, or nothing; reading it comes later, in the engine."""
        text = self._path()
        try:
            folder = self.chosen_task == "classify" and Path(text).is_dir()
            if not text or folder or Path(text).is_file():
                return ""
            if Path(text).is_dir():
                problem = tr("{path} is a folder", path=text)
            else:
                problem = tr("{path} does not exist", path=text)
        except (OSError, ValueError, RuntimeError):
            problem = tr("{path} cannot be read", path=text)
        way_out = (
            tr("name a text file")
            if self.chosen_task == "language"
            else tr("name a table, or a folder with one folder a class")
        )
        return tr("{problem}; {way_out}", problem=problem, way_out=way_out)
