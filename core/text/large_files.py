"""A large text in one file, or in two, as pieces to train on and then pieces to validate with."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from core.config import Config
from core.errors import DataError
from core.language import tr
from core.text.reading_progress import ReadingProgress
from core.text.text_file import TextFile
from core.text.words import WordSplit, last_cut, word_boundary

LONGEST_WORD = 2**22
"""Characters without a place to cut that are taken for one word at most."""


class LargeFiles:
    """Know where the parts of a large text are, and read it as often as needed.

    Args:
        files: The text, or the training and the validation text.
        chars: The characters of each file.
        config: `val_fraction` is the tail's share of the characters where there is one file.
        progress: Told how far it is.

    Raises:
        DataError: A file cannot be read or does not fit its encoding.
        StopRequested: The user did not want to wait.
    """

    def __init__(
        self,
        files: Sequence[TextFile],
        chars: Sequence[int],
        config: Config,
        progress: ReadingProgress,
    ) -> None:
        self._files = files
        self._progress = progress
        self.chars = sum(chars)
        """Characters of all."""
        self.cut = chars[0]
        """Characters of the training text."""
        if len(files) == 1:
            self.cut -= round(self.chars * config.val_fraction)
            if config.vocab_type == "word" and self.cut < self.chars:
                self.cut = self._word_boundary(reach=(self.chars - self.cut) // 10)

    def pieces(self, what: str) -> Iterator[tuple[str, bool]]:
        """Yield the text in pieces, each with whether it is trained on.

        Args:
            what: What it is read for, for the user.

        Raises:
            DataError: A file cannot be read or does not fit its encoding.
            StopRequested: The user did not want to wait.
        """
        self._progress.begin("building_vocabulary", what, sum(f.state.size for f in self._files))
        at = 0
        for file in self._files:
            told = self._progress.part(file.state.size)
            for text, done in file.pieces():
                told(done)
                start, at = at, at + len(text)
                if start < self.cut < at:
                    yield text[: self.cut - start], True
                    yield text[self.cut - start :], False
                else:
                    yield text, start < self.cut

    def splittable(
        self, pieces: Iterable[tuple[str, bool]], word_split: WordSplit
    ) -> Iterator[tuple[str, bool]]:
        """Yield the same text in pieces that begin and end between two tokens.

        Raises:
            DataError: There is no such place for millions of characters.
        """
        rest, is_rest_train = "", True
        for text, is_train in pieces:
            if is_train != is_rest_train:
                if rest:
                    yield rest, is_rest_train
                rest, is_rest_train = "", is_train
            rest += text
            if place := last_cut(rest, word_split):
                yield rest[:place], is_train
                rest = rest[place:]
            elif len(rest) > LONGEST_WORD:
                raise DataError(
                    tr(
                        "{name} has a word of more than {most:,} characters; split it, or take "
                        "vocab_type char",
                        name=self._files[0 if is_train else -1].name,
                        most=LONGEST_WORD,
                    )
                )
        if rest:
            yield rest, is_rest_train

    def progress_of(self, what: str, total: int) -> Callable[[int], None]:
        """Return what is told how many more of `total` are done of something else."""
        size, done = sum(file.state.size for file in self._files), 0
        self._progress.begin("building_vocabulary", what, size)

        def told(more: int) -> None:
            nonlocal done
            done += more
            self._progress.told(size * done // max(1, total))

        return told

    def _word_boundary(self, reach: int) -> int:
        """Move the cut on to the start of a line or word close by."""
        cut, at, window = self.cut, 0, ""
        for text, _ in self._files[0].pieces():
            self._progress.look()
            if at + len(text) > cut:
                window += text[max(0, cut - at) : cut + reach - at]
            at += len(text)
            if at >= cut + reach:
                break
        return cut + word_boundary(window, 0, reach)
