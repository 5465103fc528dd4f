"""A large text as tokens, read in pieces, so that neither it nor they are in memory as a whole.

The same tokens, vocabulary and hash as `make_corpus` gives for the same text.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from core.background import InOrder
from core.config import Config
from core.insight.duplicates import Duplicates, duplicate_lines
from core.language import tr
from core.text.characters import mark
from core.text.compiled import CODE_POINTS, code_points
from core.text.corpus import LONGEST_HEAD, LONGEST_TAIL, MOST_COMPARED
from core.text.large_files import LargeFiles
from core.text.reading_progress import ReadingProgress
from core.text.text_file import TextFile
from core.text.tokens import Digest, TokenStore, narrowest
from core.text.vocabulary import (
    UNKNOWN_INDEX,
    CharacterVocabulary,
    Ids,
    Vocabulary,
    WordVocabulary,
)
from core.text.word_numbers import word_numbers

MakeStore = Callable[[np.dtype[Any]], TokenStore]
"""Makes a place for tokens of a type."""


@dataclass(frozen=True)
class LargeText:
    """Hold what is known of a large text once it was read, but for its tokens."""

    vocabulary: Vocabulary
    train_tokens: int
    val_tokens: int
    unknown: int
    """How many validation tokens are `<unk>`."""
    digest: str
    """SHA-256 of both streams and the vocabulary, in hexadecimal."""
    sha256: list[str]
    """Of the file, or of both files, in hexadecimal."""
    line_ends: list[str]
    """Of each file, those that were read as LF; empty where there are no such ones."""
    train_chars: int
    val_chars: int
    val_words: int
    """Whitespace-separated words of the validation text, at least 1."""
    train_tail: str
    val_head: str
    duplicates: Duplicates


def read_large(
    files: list[TextFile],
    config: Config,
    vocabulary: Vocabulary | None,
    *,
    make_store: MakeStore,
    make_scratch: MakeStore,
    progress: ReadingProgress,
) -> LargeText:
    """Cut a large text into training and validation, and number its tokens.

    Args:
        files: The text, or the training and the validation text.
        config: Says how to cut and split.
        vocabulary: One to use instead of building one, such as a checkpoint's.
        make_store: Makes the place for the tokens, of the narrowest type that holds them.
        make_scratch: Makes a place for what is read again.
        progress: Told how far it is.

    Raises:
        DataError: A file cannot be read, does not fit its encoding, or changes meanwhile.
        MemoryError: The text has too many different words.
        OSError: There is no room for the tokens.
        StopRequested: The user did not want to wait.
    """
    progress.begin("reading_text", tr("reading"), sum(file.state.size for file in files))
    measured = [file.measure(progress.part(file.state.size)) for file in files]
    text = LargeFiles(files, [chars for chars, _ in measured], config, progress)
    ends = _Ends()
    if config.vocab_type == "char":
        numbered = _characters(text, vocabulary, ends)
    else:
        numbered = _words(text, config, vocabulary, ends, make_scratch)
    store = make_store(narrowest(len(numbered.vocabulary)))
    digest, unknown = _keep(numbered, store)
    for file in files:
        file.require_unchanged()
    return LargeText(
        vocabulary=numbered.vocabulary,
        train_tokens=numbered.train_tokens,
        val_tokens=numbered.val_tokens,
        unknown=unknown,
        digest=digest,
        sha256=[sha256 for _, sha256 in measured],
        line_ends=[file.line_ends for file in files],
        train_chars=text.cut,
        val_chars=text.chars - text.cut,
        val_words=max(1, ends.val_words),
        train_tail=ends.train_tail[-LONGEST_TAIL:],
        val_head=ends.val_head[:LONGEST_HEAD],
        duplicates=duplicate_lines(ends.train_tail, ends.val_head),
    )


@dataclass(frozen=True)
class _Numbered:
    """Hold a text whose tokens are known, and give them once."""

    vocabulary: Vocabulary
    train_tokens: int
    val_tokens: int
    chunks: Iterator[Ids]
    """All tokens, those to train on first, of the narrowest type."""


def _characters(text: LargeFiles, vocabulary: Vocabulary | None, ends: "_Ends") -> _Numbered:
    if vocabulary is None:
        seen = np.zeros(CODE_POINTS, dtype=np.bool_)
        for part, is_train in text.pieces(tr("collecting characters")):
            if not is_train:
                break
            mark(code_points(part), seen)
        vocabulary = CharacterVocabulary()
        vocabulary.take_seen(seen)
    assert isinstance(vocabulary, CharacterVocabulary), "the settings name the level"
    known, dtype = vocabulary, narrowest(len(vocabulary))

    def chunks() -> Iterator[Ids]:
        for part, _ in ends.watching(text.pieces(tr("encoding"))):
            tokens = np.empty(len(part), dtype=dtype)
            known.number(part, tokens)
            yield tokens

    return _Numbered(vocabulary, text.cut, text.chars - text.cut, chunks())


def _words(
    text: LargeFiles,
    config: Config,
    vocabulary: Vocabulary | None,
    ends: "_Ends",
    make_scratch: MakeStore,
) -> _Numbered:
    numbers = word_numbers(config.word_split)
    scratch = make_scratch(np.dtype("<i4"))
    counts, joined, was_train = [0, 0], True, True
    pieces = ends.watching(text.pieces(tr("counting words")))
    with InOrder() as writing:
        for part, is_train in text.splittable(pieces, config.word_split):
            if was_train and not is_train:
                joined, was_train = True, False
            found, joined = numbers.split(part, joined=joined, counted=is_train)
            writing.do(partial(scratch.append, found))
            counts[0 if is_train else 1] += len(found)
        writing.finish()
    if vocabulary is None:
        vocabulary = WordVocabulary(config.max_vocab_size, config.word_split)
        vocabulary.take_counted(numbers)
    assert isinstance(vocabulary, WordVocabulary), "the settings name the level"
    table = vocabulary.renumbering(numbers).astype(narrowest(len(vocabulary)))
    del numbers

    def chunks() -> Iterator[Ids]:
        told = text.progress_of(tr("encoding"), sum(counts))
        for found in scratch.chunks():
            yield table[found]
            told(len(found))

    return _Numbered(vocabulary, counts[0], counts[1], chunks())


def _keep(numbered: _Numbered, store: TokenStore) -> tuple[str, int]:
    """Keep all tokens; return their hash and how many of validation are unknown."""
    done = unknown = 0
    with InOrder() as hashing, InOrder() as writing:
        digest = Digest(numbered.vocabulary, numbered.train_tokens, numbered.val_tokens, hashing)
        for tokens in numbered.chunks:
            writing.do(partial(store.append, tokens))
            digest.update(tokens)
            done += len(tokens)
            if (held_out := min(len(tokens), done - numbered.train_tokens)) > 0:
                unknown += int(np.count_nonzero(tokens[-held_out:] == UNKNOWN_INDEX))
        writing.finish()
        return digest.hexdigest(), unknown


class _Ends:
    """Keep the end of the training text and the head of the validation text as they pass."""

    def __init__(self) -> None:
        self._train: deque[str] = deque()
        self._train_chars = 0
        self._val: list[str] = []
        self._val_chars = 0
        self._in_word = False
        self.val_words = 0
        """Whitespace-separated words of the validation text."""

    def watching(self, pieces: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
        """Yield pieces of a text, with whether they are trained on, keeping what is needed."""
        for text, is_train in pieces:
            if is_train:
                self._train.append(text)
                self._train_chars += len(text)
                while self._train_chars - len(self._train[0]) >= MOST_COMPARED:
                    self._train_chars -= len(self._train.popleft())
            else:
                self._take_val(text)
            yield text, is_train

    @property
    def train_tail(self) -> str:
        """The last `MOST_COMPARED` characters of the training text."""
        return "".join(self._train)[-MOST_COMPARED:]

    @property
    def val_head(self) -> str:
        """The first `MOST_COMPARED` characters of the validation text."""
        return "".join(self._val)[:MOST_COMPARED]

    def _take_val(self, text: str) -> None:
        if self._val_chars < MOST_COMPARED:
            self._val.append(text)
            self._val_chars += len(text)
        # A word that two pieces share counts once.
        self.val_words += len(text.split()) - (self._in_word and not text[0].isspace())
        self._in_word = not text[-1].isspace()
