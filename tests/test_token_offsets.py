"""A text's tokens are found where they stand, whatever the vocabulary knows of them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.token_offsets import token_offsets
from core.text.vocabulary import CharacterVocabulary, Vocabulary, WordVocabulary
from core.text.words import WordSplit

parts = st.sampled_from(
    [" ", "  ", "\n", " \n ", "\r\n", "\t", "a", "the", "don't", ",", "(", "##", "“", "猫", "<unk>"]
)
texts = st.lists(parts | st.text(max_size=3)).map("".join)
splits: list[WordSplit] = ["punctuation", "whitespace"]


def pieces_of(vocabulary: Vocabulary, text: str) -> list[str]:
    """Cut a text where its tokens begin."""
    offsets = token_offsets(vocabulary, text).tolist()
    assert len(offsets) == len(vocabulary.text_to_indices(text)) + 1
    return [text[start:end] for start, end in pairwise(offsets)]


@pytest.mark.parametrize("word_split", splits)
@given(text=texts)
def test_words_rejoin_though_none_is_known(text: str, word_split: WordSplit) -> None:
    """A vocabulary that knows nothing cuts a text into the same pieces, which are all of it."""
    pieces = pieces_of(WordVocabulary(1, word_split), text)
    assert "".join(pieces) == text


@pytest.mark.parametrize("word_split", splits)
@given(text=texts)
def test_known_words_stand_as_the_vocabulary_writes_them(text: str, word_split: WordSplit) -> None:
    """The piece of a known token is the vocabulary's."""
    text = text.replace("<unk>", "")
    vocabulary = WordVocabulary(10_000, word_split)
    vocabulary.build_vocabulary(text)
    indices: list[int] = vocabulary.text_to_indices(text).tolist()
    written = [
        vocabulary.piece(previous, index)
        for previous, index in zip([None, *indices], indices, strict=False)
    ]
    assert pieces_of(vocabulary, text) == written


def test_irregular_blanks_before_unknown_belong_to_it() -> None:
    """Split at white space, blanks that the vocabulary would not write are shown all the same."""
    assert pieces_of(WordVocabulary(9, "whitespace"), "a  <unk> <unk>\tb") == [
        *("a", "  <unk>", " <unk>", "\tb")
    ]


@given(st.text(st.characters(), max_size=9))
def test_characters_are_one_each(text: str) -> None:
    """Each character is a token, known or not, though `<unk>` is written with five."""
    assert pieces_of(CharacterVocabulary(), text) == list(text)
    assert token_offsets(CharacterVocabulary(), text).dtype == np.int64
