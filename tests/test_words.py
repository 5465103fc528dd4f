"""Word splitting: what counts as a token, and that spacing is never lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import words
from core.text.words import WordSplit, WordSplitter, count_words, word_boundary, written

blanks = st.sampled_from([" ", "  ", "\t", "\r", "\x0b", "\x1c", "\x85", "\xa0", "\u2028", "\n"])
marks = st.sampled_from([*"#()[],.;:!?'’\"-/_@“”…<>、。（", "##", "###", "\u0301", "👩‍👧"])
plain = st.sampled_from(["a", "the", "don't", "été", "e\u0301", "漢字", "42", "नमस्ते"])
texts = st.lists(blanks | marks | plain | st.text(max_size=3)).map("".join)
unknowns = st.lists(blanks | marks | plain | st.just("<unk>")).map("".join)


def split(text: str, word_split: WordSplit = "punctuation") -> list[str]:
    """Return all tokens of a text."""
    return [token for tokens, _ in WordSplitter(word_split).split(text) for token in tokens]


def join(tokens: list[str], word_split: WordSplit = "punctuation") -> str:
    """Write tokens as text."""
    forms = [WordSplitter(word_split).form(token) for token in tokens]
    return "".join(map(written, [None, *forms], forms))


@given(unknowns)
def test_marks_and_words_round_trip(text: str) -> None:
    """Split at punctuation, every text comes back exactly, `<unk>` included."""
    assert join(split(text)) == text


@given(texts)
def test_items_round_trip(text: str) -> None:
    """Split at white space, every text without `<unk>` comes back exactly."""
    text = text.replace("<unk>", "")
    assert join(split(text, "whitespace"), "whitespace") == text


@given(unknowns.map(str.rstrip))
def test_white_space_is_not_counted(text: str) -> None:
    """Split at white space, items and line ends are the tokens, whatever stands between them."""
    assert len(split(text, "whitespace")) == len(text.split()) + text.count("\n")


@given(unknowns)
def test_unknown_is_one_token(text: str) -> None:
    """No other token writes `<unk>`, so that no model can be taught to say it."""
    assert split(text).count("<unk>") == text.count("<unk>")
    assert not any("<unk>" in token and token != "<unk>" for token in split(text))
    assert split(text, "whitespace").count("<unk>") == text.split().count("<unk>")


def test_irregular_blanks_before_unknown() -> None:
    """Split at white space, `<unk>` loses irregular blanks rather than count them."""
    assert split("a  <unk> b", "whitespace") == ["a", "<unk>", "b"]
    assert split("a  <unk>-b") == ["a", "  ", "<unk>", "-", "b"]
    assert split("a“x<unk>") == ["a", "##“", "x", "##", "<unk>"]


def test_prose_is_made_of_plain_tokens() -> None:
    """Usual spacing needs no tokens of its own: that of marks, brackets, hyphens, lines."""
    text = "Well-known: the cat's (old) “hat”, isn't it?\nYes; 5% of £3…\n"
    assert split(text) == [
        *("Well", "-", "known", ":", "the", "cat's", "(", "old", ")", "“", "hat", "”", ","),
        *("isn't", "it", "?", "\n", "Yes", ";", "5", "%", "of", "£", "3", "…", "\n"),
    ]


def test_unusual_spacing_makes_tokens() -> None:
    """Spacing that is not implied is part of the token after it."""
    assert split("a  b ,c\td#") == ["a", "  b", " ,", "##c", "\td", "###"]
    assert split("##a") == ["#", "###", "##a"]


def test_combining_marks_belong_to_words() -> None:
    """Decomposed accents and Indic vowel signs do not tear a word apart."""
    assert split("cafe\u0301s नमस्ते") == ["cafe\u0301s", "नमस्ते"]


def test_wikitext_counts_as_meant() -> None:
    """A line end is one token together with the blanks around it."""
    text = " \n = Title = \n \n A <unk> , B . \n"
    assert split(text, "whitespace") == [
        *(" \n ", "=", "Title", "=", " \n ", "\n ", "A", "<unk>", ",", "B", ".", " \n")
    ]
    assert split("a\r\n\tb") == ["a", "\r\n\t", "b"]


@pytest.mark.parametrize("word_split", ["punctuation", "whitespace"])
def test_long_texts_are_split_as_short_ones(
    monkeypatch: pytest.MonkeyPatch, word_split: WordSplit
) -> None:
    """Where a long text is cut to be split makes no difference, nor does its lack of a cut."""
    text = "don't (a)  <unk>b\n\n  c, d<unk> \r\n(e" * 5
    whole = split(text, word_split)
    for size in range(1, 20):
        monkeypatch.setattr(words, "CHUNK_CHARS", size)
        assert split(text, word_split) == whole
        assert count_words(text) == len(text.split())
    assert split("x" * 100, word_split) == ["x" * 100]


@given(texts)
def test_progress_ends_at_the_end(text: str) -> None:
    """The pieces say how far they are, and the last one is at the end of the text."""
    ends = [end for _, end in WordSplitter().split(text)]
    assert ends == sorted(set(ends))
    assert (ends[-1] if ends else 0) == len(text)


@pytest.mark.parametrize("word_split", ["punctuation", "whitespace"])
@pytest.mark.parametrize("unit", [" ", "\r\u2028", "a", "a'", "\u0301"])
def test_long_runs_do_not_hang(unit: str, word_split: WordSplit) -> None:
    """A run of a million of anything is a token; a quadratic pattern would take hours over it."""
    text = unit * 1_000_000
    assert len(split(text, word_split)) <= 2
    assert word_boundary(text + "x", 0, len(text)) == 0


def test_cuts_spare_lines_and_words() -> None:
    """A text is cut at the next line, or else the next word, if one is near."""
    text = "one two\n  three four"
    assert text[word_boundary(text, 1, 100) :] == "three four"
    assert text[word_boundary(text, 1, 5) :] == "two\n  three four"
    assert text[word_boundary(text, 1, 2) :] == "ne two\n  three four"
