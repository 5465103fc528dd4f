"""The one door to vocabularies: both levels, and how to get the right one."""

from collections.abc import Mapping

import msgspec

from core.config import Config
from core.errors import DataError
from core.text.base import UNKNOWN_INDEX, ArrayLike, Ids, Progress, StoredVocabulary, Vocabulary
from core.text.characters import CharacterVocabulary
from core.text.reading import printable
from core.text.word_vocabulary import WordVocabulary
from core.text.words import UNKNOWN

__all__ = [
    "UNKNOWN",
    "UNKNOWN_INDEX",
    "ArrayLike",
    "CharacterVocabulary",
    "Ids",
    "Progress",
    "Vocabulary",
    "WordVocabulary",
    "new_vocabulary",
    "vocabulary_from_dict",
]


def new_vocabulary(config: Config) -> Vocabulary:
    """Return an empty vocabulary of the level that the settings name."""
    if config.vocab_type == "char":
        return CharacterVocabulary()
    return WordVocabulary(config.max_vocab_size, config.word_split)


def vocabulary_from_dict(data: Mapping[str, object]) -> Vocabulary:
    """Make a vocabulary of what `Vocabulary.to_dict` returned.

    Raises:
        DataError: It is something else.
    """
    try:
        stored = msgspec.convert(data, StoredVocabulary)
        found = CharacterVocabulary() if stored.vocab_type == "char" else WordVocabulary()
        found.take(stored)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DataError(
            f"this is not a vocabulary: {printable(str(error))}; use a file of rnnstudio's"
        ) from None
    return found
