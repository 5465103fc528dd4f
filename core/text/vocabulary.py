"""The one door to vocabularies: both levels, and how to get the right one."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from core.config import Config
from core.errors import DataError
from core.language import tr
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
    "vocabulary_of",
]


def new_vocabulary(config: Config) -> Vocabulary:
    """Return an empty vocabulary of the level that the settings name."""
    if config.vocab_type == "char":
        return CharacterVocabulary()
    return WordVocabulary(config.max_vocab_size, config.word_split)


def vocabulary_of(
    texts: Sequence[str], config: Config, told: Callable[[str, int], Progress]
) -> Vocabulary:
    """Build the vocabulary that the settings name from some texts.

    Args:
        texts: Those to train on.
        config: Says of which level it is.
        told: Given what is done and its characters, returns what is told how far it is.

    Raises:
        StopRequested: What is told asked to give up.
    """
    vocabulary = new_vocabulary(config)
    what = tr("counting words") if config.vocab_type == "word" else tr("collecting characters")
    vocabulary.build_vocabulary(texts, told(what, sum(map(len, texts))))
    return vocabulary


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
            tr(
                "this is not a vocabulary: {error}; use a file of rnnstudio's",
                error=printable(str(error)),
            )
        ) from None
    return found
