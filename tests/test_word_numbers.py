"""Words by the compiled part: the tokens of the patterns, whatever is in a text."""

import random

import numpy as np
import pytest

from core.text import words
from core.text.characters import CharacterVocabulary
from core.text.compiled import CODE_POINTS, compiled
from core.text.word_numbers import (
    CompiledWordNumbers,
    PythonWordNumbers,
    WordNumbers,
    by_frequency,
    numbered,
)
from core.text.word_vocabulary import WordVocabulary
from core.text.words import WordSplit, WordSplitter, last_cut, splittable_parts

SPLITS: tuple[WordSplit, ...] = ("punctuation", "whitespace")
CHARACTERS = " \n\t\u3000\u2028ab'’.,([<unk>#-“”$_9é\u0301👍\U0001f3fd中，。\x85\x1c"
WORDS = ["<unk>", "##", " ", "  ", "a", "it's", "'", "(", ")", ",", "\n", " \n ", "<", "unk>"]


def texts() -> list[str]:
    """Return texts of odd characters and of odd words, and two with thousands of characters."""
    draw = random.Random(1)
    odd = ["".join(draw.choices(CHARACTERS, k=draw.randrange(60))) for _ in range(100)]
    spaced = ["".join(draw.choices(WORDS, k=draw.randrange(30))) for _ in range(100)]
    some = [*map(chr, range(0x2100)), *map(chr, range(0x2100, CODE_POINTS, 511))]
    return [*odd, *spaced, "".join(some), "".join(f"{sign}a {sign}" for sign in some)]


def both(word_split: WordSplit) -> list[WordNumbers]:
    """Return both ways to number words."""
    library = compiled()
    if library is None:
        pytest.skip("the compiled part was not built")
    return [CompiledWordNumbers(library, word_split), PythonWordNumbers(word_split)]


@pytest.mark.parametrize("word_split", SPLITS)
@pytest.mark.parametrize("part_chars", [7, 2**18])
def test_the_same_tokens(
    monkeypatch: pytest.MonkeyPatch, word_split: WordSplit, part_chars: int
) -> None:
    """Both ways number and count the tokens that the splitter finds in the undivided text."""
    for text in texts():
        if part_chars < 100 and len(text) > 10_000:
            continue
        monkeypatch.setattr(words, "CHUNK_CHARS", 2**30)
        tokens = [token for found, _ in WordSplitter(word_split).split(text) for token in found]
        distinct = list(dict.fromkeys(tokens))
        monkeypatch.setattr(words, "CHUNK_CHARS", part_chars)
        for numbers in both(word_split):
            parts = [part for part, _ in numbered(numbers, word_split, text, counted=True)]
            found = np.concatenate([np.empty(0, np.int32), *parts]).tolist()
            assert len(numbers.counts) == len(distinct)
            assert [distinct[number] for number in found] == tokens
            assert numbers.counts.tolist() == np.bincount(found, minlength=0).tolist()
            first = distinct[:50]
            assert [numbers.token(number) for number in range(len(first))] == first
            assert [numbers.find(token) for token in first] == list(range(len(first)))
            assert numbers.find("never there") == -1


@pytest.mark.parametrize("word_split", SPLITS)
def test_the_most_frequent_come_first(word_split: WordSplit) -> None:
    """Tokens come by how often they were counted, equal ones by first appearance, others not."""
    for numbers in both(word_split):
        numbers.split("z never", joined=True, counted=False)
        numbers.split("b a a c b d", joined=True, counted=True)
        assert list(by_frequency(numbers)) == ["b", "a", "c", "d"]


@pytest.mark.parametrize("word_split", SPLITS)
def test_texts_are_cut_between_tokens(word_split: WordSplit) -> None:
    """Wherever a text is said to be cut, the tokens of both sides are those of the whole."""
    splitter = WordSplitter(word_split)
    for text in texts()[70:130]:
        whole, joined = splitter.split_part(text, joined=True)
        for end in range(1, len(text) + 1):
            place = last_cut(text[:end], word_split)
            assert 0 <= place < end
            left, between = splitter.split_part(text[:place], joined=True)
            right, at_end = splitter.split_part(text[place:], joined=between)
            assert (left + right, at_end) == (whole, joined if text[place:] else at_end)


def test_a_long_text_without_white_space_is_cut_at_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks are places to cut, so that the memory is bounded in Chinese too."""
    monkeypatch.setattr(words, "CHUNK_CHARS", 10)
    text = "没有空格的文字，" * 20
    assert max(end - start for start, end in splittable_parts(text, "punctuation")) < 20
    assert list(splittable_parts(text, "whitespace")) == [(0, len(text))]


def test_vocabularies_need_no_compiled_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the compiled part the vocabularies and numbers are the same."""
    text = "the fox, the dog\U0001f98a; a <unk> né \ud800 中文" * 900

    def made() -> list[object]:
        found: list[object] = []
        for vocabulary in (CharacterVocabulary(), WordVocabulary(9), WordVocabulary(5)):
            vocabulary.build_vocabulary([text])
            ids = vocabulary.text_to_indices(text + " new §")
            found += [vocabulary.to_dict(), ids.tolist(), ids.dtype]
        return found

    with_it = made()
    monkeypatch.setattr("core.text.word_numbers.compiled", lambda: None)
    monkeypatch.setattr("core.text.characters.compiled", lambda: None)
    assert made() == with_it
