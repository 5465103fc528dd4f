"""Labelled texts ready to train on: numbered, and split so that each class is in both parts."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from core.config import Config, holds_out
from core.control import ShouldStop
from core.errors import DataError
from core.language import tr
from core.text.corpus import Report, reporting
from core.text.encoded_texts import (
    EncodedTexts,
    Numbers,
    class_numbers,
    encode_labelled,
    encode_texts,
)
from core.text.excerpts import quoted
from core.text.labelled import LabelledTexts, header_hint
from core.text.labelled_notices import (
    class_notices,
    cut_notices,
    duplicate_notices,
    unknown_notices,
)
from core.text.reading import printable
from core.text.vocabulary import Progress, Vocabulary, vocabulary_of

__all__ = [
    "EncodedTexts",
    "LabelledCorpus",
    "encode_labelled",
    "make_labelled_corpus",
]

MOST_SINGLE = 10
"""More classes of a single text than this, and most of all texts, are taken for a mistake."""

MOST_CLASSES = 1000
"""More are no classes: a matrix of them would be told and stored at each evaluation."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,99}", re.ASCII)


@dataclass(frozen=True)
class LabelledCorpus:
    """Hold labelled texts, in a part to train on and one to validate with."""

    name: str
    """Of the data: a corpus or a file's base name."""
    vocabulary: Vocabulary
    labels: list[str]
    """The classes in the order of their numbers."""
    train: EncodedTexts
    val: EncodedTexts
    digest: str
    """SHA-256 of both parts, the classes and the vocabulary, in hexadecimal."""
    notices: list[str] = field(default_factory=list)
    """What the user should know, a sentence each."""


def make_labelled_corpus(
    name: str,
    data: LabelledTexts,
    config: Config,
    *,
    val_data: LabelledTexts | None = None,
    vocabulary: Vocabulary | None = None,
    labels: Sequence[str] | None = None,
    report: Report | None = None,
    should_stop: ShouldStop | None = None,
) -> LabelledCorpus:
    """Split labelled texts into training and validation and number their tokens.

    The vocabulary is built from the training texts alone, so that validation tells how the model
    fares on texts that it has not seen.

    Args:
        name: Of the data.
        data: All texts, or those to train on where `val_data` is given.
        config: Says how to split, number and cut.
        val_data: Validation texts of their own.
        vocabulary: One to use instead of building one, such as a checkpoint's.
        labels: The classes in an order to keep, such as a checkpoint's; else whole numbers are
            sorted by value and all others as text.
        report: Told how far it is.
        should_stop: Asked from time to time whether to give up.

    Raises:
        DataError: There is only one class, a class has too few texts to be in both parts,
            validation has a class that training has not, or a text is blank.
        StopRequested: `should_stop` became true.
    """
    labels = _class_names(data.labels) if labels is None else list(labels)
    _check_classes(name, data)
    train_part, val_part = _parts(name, data, val_data, labels, config)

    def told(what: str, total: int) -> Progress:
        return reporting(what, total, report, should_stop)

    if vocabulary is None:
        vocabulary = vocabulary_of(train_part.data.texts, config, told)
    on_train = told(tr("encoding"), len(train_part.numbers))
    train, train_notices = _encoded(train_part, tr("training"), config, vocabulary, on_train)
    on_val = told(tr("encoding validation"), len(val_part.numbers))
    val, val_notices = _encoded(val_part, tr("validation"), config, vocabulary, on_val)
    return LabelledCorpus(
        name=name,
        vocabulary=vocabulary,
        labels=labels,
        train=train,
        val=val,
        digest=_digest(train, val, labels, vocabulary),
        notices=[
            *class_notices(labels, train.class_counts(len(labels)), config),
            *train_notices,
            *val_notices,
            *unknown_notices(val.ids, tr("validation"), vocabulary),
            *duplicate_notices(train_part.data.texts, val_part.data.texts),
        ],
    )


class _Part(NamedTuple):
    """Hold the texts of a part and the numbers of their classes."""

    data: LabelledTexts
    numbers: Numbers


def _class_names(labels: Sequence[str]) -> list[str]:
    names = set(labels)
    if all(map(_INTEGER.fullmatch, names)):
        return sorted(names, key=lambda name: (int(name), name))
    return sorted(names)


