"""A settings table as rows: name, value, staged value, and whether it can change while training."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from rich.cells import cell_len, set_cell_size
from textual.content import Content

from core.experiment_budget import ENDLESS_EPOCHS
from core.language import joined, tr
from core.settings import Setting, Value, settings_of, text_of
from tui.names import said
from tui.safe_text import displayable
from tui.signs import Signs
from tui.widgets.row_list import Row, RowList

NAME_WIDTH = 17
"""Cells of the name column; the few longer names push the value aside, or are cut."""

ROOMY = 60
"""Cells of a list from which the name column has room for the longest name."""


def value_text(setting: Setting, value: Value) -> str:
    """Write a value for the eye: words for what is off or without end, paths from their end."""
    if setting.about.off and not value:
        return setting.about.off
    if setting.name == "epochs" and int(value) >= ENDLESS_EPOCHS:
        return tr("endless")
    if setting.kind == "bool":
        return tr("on") if value else tr("off")
    return displayable(text_of(value)) or tr("none")


def shortened(text: str, width: int, ellipsis: str) -> str:
    """Shorten a text to a width: a path from its front, since its end says more."""
    if cell_len(text) <= width:
        return text
    if "/" in text:
        room = max(width - cell_len(ellipsis), 0)
        while cell_len(text) > room:
            text = text[1:]
        return (ellipsis + text)[:width]
    return set_cell_size(text, max(width - cell_len(ellipsis), 0)).rstrip() + ellipsis[:width]


def describe(setting: Setting) -> Content:
    """Say what a setting is, its range, its unit and when it can change, in two sentences."""
    facts = [setting.range_text if setting.kind not in ("str", "bool") else ""]
    facts.append(setting.about.unit)
    if setting.about.off:
        facts.append(tr("0 is {meaning}", meaning=setting.about.off))
    line = joined(fact for fact in facts if fact)
    return Content.assemble(
        setting.about.help, ("\n" + line[:1].upper() + line[1:] if line else "", "$text-muted")
    )


class SettingsList(RowList):
    """Show the settings of a table under their group headings."""

    def __init__(
        self,
        table: type[msgspec.Struct],
        signs: Signs,
        *,
        groups: Sequence[str] = (),
        flags: bool = True,
        id: str | None = None,
    ) -> None:
        """Make the list.

        Args:
            table: The struct whose annotated fields are the settings.
            signs: What to draw arrows and marks with.
            groups: The groups to show, in this order; all of them without headings if empty.
            flags: Whether to say of each setting when it can change.
            id: Textual's id of the widget.
        """
        super().__init__(signs=signs, id=id)
        self.settings = settings_of(table)
        self._groups = groups
        self._flags = flags
        self._values: Mapping[str, Value] = {}
        self._staged: Mapping[str, Value] = {}
        self._extra: Mapping[str, str] = {}
        self._hidden: Collection[str] = ()

    @property
    def setting(self) -> Setting | None:
        """The setting under the cursor; None on a row that is none."""
        return self.settings.get(self.selected)

    def show(
        self,
        values: Mapping[str, Value],
        staged: Mapping[str, Value] | None = None,
        extra: Mapping[str, str] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        """Show values.

        Args:
            values: Those in force, by name.
            staged: Those that would replace them.
            extra: Values of further rows, by name, on top.
            hidden: Settings that have no row now.
        """
        self._values, self._staged = values, staged or {}
        self._extra, self._hidden = extra or {}, hidden
        column = self._name_column()
        rows = [
            Row(name, Content(f"{name:<{column}} {word}")) for name, word in self._extra.items()
        ]
        settings = [s for name, s in self.settings.items() if name not in hidden]
        if not self._groups:
            rows += [self._row(setting) for setting in settings]
        for group in self._groups:
            of_group = [self._row(s) for s in settings if s.about.group == group]
            if of_group:
                rows += [Row("", Content.styled(said(group), "$text-muted bold")), *of_group]
        self.set_rows(rows)

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        if self._values:
            self.show(self._values, self._staged, self._extra, self._hidden)

    def _row(self, setting: Setting) -> Row:
        name, staged = setting.name, setting.name in self._staged
        flag = ""
        if self._flags:
            flag = tr("live") if setting.about.live else self._signs.renew + tr("new")
        old = value_text(setting, self._values[name])
        column, width = self._name_column(), self.size.width - 4 - cell_len(flag)
        if len(name) > column and width - len(name) >= self._cells(setting, old):
            column = len(name)
        room = max(width - column, 4)
        value = Content(shortened(old, room, self._signs.ellipsis))
        if staged:
            new = value_text(setting, self._staged[name])
            value = self._change(old, new, room)
        spaces = " " * max(room - value.cell_length, 0)
        shown = name if len(name) <= column else name[: column - 1] + "…"
        content = Content.assemble(
            f"{shown.replace('…', self._signs.ellipsis[:1]):<{column}} ",
            value,
            spaces,
            ("*" if staged else " ", "$text-warning bold"),
            (flag, "$text-success" if setting.about.live else "$text-muted"),
        )
        return Row(name, content)

    def _name_column(self) -> int:
        return max(map(len, self.settings)) if self.size.width >= ROOMY else NAME_WIDTH

    def _cells(self, setting: Setting, old: str) -> int:
        """Return how wide a setting's value is, with the staged one if there is one."""
        if setting.name not in self._staged:
            return cell_len(old)
        return cell_len(old + self._signs.arrow + value_text(setting, self._staged[setting.name]))

    def _change(self, old: str, new: str, room: int) -> Content:
        """Write `old→new`; where that is too long, only `→new`."""
        arrow = self._signs.arrow
        shown_old = old if cell_len(old + arrow + new) <= room else ""
        shown_new = shortened(new, room - cell_len(arrow + shown_old), self._signs.ellipsis)
        return Content.assemble(
            (shown_old + arrow, "$text-muted"), (shown_new, "$text-warning bold")
        )
