"""Every key and what it does, from the one table of commands."""

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from core.language import tr
from tui.cells import cell_ljust
from tui.command_words import WORDS
from tui.commands import COMMANDS, Command, Scope
from tui.keymap import Keymap
from tui.screens.dialog import Dialog
from tui.widgets.lines_view import LinesView
from tui.widgets.text_field import TextField

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
    """Show the keys, those of the focused panel first; `/` finds them by words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,q,enter", "dismiss_dialog", show=False),
        Binding("slash", "filter", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home", "scroll(-1_000_000)", show=False),
        Binding("end", "scroll(1_000_000)", show=False),
    ]
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    HelpDialog > Vertical { width: 104; height: 90%; }
    HelpDialog #filter { display: none; }
    HelpDialog.-filtering #filter { display: block; }
    """

    def __init__(self, keymap: Keymap, first: Scope) -> None:
        """Make the help.

        Args:
            keymap: The keys in force.
            first: The scope to list on top.
        """
        super().__init__(tr("Help"), keys=tr("/ filter  ↑↓ PgUp PgDn scroll  Esc close"))
        self._keymap = keymap
        self._first = first

    def compose_body(self) -> ComposeResult:
        """Lay out the field for words and the list."""
        yield TextField(placeholder=tr("words, such as rollback or sample"), id="filter")
        yield LinesView()

    def on_resize(self) -> None:
        """List the keys in the width there is."""
        self._view.show(self.lines(self._field.value))

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines, or as far as there are any."""
        self._view.scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll by what is in view."""
        self._view.scroll_relative(y=direction * self._view.size.height, animate=False)

    def action_filter(self) -> None:
        """Open the field for words."""
        self.add_class("-filtering")
        self._field.focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        """List what has all the words."""
        message.stop()
        self._view.show(self.lines(message.value))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep what was found and take the keys back."""
        message.stop()
        self.set_class(bool(message.value.strip()), "-filtering")
        self.set_focus(None)

    def action_dismiss_dialog(self) -> None:
        """List every key again where words are looked for; else close."""
        if not self.has_class("-filtering"):
            super().action_dismiss_dialog()
            return
        self._field.value = ""
        self.remove_class("-filtering")
        self.set_focus(None)

    def lines(self, words: str = "") -> list[Content]:
        """Write what is listed.

        Args:
            words: What each command must have in its heading, keys, help or id.
        """
        sought = words.casefold().split()
        lines: list[Content] = []
        for scope in sorted(HEADINGS, key=lambda scope: scope != self._first):
            found = [command for command in COMMANDS if command.scope == scope]
            found = [command for command in found if self._has(command, sought)]
            if found:
                heading = Content.styled(HEADINGS[scope], "bold $text-accent")
                lines.append(heading)
                lines += (line for command in found for line in self._written(command))
                lines.append(Content(""))
        if not sought:
            notes = re.sub(r"\{(.+?)\}", lambda match: self._keymap.first_shown(match[1]), NOTES)
            lines += Content(notes).split(allow_blank=True)
        elif not lines:
            lines.append(Content.styled(tr("nothing has these words"), "italic $text-muted"))
        return lines

    @property
    def _view(self) -> LinesView:
        return self.query_one(LinesView)

    @property
    def _field(self) -> TextField:
        return self.query_one(TextField)

    def _has(self, command: Command, sought: Sequence[str]) -> bool:
        """Tell whether a command has all the words."""
        shown = self._keymap.shown(command.id)
        named = HEADINGS[command.scope], shown, command.label, command.help, command.id
        text = " ".join((*named, WORDS.get(command.id, ""))).casefold()
        return all(word in text for word in sought)

    def _written(self, command: Command) -> list[Content]:
        """Write keys and help, and at the right edge the id: below them where they are long."""
        width = min(WIDTH, self.app.size.width) - 6
        start = self.written(f"  {cell_ljust(self._keymap.shown(command.id), 10)} ")
        line = Content.assemble((start, "bold"), self.written(command.help))
        room = width - line.cell_length
        if room - len(command.id) >= MARGIN:
            return [line + Content.styled(command.id.rjust(room), "$text-muted")]
        return [line, Content.styled(command.id.rjust(width), "$text-muted")]
