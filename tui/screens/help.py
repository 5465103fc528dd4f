"""Every key and what it does, from the one table of commands."""

import re
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.language import tr
from tui.cells import cell_ljust
from tui.commands import COMMANDS, Command, Scope
from tui.keymap import Keymap
from tui.screens.dialog import Dialog

HEADINGS: dict[Scope, str] = {
    "everywhere": tr("Everywhere"),
    "params": tr("1 Params"),
    "charts": tr("2 Loss and 3 Perplexity or Accuracy"),
    "gradients": tr("4 Gradients, of a language model"),
    "classes": tr("4 Classes, of a classifier"),
    "runs": tr("5 Runs"),
    "generate": tr("6 Generate, with a language model"),
    "classify": tr("6 Classify, with a classifier"),
    "time": tr("7 Through time: how far back gradients reach"),
    "gates": tr("8 Gates: how gates and hidden states move"),
    "microscope": tr("9 Microscope: a text, token by token"),
    "doctor": tr("0 Doctor: what it found in the run"),
    "experiments": tr("E Experiments: runs side by side, and learning rates"),
}

WIDTH = 104
"""Cells of the dialog, where the terminal has them."""

MARGIN = 2
"""Fewest blanks between what a key does and its id."""

NOTES = tr("""\
Edits in Params are staged: {params.apply} applies those marked live at the next step, \
{params.apply_new} begins a new run with all \
of them, {params.undo} takes the last applied change back. Every change leaves a mark on the charts.
In Classes a row is a true class, a column what its texts were given, in percent of the row.
In Classify what spoke for the answer is bold, what spoke against it underlined; \
{classify.tokens} reads the numbers.
In Generate a token's colour and line say how probable the model found it; \
{generate.probabilities} shows the number.
Keys can be changed in config.toml in the workspace, by the ids on the right.""")


class HelpDialog(Dialog[None]):
    """Show the keys, those of the focused panel first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,q,enter", "dismiss_dialog", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]
    DEFAULT_CSS = """
    HelpDialog > Vertical { width: 104; height: 90%; }
    HelpDialog VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    HelpDialog Static { height: auto; }
    """

    def __init__(self, keymap: Keymap, first: Scope) -> None:
        """Make the help.

        Args:
            keymap: The keys in force.
            first: The scope to list on top.
        """
        super().__init__(tr("Help"), keys=tr("↑↓ PgUp PgDn scroll  Esc close"))
        self._keymap = keymap
        self._first = first

    def compose_body(self) -> ComposeResult:
        """Lay out the list."""
        with VerticalScroll():
            yield from (Static(text, markup=False) for text in self._texts())

    def action_scroll(self, direction: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=direction, animate=False)

    def _texts(self) -> tuple[Content, Content]:
        """Return what the screen can show at first, and the rest, which need not be drawn yet."""
        width = min(WIDTH, self.app.size.width) - 6
        lines = []
        for scope in sorted(HEADINGS, key=lambda scope: scope != self._first):
            lines.append(Content.styled(HEADINGS[scope], "bold $text-accent"))
            lines += [self._line(command, width) for command in COMMANDS if command.scope == scope]
            lines.append(Content(""))
        notes = re.sub(r"\{(.+?)\}", lambda match: self._keymap.first_shown(match[1]), NOTES)
        lines.append(Content(notes))
        seen = self.app.size.height
        return Content("\n").join(lines[:seen]), Content("\n").join(lines[seen:])

    def _line(self, command: Command, width: int) -> Content:
        """Write keys and help, and at the right edge the id: below them where they are long."""
        start = self.written(f"  {cell_ljust(self._keymap.shown(command.id), 10)} ")
        room = width - cell_len(start) - cell_len(command.help) - len(command.id)
        line = Content.assemble((start, "bold"), self.written(command.help))
        if room < MARGIN:
            line, room = line + Content("\n"), width - len(command.id)
        return line + Content.styled(" " * room + command.id, "$text-muted")
