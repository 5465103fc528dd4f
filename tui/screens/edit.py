"""Edit one setting: what is typed is checked at every key, and only an allowed value is taken."""

from collections.abc import Sequence
from contextlib import suppress

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from core.errors import SettingsError
from core.language import tr
from core.settings import Setting, Value, parse, typed_text
from tui.safe_text import displayable
from tui.screens.choice import Choice, ChoiceDialog
from tui.screens.dialog import Dialog
from tui.widgets.path_field import COMPLETES, PathField, names_line
from tui.widgets.settings_list import describe
from tui.widgets.text_field import LinesField, TextField

PATH_SETTINGS = frozenset({"data_file", "val_file", "save_dir"})
"""Settings that are typed as a path."""


def edit_dialog(
    setting: Setting, value: Value, choices: Sequence[str] = ()
) -> ModalScreen[str] | ModalScreen[Value]:
    """Return the dialog that suits a setting: a list where there are choices, else a field."""
    if choices:
        answers = [Choice(choice, choice) for choice in choices]
        return ChoiceDialog(setting.name, answers, intro=setting.about.help, present=str(value))
    return EditDialog(setting, value)


class EditDialog(Dialog[Value]):
    """Ask for a value of a setting."""

    def __init__(self, setting: Setting, value: Value) -> None:
        super().__init__(setting.name)
        self._setting = setting
        self._value = value

    def compose_body(self) -> ComposeResult:
        """Lay out the help, the field and what is wrong with what stands in it."""
        yield Static(describe(self._setting), id="help")
        text = typed_text(self._setting, self._value)
        if self._setting.name in PATH_SETTINGS:
            yield PathField(displayable(text))
        elif self._setting.about.escapes:
            yield LinesField(displayable(text))
        else:
            # A letter must not erase a text that was long in the writing; a number is retyped.
            yield TextField(displayable(text), select_on_focus=self._setting.kind != "str")
        yield Static(id="hint", markup=False)

    def on_path_field_offered(self, message: PathField.Offered) -> None:
        """Show how the path can go on."""
        hint = self.query_one("#hint", Static)
        hint.update(names_line(message.names, hint.size.width, self.signs.ellipsis))

    def on_input_changed(self, message: Input.Changed) -> None:
        """Check what is typed."""
        message.stop()
        hint = self.query_one("#hint", Static)
        try:
            value = parse(self._setting, message.value)
        except SettingsError as error:
            hint.update(Content.styled(displayable(str(error)), "$text-error"))
        else:
            before = displayable(typed_text(self._setting, self._value))
            change = "" if value == self._value else tr("was {value}", value=before)
            if not change and self._setting.name in PATH_SETTINGS:
                change = COMPLETES
            hint.update(Content.styled(change, "$text-muted"))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take the value if it is allowed; what is wrong stands below the field."""
        message.stop()
        with suppress(SettingsError):
            self.dismiss(parse(self._setting, message.value))
