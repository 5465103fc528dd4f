"""Labelled texts as numbers: their tokens one after another, and their classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.config import Config
from core.errors import DataError
from core.language import tr
from core.text.base import tell
from core.text.excerpts import listed, quoted
from core.text.labelled import LabelledTexts, header_hint
from core.text.labelled_notices import cut_notices, unknown_notices
from core.text.reading import printable
from core.text.vocabulary import Ids, Progress, Vocabulary

TEXTS_A_LOOK = 256
"""Texts numbered between two reports of progress."""

Numbers = npt.NDArray[np.int64]
"""Numbers of texts, classes or places, one-dimensional."""


@dataclass(frozen=True)
class EncodedTexts:
    """Hold labelled texts as numbers."""

    ids: Ids
    """The tokens of all texts, one after another."""
    starts: Numbers
    """Where each text begins in `ids`, and at last where the last one ends, (N + 1,)."""
    labels: Numbers
    """The number of each text's class, (N,)."""
    texts: list[str]
    """The texts as they were read, not cut."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> Numbers:
        """Tokens of each text, at least 1, (N,)."""
        return np.diff(self.starts)

    def spread(self, tokens: int) -> "EncodedTexts":
        """Return evenly spread texts of about so many tokens, at least one; all if they are fewer.

        Args:
            tokens: How many, above 0.
        """
        count = max(1, len(self) * tokens // max(1, len(self.ids)))
        if count >= len(self):
            return self
        chosen = np.linspace(0, len(self) - 1, count).astype(np.int64)
        return EncodedTexts(
            np.concatenate([self.text_ids(index) for index in chosen]),
            np.concatenate(([0], np.cumsum(self.lengths[chosen]))),
            self.labels[chosen],
            [self.texts[index] for index in chosen],
        )

    def class_counts(self, classes: int) -> list[int]:
        """Return how many texts each of the classes has."""
        counts: list[int] = np.bincount(self.labels, minlength=classes).tolist()
        return counts

    def text_ids(self, index: int) -> Ids:
        """Return the tokens of one text."""
        return self.ids[self.starts[index] : self.starts[index + 1]]


def encode_labelled(
    name: str,
    data: LabelledTexts,
    config: Config,
    vocabulary: Vocabulary,
    labels: Sequence[str],
    *,
    on_progress: Progress | None = None,
) -> tuple[EncodedTexts, list[str]]:
    """Number labelled texts as a model that is there already knows them.

    Args:
        name: Of the data.
        data: The texts.
        config: Holds `max_text_length`.
        vocabulary: The model's.
        labels: The model's classes in their order.
        on_progress: Told from time to time how many texts are done.

    Returns:
        The texts as numbers, and what the user should know.

    Raises:
        DataError: A text has a class that the model does not know, or is blank.
    """
    numbers = class_numbers(name, data, labels)
    encoded, cut = encode_texts(data, numbers, config, vocabulary, on_progress)
    what = printable(name)
    return encoded, [
        *cut_notices(cut, len(encoded), what, config),
        *unknown_notices(encoded.ids, what, vocabulary),
    ]


def class_numbers(name: str, data: LabelledTexts, labels: Sequence[str]) -> Numbers:
    """Return the number of each text's class.

    Args:
        name: Of the data.
        data: The texts.
        labels: The classes in the order of their numbers.

    Raises:
        DataError: A text has another class.
    """
    number_of = {label: number for number, label in enumerate(labels)}
    unknown = [index for index, label in enumerate(data.labels) if label not in number_of]
    if unknown:
        place, label = data.places[unknown[0]], data.labels[unknown[0]]
        more = tr(", as have {count:,} more", count=len(unknown) - 1) if len(unknown) > 1 else ""
        raise DataError(
            tr(
                "{place} of {name} has a class that training has not{more}: {label} is none of "
                "{labels}; correct or remove it{hint}",
                place=place,
                name=printable(name),
                more=more,
                label=quoted(label),
                labels=listed(map(repr, labels)),
                hint=header_hint(place),
            )
        )
    return np.array([number_of[label] for label in data.labels], dtype=np.int64)


def encode_texts(
    data: LabelledTexts,
    numbers: Numbers,
    config: Config,
    vocabulary: Vocabulary,
    on_progress: Progress | None,
) -> tuple[EncodedTexts, int]:
    """Number the tokens of texts.

    Args:
        data: The texts.
        numbers: Those of their classes.
        config: Holds `max_text_length`.
        vocabulary: Numbers the tokens.
        on_progress: Told from time to time how many texts are done.

    Returns:
        The texts as numbers, and how many of them were cut.

    Raises:
        DataError: A text is blank.
    """
    parts: list[Ids] = []
    cut = 0
    for index, text in enumerate(data.texts):
        if not text.strip():
            raise DataError(
                tr("{place} has no text; fill it in or remove it", place=data.places[index])
            )
        ids = vocabulary.text_to_indices(text)
        if len(ids) > config.max_text_length:
            cut += 1
            # A copy, so that the rest of it is not kept in memory.
            ids = ids[: config.max_text_length].copy()
        parts.append(ids)
        if index % TEXTS_A_LOOK == 0:
            tell(on_progress, index)
    tell(on_progress, len(parts))
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    ids = np.concatenate([np.empty(0, dtype=np.int32), *parts])
    return EncodedTexts(ids, starts, numbers, data.texts), cut
