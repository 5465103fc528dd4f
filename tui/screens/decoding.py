"""Edit every setting of sampling."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from core.decoding import Decoding
from core.language import tr
from core.settings import Value, build
from tui.nudge import nudge
from tui.screens.dialog import Dialog
from tui.screens.edit import edit_dialog
from tui.widgets.row_list import RowList
from tui.widgets.settings_list import SettingsList, describe


class DecodingDialog(Dialog[Decoding]):
    """Show the sampling settings as rows that can be nudged and edited."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "row(1)", show=False),
        Binding("up,k", "row(-1)", show=False),
        Binding("left,h", "nudge(-1)", show=False),
        Binding("right,l", "nudge(1)", show=False),
        Binding("enter,e", "edit", show=False),
        Binding("s", "dismiss_dialog", show=False),
    ]
    DEFAULT_CSS = """
    DecodingDialog SettingsList { height: 10; margin: 1 0; }
    DecodingDialog #about { height: 3; }
    """

    def __init__(self, decoding: Decoding) -> None:
        super().__init__(tr("Sampling"), keys=tr("←→ change  Enter type  Esc done"))
        self._decoding = decoding

    def compose_body(self) -> ComposeResult:
        """Lay out the rows and what the selected one means."""
        yield SettingsList(Decoding, self.signs, flags=False)
        yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Fill the rows."""
        self._redraw()

    def action_dismiss_dialog(self) -> None:
        """Close with the settings as they are."""
        self.dismiss(self._decoding)

    def action_row(self, direction: int) -> None:
        """Move the cursor."""
        self._list.move(direction)

    def action_nudge(self, direction: int) -> None:
        """Take the next value up or down."""
        setting = self._list.setting
        if setting is not None:
            value: Value = getattr(self._decoding, setting.name)
            self._take(setting.name, nudge(setting, value, direction))

    def action_edit(self) -> None:
        """Ask for a value; what has two values is switched at once."""
        setting = self._list.setting
        if setting is None:
            return
        if setting.kind == "bool":
            self.action_nudge(1)
            return
        name = setting.name

        def take(value: Value | None) -> None:
            if value is not None:
                self._take(name, value)

        self.app.push_screen(edit_dialog(setting, getattr(self._decoding, name)), take)

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Explain the clicked row."""
        message.stop()
        self._redraw()

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        """Explain the row that the cursor was moved to, by a key or the wheel."""
        message.stop()
        self._redraw()

    @property
    def _list(self) -> SettingsList:
        return self.query_one(SettingsList)

    def _take(self, name: str, value: Value) -> None:
        self._decoding = build(Decoding, {name: value}, self._decoding)
        self._redraw()

    def _redraw(self) -> None:
        values = {name: getattr(self._decoding, name) for name in self._list.settings}
        self._list.show(values)
        if self._list.setting is not None:
            self.query_one("#about", Static).update(describe(self._list.setting))
