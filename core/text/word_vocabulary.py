"""The vocabulary of words, marks and line ends, ordered by frequency."""

from collections.abc import Iterable
from itertools import islice
from typing import ClassVar, Literal

import numpy as np

from core.errors import InputError
from core.language import tr
from core.text.base import (
    UNKNOWN_INDEX,
    Ids,
    Progress,
    StoredVocabulary,
    Vocabulary,
    as_texts,
    first_distinct,
    is_text,
    tell,
)
from core.text.word_numbers import (
    WordNumbers,
    by_frequency,
    numbered,
    renumbering,
    word_numbers,
)
from core.text.words import UNKNOWN, WordSplit, WordSplitter, written

SHORT_CHARS = 2**14
"""Characters of a text from which on the compiled part is worth its preparation."""


class WordVocabulary(Vocabulary):
    """Number the words of texts, the most frequent ones first, equal ones by first appearance.

    Line ends, punctuation marks and words with unusual spacing are tokens too; `core.text.words`
    says how, and why every text of known tokens is written back exactly.

    Args:
        max_vocab_size: Most tokens kept, `<unk>` included.
        word_split: Whether words end at punctuation marks too, or at white space only.

    Raises:
        InputError: `max_vocab_size` leaves no room for `<unk>`, or `word_split` is unknown.
    """

    vocab_type: ClassVar[Literal["char", "word"]] = "word"

    def __init__(self, max_vocab_size: int = 10_000, word_split: WordSplit = "punctuation") -> None:
        if max_vocab_size < 1:
            raise InputError(
                tr(
                    "max_vocab_size must be at least 1, got {max_vocab_size}",
                    max_vocab_size=max_vocab_size,
                )
            )
        if word_split not in ("punctuation", "whitespace"):
            raise InputError(
                tr(
                    "word_split must be one of punctuation, whitespace, got {word_split!r}",
                    word_split=word_split,
                )
            )
        self.max_vocab_size = max_vocab_size
        self._splitter = WordSplitter(word_split)
        super().__init__()

    @property
    def word_split(self) -> WordSplit:
        """Where words end."""
        return self._splitter.word_split

    @property
    def word2idx(self) -> dict[str, int]:
        """The number of each token."""
        return self._index

    @property
    def idx2word(self) -> dict[int, str]:
        """The token of each number."""
        return self._reverse

    def build_vocabulary(self, texts: Iterable[str], on_progress: Progress | None = None) -> None:
        """Take over the most frequent tokens of some texts, forgetting those known before."""
        numbers = word_numbers(self.word_split)
        done = 0
        for text in as_texts(texts):
            for _, end in numbered(numbers, self.word_split, text, counted=True):
                tell(on_progress, done + end)
            done += len(text)
        self.take_counted(numbers)

    def take_counted(self, numbers: WordNumbers) -> None:
        """Take over the most frequent of the tokens that were counted, forgetting those before."""
        fit = (token for token in by_frequency(numbers) if token != UNKNOWN and is_text(token))
        self._fill([UNKNOWN, *islice(fit, self.max_vocab_size - 1)])

    def text_to_indices(self, text: str, on_progress: Progress | None = None) -> Ids:
        """Return the numbers of a text's words, marks and line ends."""
        if len(text) < SHORT_CHARS:
            find = self._index.get
            split = self._splitter.split(text)
            known = [find(token, UNKNOWN_INDEX) for tokens, _ in split for token in tokens]
            tell(on_progress, len(text))
            return np.array(known, dtype=np.int32)
        numbers = word_numbers(self.word_split)
        parts = [np.empty(0, dtype=np.int32)]
        for found, end in numbered(numbers, self.word_split, text):
            parts.append(found)
            tell(on_progress, end)
        return self.renumbering(numbers)[np.concatenate(parts)]

    def renumbering(self, numbers: WordNumbers) -> Ids:
        """Return what each number by first appearance is in this vocabulary, (distinct,)."""
        return renumbering(numbers, self._index, UNKNOWN_INDEX)

    def piece(self, previous: int | None, index: int) -> str:
        """Write one token with the spacing that it has after another."""
        self._check_index(index)
        if previous is None:
            return written(None, self._forms[index])
        self._check_index(previous)
        return written(self._forms[previous], self._forms[index])

    def unknown_tokens(self, text: str) -> list[str]:
        """Return the words not known in a text: each once, in order, the first 20."""
        return first_distinct(
            self._splitter.form(token).text.strip() or token
            for tokens, _ in self._splitter.split(text)
            for token in tokens
            if token not in self._index
        )

    def unknown_counts(self, text: str) -> dict[str, int]:
        """Return each word of a text that is not known, its spacing included, and how often."""
        numbers = word_numbers(self.word_split)
        for _ in numbered(numbers, self.word_split, text, counted=True):
            pass
        counts = numbers.counts
        unknown = np.flatnonzero(self.renumbering(numbers) == UNKNOWN_INDEX)
        found = {numbers.token(number): int(counts[number]) for number in unknown.tolist()}
        found.pop(UNKNOWN, None)
        return found

    def can_write(self, text: str) -> bool:
        """Tell whether known tokens, one after another, can write something that holds a text.

        It may begin and end within a token, so that places in it are gone through: from each that
        a token can reach, on to those that the next one can.
        """
        forms = set(self._forms[1:])  # `<unk>` is never written
        begun = set()
        for form in forms:
            piece = form.text if form.joins_left else f" {form.text}"
            if text in piece:
                return True
            ends = range(1, min(len(piece), len(text) - 1) + 1)
            begun |= {(end, form.joins_right) for end in ends if piece.endswith(text[:end])}
        waiting = list(begun)
        while waiting:
            place, joined = waiting.pop()
            for form in forms:
                piece = form.text if form.joins_left or joined else f" {form.text}"
                if piece.startswith(text[place:]):
                    return True
                reached = place + len(piece), form.joins_right
                if text.startswith(piece, place) and reached not in begun:
                    begun.add(reached)
                    waiting.append(reached)
        return False

    @property
    def start_index(self) -> int:
        """The plain or else the most frequent line end, or else the most frequent token."""
        line_ends = (index for index, token in enumerate(self._tokens) if "\n" in token)
        return self._index.get("\n") or next(line_ends, min(1, len(self) - 1))

    def _fill(self, tokens: list[str]) -> None:
        super()._fill(tokens)
        self._forms = [self._splitter.form(token) for token in tokens]

    def _stored(self) -> StoredVocabulary:
        return StoredVocabulary(
            vocab_type="word",
            max_vocab_size=self.max_vocab_size,
            word_split=self.word_split,
            tokens=self._tokens,
        )

    def _check(self, stored: StoredVocabulary) -> None:
        if stored.max_vocab_size is None or stored.word_split is None:
            raise ValueError(tr("max_vocab_size or word_split is missing"))
        if len(stored.tokens) > stored.max_vocab_size:
            raise ValueError(tr("it has more tokens than max_vocab_size"))
        if "" in stored.tokens:
            raise ValueError(tr("a token is empty"))
        self.max_vocab_size = stored.max_vocab_size
        self._splitter = WordSplitter(stored.word_split)