def check_classes(
    name: str, data: LabelledTexts, config: Config, val_data: LabelledTexts | None = None
) -> None:
    """Refuse labelled texts that no classifier can learn from, without numbering their tokens.

    Args:
        name: Of the data.
        data: All texts, or those to train on where `val_data` is given.
        config: Says how to split.
        val_data: Validation texts of their own.

    Raises:
        DataError: As for `make_labelled_corpus`.
    """
    _check_classes(name, data)
    _parts(name, data, val_data, _class_names(data.labels), config)


def _check_classes(name: str, data: LabelledTexts) -> None:
    name = printable(name)
    if not data.labels:
        raise DataError(
            tr("{name} has no texts to train on; name labelled texts with --data_file", name=name)
        )
    count = len(set(data.labels))
    if count > MOST_CLASSES:
        raise DataError(
            tr(
                "{name} has {count:,} classes, and more than {most:,} cannot be told "
                "apart; name the column of the classes with --label_column",
                name=name,
                count=count,
                most=MOST_CLASSES,
            )
        )
    if count == 1:
        raise DataError(
            tr(
                "every text of {name} has the class {label}, and a classifier needs at least two; "
                "add texts of other classes, or name another --label_column",
                name=name,
                label=quoted(data.labels[0]),
            )
        )


def _check_counts(name: str, data: LabelledTexts, numbers: Numbers, labels: Sequence[str]) -> None:
    """Refuse a class that cannot be in both parts."""
    single = np.flatnonzero(np.bincount(numbers) == 1)
    if not len(single):
        return
    place = data.places[int(np.flatnonzero(numbers == single[0])[0])]
    more = tr(" and of {count:,} more classes", count=len(single) - 1) if len(single) > 1 else ""
    hint = header_hint(place)
    if len(single) > max(MOST_SINGLE, len(numbers) // 2):
        hint = tr("; if these are no classes, name their column with --label_column")
    raise DataError(
        tr(
            "{name} has a single text of the class {label} ({place}){more}, and training and "
            "validation need one each; add texts of it, or name validation texts with "
            "--val_file{hint}",
            name=printable(name),
            label=quoted(labels[single[0]]),
            place=place,
            more=more,
            hint=hint,
        )
    )


def _held_out(numbers: Numbers, config: Config) -> npt.NDArray[np.bool_]:
    """Choose the validation texts: of each class its share, and at least one in each part.

    With `val_fraction` 0 there are none.
    """
    generator = np.random.default_rng(config.seed)
    held_out = np.zeros(len(numbers), dtype=np.bool_)
    if not holds_out(config):
        return held_out
    for number in np.unique(numbers):
        of_class = np.flatnonzero(numbers == number)
        share = min(max(1, round(len(of_class) * config.val_fraction)), len(of_class) - 1)
        held_out[generator.permutation(of_class)[:share]] = True
    return held_out


def _parts(
    name: str,
    data: LabelledTexts,
    val_data: LabelledTexts | None,
    labels: Sequence[str],
    config: Config,
) -> tuple[_Part, _Part]:
    """Return the texts to train on and those to validate with, each in the order of the data."""
    numbers = class_numbers(name, data, labels)
    if val_data is not None:
        val_name = Path(config.val_file).name or tr("the validation data")
        return _Part(data, numbers), _Part(val_data, class_numbers(val_name, val_data, labels))
    if holds_out(config):
        _check_counts(name, data, numbers, labels)
    held_out = _held_out(numbers, config)
    train, val = (
        _Part(LabelledTexts(*(list(compress(values, chosen)) for values in data)), numbers[chosen])
        for chosen in (~held_out, held_out)
    )
    return train, val


def _encoded(
    part: _Part, what: str, config: Config, vocabulary: Vocabulary, on_progress: Progress
) -> tuple[EncodedTexts, list[str]]:
    """Return a part as numbers, and whether texts were cut."""
    encoded, cut = encode_texts(part.data, part.numbers, config, vocabulary, on_progress)
    return encoded, cut_notices(cut, len(encoded), what, config)


def _digest(
    train: EncodedTexts, val: EncodedTexts, labels: Sequence[str], vocabulary: Vocabulary
) -> str:
    digest = hashlib.sha256(msgspec.json.encode([vocabulary.to_dict(), labels]))
    for part in (train, val):
        digest.update(len(part).to_bytes(8, "little"))
        for values in (part.ids, part.starts, part.labels):
            digest.update(np.ascontiguousarray(values, dtype="<i8").data)
    return digest.hexdigest()
