"""A large text ready to train on: its tokens from the cache, or read and put there."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import msgspec
import numpy as np

from core.background import Beside
from core.config import Config
from core.control import ShouldStop
from core.language import tr
from core.text.corpus import Corpus, Report, check_lengths, corpus_notices
from core.text.large_corpus import LargeText, MakeStore, read_large
from core.text.newlines import newline_notice
from core.text.reading import Reading, printable
from core.text.reading_progress import ReadingProgress
from core.text.spelling import extrapolated_spelling_bits
from core.text.text_file import FileState, TextFile, file_state, hash_file, reads_in_pieces
from core.text.token_file import (
    TokenFileError,
    read_token_file,
    tokens_are_whole,
    write_description,
)
from core.text.tokens import FileTokens, MemoryTokens, TokenStore
from core.text.vocabulary import Ids, Vocabulary
from workspace.paths import Workspace
from workspace.token_cache import TokenCache, TokenKey, token_key

LARGE_BYTES = 2**23
"""Size of a text, with its validation text, from which on it is read in pieces."""


def is_large(config: Config) -> bool:
    """Tell whether what a config trains on is a file, or two, to be read in pieces.

    What cannot be looked at is not: reading it will say why.
    """
    if not config.data_file:
        return False
    try:
        size = sum(file_state(path).size for path in _paths(config))
        return size >= LARGE_BYTES and reads_in_pieces(config.encoding)
    except (OSError, ValueError, RuntimeError, LookupError):
        return False


def load_large(
    workspace: Workspace,
    config: Config,
    *,
    vocabulary: Vocabulary | None,
    report: Report,
    should_stop: ShouldStop,
) -> Corpus:
    """Read a large text, or find its tokens in the workspace.

    Args:
        workspace: Where tokens are kept.
        config: Names the file, and says how to cut and split.
        vocabulary: One to use instead of building one, such as a checkpoint's.
        report: Told how far it is.
        should_stop: Asked from time to time whether to give up.

    Raises:
        DataError: A file cannot be read, does not fit its encoding, is too short, or changes.
        StopRequested: `should_stop` became true.
    """
    cache = TokenCache(workspace.tokens_dir)
    with ExitStack() as stack:
        files = [stack.enter_context(TextFile(path, Reading.of(config))) for path in _paths(config)]
        reader = _Reader(cache, files, config, vocabulary)
        return reader.cached() or reader.read(report, should_stop)


class _Reader:
    """Read one text, or find its tokens.

    Args:
        cache: Where tokens are kept.
        files: The text, or the training and the validation text, open.
        config: Says how to cut and split.
        vocabulary: One to use instead of building one.
    """

    def __init__(
        self,
        cache: TokenCache,
        files: list[TextFile],
        config: Config,
        vocabulary: Vocabulary | None,
    ) -> None:
        self._cache = cache
        self._files = files
        self._config = config
        self._vocabulary = vocabulary
        self._given = None
        if vocabulary is not None:
            self._given = msgspec.json.encode(vocabulary.to_dict())
        self._key = self._key_with(self._given)

    def cached(self) -> Corpus | None:
        """Return the text if its tokens are there; files that cannot be used are removed."""
        # A vocabulary that is given is mostly the one that would be built.
        for key in dict.fromkeys([self._key_with(None), self._key]):
            path = self._cache.path(key)
            try:
                text, tokens = read_token_file(path, key.text)
            except FileNotFoundError:
                continue
            except (TokenFileError, OSError):
                self._cache.remove(path)
                continue
            if self._given in (None, msgspec.json.encode(text.vocabulary.to_dict())):
                self._require_enough(text)
                self._cache.touch(path)
                check = Beside(partial(check_tokens, self._cache, path, text, key.files))
                return self._corpus(text, tokens, beside=check)
        return None

    def read(self, report: Report, should_stop: ShouldStop) -> Corpus:
        """Read the text into a file of tokens, or into memory where there is no room for one."""
        try:
            return self._read_into_file(report, should_stop)
        except OSError as error:
            why = error.strerror or str(error)
        store: list[MemoryTokens] = []

        def make_store(dtype: np.dtype[Any]) -> TokenStore:
            store.append(MemoryTokens(dtype))
            return store[-1]

        progress = ReadingProgress(report, should_stop)
        text = self._read(make_store, MemoryTokens, progress)
        notice = tr(
            "the tokens of {name} are held in memory and read again next time, since they cannot "
            "be kept in the workspace: {why}",
            name=self._files[0].name,
            why=why,
        )
        return self._corpus(text, store[-1].joined(), notices=[notice])

    def _read_into_file(self, report: Report, should_stop: ShouldStop) -> Corpus:
        path = self._cache.partial_path(self._key)
        size = sum(file.state.size for file in self._files)

        def still_reading() -> bool:
            # It gets its first token once all of a text is counted, which may take long.
            self._cache.touch(path)
            return should_stop()

        progress = ReadingProgress(report, still_reading)
        try:
            with path.open("w+b") as file, TemporaryFile(dir=path.parent) as scratch:

                def make_store(dtype: np.dtype[Any]) -> TokenStore:
                    self._cache.make_room(size * dtype.itemsize)
                    return FileTokens(file, dtype)

                text = self._read(make_store, partial(FileTokens, scratch), progress)
                write_description(file, text, self._key.text)
            _, tokens = read_token_file(path, self._key.text)
        except BaseException:
            self._cache.remove(path)
            raise
        keep = Beside(partial(self._cache.keep, path, self._cache.path(self._key)))
        return self._corpus(text, tokens, beside=keep)

    def _read(
        self, make_store: MakeStore, make_scratch: MakeStore, progress: ReadingProgress
    ) -> LargeText:
        text = read_large(
            self._files,
            self._config,
            self._vocabulary,
            make_store=make_store,
            make_scratch=make_scratch,
            progress=progress,
        )
        self._require_enough(text)
        return text

    def _require_enough(self, text: LargeText) -> None:
        """Refuse a text that is too short, before its tokens are mapped or kept."""
        name = Path(self._config.data_file).name
        check_lengths(name, text.train_tokens, text.val_tokens, self._config)

    def _corpus(
        self,
        text: LargeText,
        tokens: Ids,
        *,
        notices: Sequence[str] = (),
        beside: Beside | None = None,
    ) -> Corpus:
        vocabulary = self._vocabulary or text.vocabulary
        line_ends = zip(self._files, text.line_ends, strict=False)
        read = [newline_notice(file.name, kinds) for file, kinds in line_ends if kinds]
        told = corpus_notices(text.unknown, text.val_tokens, text.vocabulary, text.duplicates)
        return Corpus(
            name=Path(self._config.data_file).name,
            vocabulary=vocabulary,
            train=tokens[: text.train_tokens],
            val=tokens[text.train_tokens :],
            val_chars=text.val_chars,
            val_words=text.val_words,
            digest=text.digest,
            notices=[*notices, *read, *told],
            train_chars=text.train_chars,
            train_tail=text.train_tail,
            val_head=text.val_head,
            val_spelling_bits=extrapolated_spelling_bits(vocabulary, text.val_head, text.unknown),
            beside=beside,
        )

    def _key_with(self, vocabulary: bytes | None) -> TokenKey:
        return token_key([file.state for file in self._files], self._config, vocabulary)


def check_tokens(
    cache: TokenCache,
    path: Path,
    text: LargeText,
    files: Sequence[FileState],
    given_up: Callable[[], bool],
) -> str:
    """See whether kept tokens are whole and still those of their text; remove them if not.

    Args:
        cache: Where they are kept.
        path: Their file.
        text: What is known of them.
        files: What they were made of, as it looked from outside.
        given_up: Asked from time to time whether to end.

    Returns:
        What the user should know; empty if all is well.
    """
    with suppress(OSError):
        if tokens_are_whole(path, text, given_up) is False:
            cache.remove(path)
            return tr(
                "the kept tokens of {name} were damaged and are removed; what this run has "
                "learned is not sure, so start it again",
                name=printable(Path(files[0].path).name),
            )
    for state, sha256 in zip(files, text.sha256, strict=True):
        with suppress(OSError):
            found = hash_file(state.path, given_up)
            if found not in (None, sha256) and file_state(state.path) == state:
                cache.remove(path)
                return tr(
                    "{name} has other content than its kept tokens, though its size and time are "
                    "the same; this run learns the old text, start a new one for that of now",
                    name=printable(Path(state.path).name),
                )
    return ""


def _paths(config: Config) -> list[str]:
    return [config.data_file, config.val_file] if config.val_file else [config.data_file]
