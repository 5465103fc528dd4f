"""A line of text to write in; its editing keys act in the order in which they were typed."""

from rich.text import Text
from textual import events
from textual.widgets import Input

from tui.safe_text import harmless

LONGEST = 2048
"""Characters that a field takes; to draw many more at each key and each click is slow."""


class TextField(Input):
    """Run the bindings of the field where the key arrives.

    Textual takes printable keys here, but runs bindings only once a key has bubbled up to the
    application; of keys that come together, later letters would overtake a backspace.
    """

    @property
    def _value(self) -> Text:
        """What is drawn: a value from elsewhere may hold what would act on a terminal."""
        return Text(harmless(self.value), no_wrap=True, overflow="ignore", end="")

    def replace(self, text: str, start: int, end: int) -> None:
        """Put as much of a text in a place as there is room for."""
        room = max(0, LONGEST - len(self.value) + abs(end - start))
        if len(text) > room:
            self.restricted()
        super().replace(text[:room], start, end)

    async def on_key(self, event: events.Key) -> None:
        """Edit at once; a key that means nothing here goes on to what is around the field."""
        if event.is_printable:
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                return
