"""Vocabularies: exact round trips, hostile input, and storage."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.config import make_config
from core.errors import DataError, InputError, SaveError
from core.text import CharacterVocabulary, WordVocabulary
from core.text.vocabulary import (
    UNKNOWN,
    UNKNOWN_INDEX,
    Vocabulary,
    new_vocabulary,
    vocabulary_from_dict,
)
from core.text.words import WordSplit

AWKWARD = "e\u0301 👩‍👩‍👧 🇫🇷\r\n\u2028\u2029\x85\x00\x1b[2J\u202e שלום ﷽ \U0010ffff\t\x1c"

texts = st.text() | st.text(alphabet="ab ,.'-(\n\t\r\u2028#<unk>\u0301", max_size=60)
word_splits = st.sampled_from(["punctuation", "whitespace"])


def built(vocabulary: Vocabulary, *texts: str) -> Vocabulary:
    """Return a vocabulary that knows some texts."""
    vocabulary.build_vocabulary(texts)
    return vocabulary


@given(texts, st.randoms(use_true_random=False))
def test_characters_round_trip(text: str, random: object) -> None:
    """Every text of known characters comes back exactly, whatever it is made of."""
    vocabulary = built(CharacterVocabulary(), text + AWKWARD)
    for known in (text, AWKWARD, text[::-1]):
        indices = vocabulary.text_to_indices(known)
        assert indices.dtype == np.int32
        assert indices.shape == (len(known),)
        assert vocabulary.indices_to_text(indices) == known


@given(texts, word_splits)
def test_words_round_trip(text: str, word_split: str) -> None:
    """Every text of known words comes back exactly, spacing included."""
    text = text.replace(UNKNOWN, "")
    config = make_config({"vocab_type": "word", "word_split": word_split})
    vocabulary = built(new_vocabulary(config), text, AWKWARD)
    for known in (text, AWKWARD):
        assert vocabulary.indices_to_text(vocabulary.text_to_indices(known)) == known


@given(st.lists(st.integers(0, 30)), word_splits)
def test_pieces_join_to_the_text(indices: list[int], word_split: str) -> None:
    """Writing token by token makes the same text as writing them at once, in any order."""
    words = WordVocabulary(word_split=word_split)  # type: ignore[arg-type]
    for vocabulary in (CharacterVocabulary(), words):
        built(vocabulary, 'He said (and "meant"): a-b, c!\n  Do  it…\n', AWKWARD)
        indices = [index % len(vocabulary) for index in indices]
        pieces = map(vocabulary.piece, itertools.chain([None], indices), indices)
        assert "".join(pieces) == vocabulary.indices_to_text(indices)


def test_characters_are_numbered_by_code_point() -> None:
    """`<unk>` is number 0, then characters follow in code-point order; the tables agree."""
    vocabulary = CharacterVocabulary()
    vocabulary.build_vocabulary(["ba", "é\n"])
    assert vocabulary.char2idx == {UNKNOWN: 0, "\n": 1, "a": 2, "b": 3, "é": 4}
    assert vocabulary.idx2char == {0: UNKNOWN, 1: "\n", 2: "a", 3: "b", 4: "é"}
    assert len(vocabulary) == 5


def test_words_are_numbered_by_frequency() -> None:
    """Frequent words come first, equal ones as they appeared; `<unk>` counts for the limit."""
    vocabulary = WordVocabulary(max_vocab_size=4)
    vocabulary.build_vocabulary(["c b a b", "a b d e"])
    assert vocabulary.word2idx == {UNKNOWN: 0, "b": 1, "a": 2, "c": 3}
    assert vocabulary.idx2word[1] == "b"
    assert vocabulary.text_to_indices("b d c").tolist() == [1, UNKNOWN_INDEX, 3]
    assert vocabulary.indices_to_text([1, 0, 3]) == "b <unk> c"


def test_unknown_characters_map_to_one_token() -> None:
    """Characters never seen, above or below the known ones, and lone surrogates are `<unk>`."""
    vocabulary = built(CharacterVocabulary(), "az\ud800")
    assert vocabulary.text_to_indices("a\ud800\udfff\0mz{😀\U0010ffff").tolist() == (
        [1, 0, 0, 0, 0, 2, 0, 0, 0]
    )
    assert vocabulary.indices_to_text([1, 0]) == "a<unk>"
    everything = vocabulary.text_to_indices("".join(map(chr, range(0x110000))))
    assert np.flatnonzero(everything).tolist() == [ord("a"), ord("z")]


def test_surrogates_never_enter_a_vocabulary() -> None:
    """What no file can hold is not a token, so that any vocabulary can be saved."""
    for vocabulary in (CharacterVocabulary(), WordVocabulary()):
        built(vocabulary, "a \ud83d\ude00 b")
        json.dumps(vocabulary.to_dict(), ensure_ascii=False).encode()
        assert UNKNOWN_INDEX in vocabulary.text_to_indices("\ud83d\ude00")


def test_literal_unk_is_no_character() -> None:
    """At character level `<unk>` in a text is five characters and stays them."""
    vocabulary = built(CharacterVocabulary(), UNKNOWN)
    assert UNKNOWN_INDEX not in vocabulary.text_to_indices(UNKNOWN)
    assert vocabulary.indices_to_text(vocabulary.text_to_indices(UNKNOWN)) == UNKNOWN


def test_literal_unk_is_the_unknown_word() -> None:
    """At word level `<unk>` in a text is the unknown token and never another entry."""
    for word_split in ("punctuation", "whitespace"):
        vocabulary = WordVocabulary(word_split=word_split)
        vocabulary.build_vocabulary(["a <unk> b  <unk>\n<unk> a"])
        assert [token for token in vocabulary.word2idx if "unk" in token] == [UNKNOWN]
        indices = vocabulary.text_to_indices("a <unk> b")
        assert indices.tolist() == [vocabulary.word2idx["a"], 0, vocabulary.word2idx["b"]]


def test_chunks_do_not_show() -> None:
    """A text longer than a chunk is encoded as its parts are, and words are not torn."""
    line = "one two, three\u3000four's\n"
    text = line * 30_000
    for vocabulary in (CharacterVocabulary(), WordVocabulary()):
        built(vocabulary, line)
        expected = np.tile(vocabulary.text_to_indices(line), 30_000)
        told: list[int] = []
        assert np.array_equal(vocabulary.text_to_indices(text, told.append), expected)
        assert len(told) > 2
        assert told == sorted(told)
        assert told[-1] == len(text)
        vocabulary.build_vocabulary([text, text], told.append)
        assert told[-1] == 2 * len(text)


def test_any_sequence_of_numbers_can_be_written() -> None:
    """Lists, arrays, tensors and iterators of numbers give the same text."""
    vocabulary = built(CharacterVocabulary(), "abc")
    for indices in ([3, 1], np.array([3, 1]), torch.tensor([3, 1]), iter([3, 1])):
        assert vocabulary.indices_to_text(indices) == "ca"
    for wrong in (4, -1):
        with pytest.raises(IndexError, match="outside"):
            vocabulary.indices_to_text([1, wrong])
        with pytest.raises(IndexError, match="outside"):
            built(WordVocabulary(), "a b c").indices_to_text([wrong, 1])
        with pytest.raises(IndexError, match="outside"):
            built(WordVocabulary(), "a b c").piece(wrong, 1)


def test_a_single_text_is_a_list_of_one() -> None:
    """Forgetting the brackets does not make a vocabulary of letters."""
    vocabulary = WordVocabulary()
    vocabulary.build_vocabulary("whole words")
    assert set(vocabulary.word2idx) == {UNKNOWN, "whole", "words"}


@given(split=word_splits | st.none(), numbers=st.lists(st.integers(1, 99)), data=st.data())
def test_what_tokens_write_can_be_written(
    split: WordSplit | None, numbers: list[int], data: st.DataObject
) -> None:
    """Any part of what a sequence of known tokens writes can be written."""
    vocabulary = built(
        WordVocabulary(99, split) if split else CharacterVocabulary(),
        'to be, or ("not")  to\tbe\n\n  the end. <unk>--x',
    )
    text = vocabulary.indices_to_text([1 + n % (len(vocabulary) - 1) for n in numbers])
    start = data.draw(st.integers(0, len(text)))
    assert vocabulary.can_write(text[start : data.draw(st.integers(start, len(text)))])


@pytest.mark.parametrize(
    ("text", "can"),
    [
        ("o b", True),
        ("e, n", True),
        ("t or to", True),
        ("toe", False),
        ("ö", False),
        ("e o ", False),
    ],
)
def test_what_words_cannot_write_is_known(text: str, can: bool) -> None:
    """A text may begin and end within words; those within it must be known as a whole."""
    assert built(WordVocabulary(), "to be, or not to be").can_write(text) == can


def test_unknown_tokens_are_named() -> None:
    """Unknown characters and words are listed once, in order, at most twenty, without spacing."""
    characters = built(CharacterVocabulary(), "abc")
    assert characters.unknown_tokens("axbyxz") == ["x", "y", "z"]
    assert len(characters.unknown_tokens("".join(map(chr, range(200, 900))))) == 20
    words = built(WordVocabulary(), "one two")
    assert words.unknown_tokens("two (three)  four three") == ["(", "three", ")", "four"]


@pytest.mark.parametrize(
    ("vocabulary", "text", "start"),
    [
        (CharacterVocabulary(), "b\na ", "\n"),
        (CharacterVocabulary(), "b a", " "),
        (CharacterVocabulary(), "ba", "a"),
        (CharacterVocabulary(), "", UNKNOWN),
        (WordVocabulary(), "a b a \n c \n d \n", " \n "),
        (WordVocabulary(), "a b a \n c \n d\ne", "\n"),
        (WordVocabulary(), "b a a", "a"),
        (WordVocabulary(), "", UNKNOWN),
    ],
)
def test_start_is_a_line_end_or_common(vocabulary: Vocabulary, text: str, start: str) -> None:
    """Generation without a prompt starts from a line end if known, never needlessly `<unk>`."""
    built(vocabulary, text)
    assert vocabulary.to_dict()["tokens"][vocabulary.start_index] == start  # type: ignore[index]


@pytest.mark.parametrize("word_split", [None, "punctuation", "whitespace"])
def test_save_and_load(tmp_path: Path, word_split: str | None) -> None:
    """A saved vocabulary, loaded into an empty one, is the same; so is one made of its dict."""
    path = tmp_path / "vocabulary.json"
    new = CharacterVocabulary if word_split is None else WordVocabulary
    saved = built(new() if word_split is None else WordVocabulary(50, word_split), AWKWARD)  # type: ignore[arg-type]
    saved.save(path)
    loaded = new()
    loaded.load(path)
    for copy in (loaded, vocabulary_from_dict(saved.to_dict())):
        assert type(copy) is type(saved)
        assert copy.to_dict() == saved.to_dict()
        assert copy.text_to_indices(AWKWARD).tolist() == saved.text_to_indices(AWKWARD).tolist()
    assert json.loads(path.read_bytes()) == saved.to_dict()
    assert [entry.name for entry in tmp_path.iterdir()] == ["vocabulary.json"]


STORED = {"version": 1, "vocab_type": "char", "tokens": [UNKNOWN, "a", "b"]}
STORED_WORDS = STORED | {
    "vocab_type": "word",
    "max_vocab_size": 10,
    "word_split": "whitespace",
}

WRONG: list[object] = [
    [],
    None,
    {},
    STORED | {"version": 2},
    STORED | {"vocab_type": "byte"},
    STORED | {"secret\n\x1b": 1},
    STORED | {"tokens": "abc"},
    STORED | {"tokens": []},
    STORED | {"tokens": ["a", "b"]},
    STORED | {"tokens": [UNKNOWN, "a", "a"]},
    STORED | {"tokens": [UNKNOWN, UNKNOWN]},
    STORED | {"tokens": [UNKNOWN, 3]},
    STORED | {"tokens": [UNKNOWN, "ab\n"]},
    STORED | {"tokens": [UNKNOWN, ""]},
    STORED | {"tokens": [UNKNOWN, "\ud800"]},
    STORED_WORDS | {"tokens": [UNKNOWN, ""]},
    STORED_WORDS | {"max_vocab_size": 2},
    STORED_WORDS | {"max_vocab_size": None},
    STORED_WORDS | {"max_vocab_size": 1e400},
    STORED_WORDS | {"word_split": None},
    STORED_WORDS | {"word_split": "letters"},
]


@pytest.mark.parametrize("data", WRONG)
def test_wrong_data_are_refused(tmp_path: Path, data: object) -> None:
    """Whatever is not a vocabulary is refused in one printable line, and changes nothing."""
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(data))
    for vocabulary in (built(CharacterVocabulary(), "xyz"), built(WordVocabulary(), "x y")):
        before = vocabulary.to_dict()
        with pytest.raises(DataError) as refused:
            vocabulary.load(path)
        assert str(path) in str(refused.value)
        assert str(refused.value).isprintable()
        assert vocabulary.to_dict() == before
    with pytest.raises(DataError) as refused:
        vocabulary_from_dict(data)  # type: ignore[arg-type]
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95pickle", b"{", b"[" * 100_000, b"\xff"])
def test_files_that_are_no_json_are_refused(tmp_path: Path, content: bytes) -> None:
    """A pickle, a torn file or deep nesting is refused, never run."""
    path = tmp_path / "char_vocabulary.pkl"
    path.write_bytes(content)
    with pytest.raises(DataError, match="is not a char vocabulary"):
        CharacterVocabulary().load(path)


def test_the_other_level_is_refused(tmp_path: Path) -> None:
    """A word vocabulary does not load as characters, and the message says which it is."""
    path = tmp_path / "word.json"
    built(WordVocabulary(), "a b").save(path)
    with pytest.raises(DataError, match="type word"):
        CharacterVocabulary().load(path)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """Saving into a missing folder, a file or over a folder fails in one line, leaving nothing."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for place in ("missing/v.json", "file/v.json", "folder", "nul\0/v.json"):
        with pytest.raises(SaveError) as failed:
            CharacterVocabulary().save(tmp_path / place)
        assert str(failed.value).isprintable()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


def test_impossible_word_vocabularies_are_refused() -> None:
    """A limit without room for `<unk>` and an unknown way to split are wrong input."""
    with pytest.raises(InputError, match="max_vocab_size must be at least 1, got 0"):
        WordVocabulary(0)
    with pytest.raises(InputError, match="word_split must be one of"):
        WordVocabulary(word_split="letters")  # type: ignore[arg-type]


def test_vocabularies_need_no_torch() -> None:
    """Texts can be read and numbered before torch is loaded; only the loaders need it."""
    code = (
        "import sys, core.text, core.text.corpus, core.text.corpora, core.text.reading\n"
        "assert 'torch' not in sys.modules\n"
        "assert core.text.create_data_loaders.__module__ == 'core.text.loaders'\n"
        "assert 'torch' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
