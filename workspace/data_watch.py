"""An eye on the text while a run learns it: files that change or go, and kept tokens unfit."""

from contextlib import suppress
from pathlib import Path

from core.config import Config
from core.home import expanded
from core.language import tr
from core.text.corpus import Corpus
from core.text.reading import printable
from core.text.text_file import FileState, file_state
from core.training.tasks import Data

LONGEST_WAIT_S = 10.0
"""How long the end of a run waits until its tokens are on the disk."""


class DataWatch:
    """Notice what becomes of a run's text; a run goes on with the text as it was read.

    Args:
        config: Names the files. Made before they are read, so that no change is missed.
    """

    def __init__(self, config: Config) -> None:
        self._states = [
            state
            for path in (config.data_file, config.val_file)
            if path and (state := _state(path)) is not None
        ]
        self._data: Data | None = None

    def begin(self, data: Data) -> None:
        """Take what was read."""
        self._data = data

    def notices(self) -> list[str]:
        """Return what the user should know and was not told yet, a sentence each."""
        assert self._data is not None, "it began"
        found = []
        for before in list(self._states):
            now = _state(before.path)
            if now == before:
                continue
            self._states.remove(before)
            name, digest = printable(Path(before.path).name), self._data.digest[:16]
            if now is None:
                found.append(
                    tr(
                        "{name} is gone since it was read; this run goes on with it as it was "
                        "(SHA-256 of its tokens: {digest}…), and cannot be resumed without it",
                        name=name,
                        digest=digest,
                    )
                )
            else:
                found.append(
                    tr(
                        "{name} has changed since it was read; this run goes on with it as it was "
                        "(SHA-256 of its tokens: {digest}…), and cannot be resumed with another",
                        name=name,
                        digest=digest,
                    )
                )
        if isinstance(self._data, Corpus) and self._data.beside is not None:
            found += self._data.beside.take()
        return found

    def end(self, *, in_haste: bool) -> None:
        """End what goes on beside training; tokens are put on the disk first if there is time.

        Args:
            in_haste: Whether somebody waits for the end.
        """
        if isinstance(self._data, Corpus) and self._data.beside is not None:
            self._data.beside.end(0.0 if in_haste else LONGEST_WAIT_S)


def _state(path: str) -> FileState | None:
    """Look at a file; None where there is none, or a folder."""
    with suppress(OSError, ValueError, RuntimeError):
        return file_state(path) if not expanded(path).is_dir() else None
    return None
