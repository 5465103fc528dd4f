"""The tokens of large texts, kept so that the next start need not read the text again.

Files may go at any time: what is missing or unfit is made again.
"""

import hashlib
import os
import secrets
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from core.config import Config
from core.durable import make_folder, settle
from core.text.text_file import FileState

MOST_BYTES = 8 * 2**30
"""What all files may take together; those not used for longest go first. The newest one stays."""

ABANDONED_S = 600.0
"""After what time without a change a file that is not finished is nobody's any more."""


class TokenKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hold all that decides about the tokens of a text."""

    files: tuple[FileState, ...]
    """The text, and the validation text if it has one of its own."""
    encoding: str
    vocab_type: str
    val_fraction: float | None
    """None where the validation text is a file of its own."""
    max_vocab_size: int | None
    """Word level only."""
    word_split: str | None
    """Word level only."""
    unicode: str
    """The version of Unicode by which words are told from marks."""
    vocabulary: str
    """SHA-256 of a vocabulary that was given; empty where it is built."""
    newlines: str | None = None
    """None, and not in the text, where they are kept: tokens from before the setting are found."""

    @property
    def text(self) -> str:
        """The same as one line."""
        return msgspec.json.encode(self).decode()


def token_key(files: list[FileState], config: Config, vocabulary: bytes | None) -> TokenKey:
    """Return what decides about the tokens of a text.

    Args:
        files: The text, and the validation text if it has one of its own.
        config: Says how to cut and split.
        vocabulary: One that is given, as JSON; None where it is built.
    """
    by_words = config.vocab_type == "word"
    return TokenKey(
        files=tuple(files),
        encoding=config.encoding,
        vocab_type=config.vocab_type,
        val_fraction=config.val_fraction if len(files) == 1 else None,
        max_vocab_size=config.max_vocab_size if by_words else None,
        word_split=config.word_split if by_words else None,
        unicode=unicodedata.unidata_version,
        vocabulary=hashlib.sha256(vocabulary).hexdigest() if vocabulary is not None else "",
        newlines=None if config.newlines == "keep" else config.newlines,
    )


class TokenCache:
    """Find, make and remove files of tokens in a folder.

    Args:
        folder: Where they are; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where they are."""

    def path(self, key: TokenKey) -> Path:
        """Return where the tokens of a text are, if they are there."""
        return self.folder / f"{hashlib.sha256(key.text.encode()).hexdigest()[:32]}.tokens"

    def partial_path(self, key: TokenKey) -> Path:
        """Return where to write tokens until they are whole; nobody else writes there.

        Raises:
            OSError: The folder cannot be made.
        """
        make_folder(self.folder)
        return self.folder / f".{self.path(key).stem}.{secrets.token_hex(4)}.partial"

    def touch(self, path: Path) -> None:
        """Remember that a file was used now."""
        with suppress(OSError):
            os.utime(path)

    def make_room(self, size: int) -> None:
        """Remove what was not used for longest until `size` bytes more fit, and what died."""
        for path in self.abandoned():
            _remove(path)
        files = sorted(self._files("*.tokens"), key=lambda file: file[1].st_mtime)
        total = sum(found.st_size for _, found in files) + size
        for path, found in files:
            if total <= MOST_BYTES:
                return
            _remove(path)
            total -= found.st_size

    def abandoned(self) -> list[Path]:
        """Return the files that were never finished, and that nobody writes any more."""
        now = time.time()
        files = self._files(".*.partial")
        return [path for path, found in files if now - found.st_mtime > ABANDONED_S]

    def keep(self, partial: Path, path: Path, given_up: Callable[[], bool]) -> str:
        """Give a finished file its name once it is on the disk.

        Returns:
            Nothing: where it cannot be kept, it is made again next time.
        """
        try:
            if given_up():
                _remove(partial)
            else:
                settle(partial, path)
        except OSError:
            _remove(partial)
        return ""

    def remove(self, path: Path) -> None:
        """Remove a file, which may be gone already."""
        _remove(path)

    def usage(self) -> tuple[int, int]:
        """Return how many texts are kept, and the bytes that they take."""
        sizes = [found.st_size for _, found in self._files("*.tokens")]
        return len(sizes), sum(sizes)

    def _files(self, pattern: str) -> list[tuple[Path, os.stat_result]]:
        found = []
        with suppress(OSError):
            for path in self.folder.glob(pattern):
                with suppress(OSError):
                    found.append((path, path.stat()))
        return found


def _remove(path: Path) -> None:
    # Who has it open, or mapped into memory, keeps it; where that is forbidden it stays.
    with suppress(OSError):
        path.unlink(missing_ok=True)
