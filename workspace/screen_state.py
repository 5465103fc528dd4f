"""The screen as it was left: what the dashboard finds again when it is opened the next time."""

from contextlib import suppress
from pathlib import Path

import msgspec

from core.decoding import Decoding
from core.durable import write_durably
from core.errors import SettingsError
from core.settings import Value, build

LARGEST = 2**20
"""Bytes of a file that is read; a longer one is not ours."""


class ScreenState(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what the user had on the screen, apart from what the config file says."""

    theme: str = ""
    """Name of the colour theme; empty for the usual one."""
    prompt: str = ""
    """What the console's next sample begins with."""
    sampling: dict[str, Value] = {}
    """The console's settings by name."""
    run: int | None = None
    """The number of the run on show."""
    newest_run: int | None = None
    """The newest run that there was: with a newer one, that is the last run."""

    @staticmethod
    def sampling_of(decoding: Decoding) -> dict[str, Value]:
        """Return what of the console's settings is kept: those that are not the usual ones."""
        usual, values = msgspec.structs.asdict(Decoding()), msgspec.structs.asdict(decoding)
        # Held units are of one model, and of the moment.
        return {n: v for n, v in values.items() if v != usual[n] and n != "clamp"}

    @property
    def decoding(self) -> Decoding:
        """The console's settings; the usual ones where another version wrote others."""
        try:
            return build(Decoding, self.sampling)
        except SettingsError:
            return Decoding()


def load_screen_state(path: Path) -> ScreenState:
    """Return what was left; where that cannot be read, the screen begins as it does at first."""
    with suppress(OSError, ValueError, RecursionError):
        if path.stat().st_size <= LARGEST:
            return msgspec.json.decode(path.read_bytes(), type=ScreenState)
    return ScreenState()


def save_screen_state(path: Path, state: ScreenState) -> None:
    """Keep what is left, unless the folder takes nothing: then the next start does without."""
    with suppress(OSError, ValueError):
        # A folder is not made for a screen on which nothing was changed.
        if path.parent.exists() or state != ScreenState():
            write_durably(path, msgspec.json.encode(state))
