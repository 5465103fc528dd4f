"""The key line: what the most useful keys do now, for the focused panel and everywhere."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from core.language import tr
from tui.ascii_text import as_ascii
from tui.commands import COMMANDS, Command, Scope
from tui.keymap import Keymap
from tui.tasks import Task

FIRST = ("app.back", "training.toggle", "training.stop")
LAST = (
    "generate.open",
    "panel.time",
    "panel.experiments",
    "panel.zoom",
    "panel.next",
    "app.commands",
    "app.help",
    "app.quit",
)
"""What works everywhere stands around the focused panel's keys, in the order of the line.

The way to the other panels is shown where it has a label, in place of Zoom: one panel fills a
small screen as it is.
"""

INSIDE = "panel.time"
"""The command that focuses the first of the panels that look inside of the model."""

ONLY_LABELLED = (
    "app.back",
    "training.stop",
    INSIDE,
    "doctor.fix",
    "panel.experiments",
    "experiments.compare",
    "experiments.stage",
    "experiments.resume",
    "experiments.open",
    "experiments.overlay",
)
"""What is shown only where its label says to what it leads."""

EXPERIMENTS = "panel.experiments"
"""The command that focuses the panel of experiments."""

PANELS = tuple(command for command in COMMANDS if command.keys.isdecimal())
"""The commands that focus a panel by its digit."""

DISPENSABLE = (
    "panel.zoom",
    "generate.open",
    INSIDE,
    "doctor.fix",
    "panel.experiments",
    "app.commands",
    "panel.next",
    "training.stop",
    "app.quit",
)
"""What goes first where the line is too short, after the panel's own keys from their end: those
that it gives no label now."""


def labels_at_rest(task: Task, *, compact: bool) -> dict[str, str]:
    """Return labels by command id that say more than the table's, while nothing has been trained.

    Args:
        task: The one on show.
        compact: Whether there is room for one panel only.
    """
    labels = {"training.toggle": tr("Start")}
    if task == "classify":
        labels |= {c.id: c.classify_label for c in COMMANDS if c.classify_label}
    if compact:
        return labels | {"panel.next": tr("Panel")}
    inside = {INSIDE: tr("Inside")} if task == "language" else {}
    return labels | inside | {EXPERIMENTS: tr("Compare")}


class KeyLine(Widget):
    """Show keys with their labels on one line; a click does what the key does."""

    DEFAULT_CSS = """
    KeyLine { height: 1; dock: bottom; background: $panel; }
    """

    class Pressed(Message):
        """Say that a command was clicked."""

        def __init__(self, command: Command) -> None:
            super().__init__()
            self.command = command

    def __init__(self, keymap: Keymap, *, ascii_only: bool = False) -> None:
        super().__init__(id="keys")
        self._keymap = keymap
        self._ascii_only = ascii_only
        self._scope: Scope = "everywhere"
        self._task_on_show: Task = "language"
        self._labels: Mapping[str, str] = {}
        self._typing = False
        self._ends: list[tuple[int, Command]] = []

    def show(
        self,
        scope: Scope,
        labels: Mapping[str, str],
        *,
        task: Task = "language",
        typing: bool = False,
    ) -> None:
        """Show the keys of a scope.

        Args:
            scope: That of the focused panel.
            labels: Labels by command id that say more than the table's, such as `Pause`.
            task: The one on show, which has not all panels.
            typing: Whether a field has the keys, so that letters are typed into it.
        """
        shown = (scope, labels, task, typing)
        if shown != (self._scope, self._labels, self._task_on_show, self._typing):
            self._scope, self._labels, self._task_on_show, self._typing = shown
            self.refresh()

    def render(self) -> Content:
        """Draw the entries that fit."""
        self._ends = []
        if self._typing:
            keys = (" Enter", tr("Done")), (" Esc", tr("Leave"))
            parts = [
                Content.assemble((key, "bold $text-accent"), f" {label} ") for key, label in keys
            ]
            return Content("").join(parts).truncate(self.size.width)
        parts = []
        used = 0
        for command in self._fitting(self.size.width):
            key, label = self._entry(command)
            parts.append(Content.assemble((f" {key}", "bold $text-accent"), f" {label} "))
            used += parts[-1].cell_length
            self._ends.append((used, command))
        return Content("").join(parts).truncate(self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Do what the clicked key does."""
        for end, command in self._ends:
            if event.x < end:
                self.post_message(self.Pressed(command))
                return

    def _entry(self, command: Command) -> tuple[str, str]:
        key = self._keymap.first_shown(command.id)
        if command.id == "panel.next":
            digits = self._digits()
            # One panel has a letter, which nothing else would tell where there is no room.
            key = f"{digits} {self._keymap.first_shown(EXPERIMENTS)}" if digits else key
        elif command.id == INSIDE:
            key = self._digits(INSIDE) or key
        return as_ascii(key) if self._ascii_only else key, self._labels.get(
            command.id, command.label
        )

    def _digits(self, first: str = "panel.params") -> str:
        """Write the keys of the panels from one on as from-to; nothing if they are not in a row."""
        ids = [command.id for command in PANELS if command.task in (None, self._task_on_show)]
        shown = ids[ids.index(first) :] if first in ids else []
        digits = "".join(self._keymap.first_shown(panel) for panel in shown)
        return f"{digits[0]}-{digits[-1]}" if digits and digits in "1234567890" else ""

    def _fitting(self, width: int) -> Sequence[Command]:
        by_id = {command.id: command for command in COMMANDS}
        absent = {"panel.zoom" if "panel.next" in self._labels else "panel.next"}
        absent |= {id_ for id_ in ONLY_LABELLED if id_ not in self._labels}
        own = [c for c in COMMANDS if c.scope == self._scope != "everywhere" and c.footer]
        own = [c for c in own if c.id not in absent]
        first, last = ([by_id[i] for i in ids if i not in absent] for ids in (FIRST, LAST))
        chosen = [*first, *own, *last]
        # Two commands with one label, such as the crosshair's, need only one place.
        labels = [self._labels.get(command.id, command.label) for command in chosen]
        chosen = [c for i, c in enumerate(chosen) if labels[i] not in labels[:i]]
        spare = [c for c in reversed(chosen) if c in own[2:] and c.id not in self._labels]
        spare += [by_id[i] for i in DISPENSABLE] + list(reversed(own))
        while sum(sum(map(cell_len, self._entry(c))) + 3 for c in chosen) > width and spare:
            dropped = spare.pop(0)
            if dropped in chosen:
                chosen.remove(dropped)
        return chosen
