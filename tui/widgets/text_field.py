"""A line of text to write in; its editing keys act in the order in which they were typed."""

from itertools import accumulate

from rich.cells import cell_len, get_character_cell_size
from rich.text import Text
from textual import events
from textual.widgets import Input

from core.language import tr
from tui.safe_text import harmless

LONGEST = 2048
"""Characters that a field takes; to draw many more at each key and each click is slow."""


class TextField(Input):
    """Run the bindings of the field where the key arrives.

    Textual takes printable keys here, but runs bindings only once a key has bubbled up to the
    application; of keys that come together, later letters would overtake a backspace.
    """

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        select_on_focus: bool = False,
        id: str | None = None,
    ) -> None:
        """Make a field.

        Args:
            value: What stands in it, with the cursor at the end.
            placeholder: What to show while it is empty.
            select_on_focus: Whether the first letter replaces what stands in it.
            id: Textual's id of the widget.
        """
        super().__init__(value, placeholder=placeholder, select_on_focus=select_on_focus, id=id)

    @property
    def _value(self) -> Text:
        """What is drawn: a value from elsewhere may hold what would act on a terminal."""
        return Text(harmless(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        """Return the column at which a character is drawn."""
        return cell_len(harmless(self.value[:position]))

    def _cell_offset_to_index(self, offset: int) -> int:
        """Return the character that is drawn at a column of the field."""
        column = offset + self.scroll_offset.x
        ends = accumulate(map(get_character_cell_size, harmless(self.value)))
        return next((at for at, end in enumerate(ends) if column < end), len(self.value))

    def replace(self, text: str, start: int, end: int) -> None:
        """Put as much of a text in a place as there is room for."""
        room = max(0, LONGEST - len(self.value) + abs(end - start))
        if len(text) > room:
            self.restricted()
        super().replace(text[:room], start, end)

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste of several lines whole, and say what there was no room for."""
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        text = self.typed_paste(text)
        before = len(self.value) - len(self.selected_text)
        self.replace(text, *sorted(self.selection))
        if (left_out := before + len(text) - len(self.value)) > 0:
            message = tr(
                "a field takes {most:,} characters: the last {n:,} of the paste are left out",
                most=LONGEST,
                n=left_out,
            )
            self.app.notify(message, severity="warning", markup=False)

    def typed_paste(self, text: str) -> str:
        """Return what a paste puts into the field: its first line."""
        return "".join(text.splitlines()[:1])

    async def on_key(self, event: events.Key) -> None:
        """Edit at once; a key that means nothing here goes on to what is around the field."""
        if event.is_printable:
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                return


class LinesField(TextField):
    r"""Take a text of several lines: `\n`, `\t`, `\\` and `\uXXXX` are typed for what they mean.

    `core.escapes.unescaped` reads them. Pasted line ends stay, and are drawn as signs.
    """

    def typed_paste(self, text: str) -> str:
        """Return what a paste puts into the field: all of it, its backslashes typed as such."""
        return text.replace("\\", "\\\\")
