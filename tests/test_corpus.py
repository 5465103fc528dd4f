"""Corpora ready to train on: the cut, the vocabulary, and when a text is too short."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import Config, make_config
from core.control import StopRequested
from core.errors import DataError
from core.events import Phase
from core.settings import Value
from core.text import corpus as corpus_module
from core.text.corpus import check_long_enough, make_corpus, split_text

TEXT = "the quick brown fox\njumps over the lazy dog, it seems\n" * 40


def config(**values: Value) -> Config:
    """Return settings for a short text."""
    return make_config({"seq_length": 8, **values})


@given(st.text(), st.floats(0.01, 0.9), st.sampled_from(["char", "word"]))
def test_the_cut_loses_nothing(text: str, val_fraction: float, vocab_type: str) -> None:
    """Training and validation are the text; the tail has its share of the characters."""
    train, val = split_text(text, config(val_fraction=val_fraction, vocab_type=vocab_type))
    assert train + val == text
    share = round(len(text) * val_fraction)
    if vocab_type == "char":
        assert len(val) == share
    else:
        assert 0.9 * share <= len(val) <= share


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_streams_write_the_text(vocab_type: str) -> None:
    """The two streams are the two parts of the text, and the counts are those of the tail."""
    corpus = make_corpus("pangrams", TEXT, config(vocab_type=vocab_type))
    train, val = (corpus.vocabulary.indices_to_text(ids) for ids in (corpus.train, corpus.val))
    assert train + val == TEXT
    assert corpus.val_chars == len(val)
    assert corpus.val_words == len(val.split())
    assert corpus.train.dtype == corpus.val.dtype == np.int32
    assert corpus.name == "pangrams"
    assert corpus.train_chars == len(train)
    assert train.endswith(corpus.train_tail)
    assert val.startswith(corpus.val_head)


def test_repeated_lines_are_told_where_they_flatter() -> None:
    """The share of validation lines that training has is told from 1 % on, and not below it."""
    lines = [f"line {number} is like no other line at all" for number in range(300)]
    text, val = "\n".join(lines[:150]), "\n".join([*lines[150:], lines[0]])
    assert make_corpus("a", text, config(), val_text=val).notices == []
    (told,) = make_corpus("a", text, config(), val_text=f"{val}\n{lines[1]}").notices
    assert told.startswith("2 of 152 validation lines (1.3%) also stand in the training text")


def test_of_a_long_text_only_its_ends_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of training and the head of validation are kept, however long the text is."""
    monkeypatch.setattr(corpus_module, "LONGEST_TAIL", 20)
    monkeypatch.setattr(corpus_module, "LONGEST_HEAD", 10)
    corpus = make_corpus("pangrams", TEXT, config(), val_text="abcdefghijklm")
    assert (corpus.train_tail, corpus.val_head) == (TEXT[-20:], "abcdefghij")
    assert (corpus.train_chars, corpus.val_chars) == (len(TEXT), 13)


def test_validation_is_not_looked_at() -> None:
    """What only validation holds is not in the vocabulary, and the user is told."""
    corpus = make_corpus("marked", TEXT + "§§", config())
    assert "§" not in corpus.vocabulary.to_dict()["tokens"]  # type: ignore[operator]
    assert corpus.val[-2:].tolist() == [0, 0]
    assert "2 of 216 validation tokens (0.93%)" in corpus.notices[0]


def test_a_validation_text_of_its_own() -> None:
    """With a separate validation text, all of the text is trained on."""
    corpus = make_corpus("whole", TEXT, config(), val_text="the §dog")
    assert len(corpus.train) == len(TEXT)
    assert corpus.val_chars == 8
    assert corpus.val_words == 2
    assert corpus.vocabulary.indices_to_text(corpus.val) == "the <unk>dog"


def test_a_given_vocabulary_is_used() -> None:
    """Resuming keeps the numbers of the checkpoint's vocabulary."""
    vocabulary = make_corpus("abc", TEXT, config()).vocabulary
    corpus = make_corpus("more", TEXT.upper() + TEXT, config(), vocabulary=vocabulary)
    assert corpus.vocabulary is vocabulary
    assert corpus.train[0] == 0


def test_the_digest_tells_corpora_apart() -> None:
    """The same text gives the same digest; another cut, tail or vocabulary another one."""
    digest = make_corpus("a", TEXT, config()).digest
    assert digest == make_corpus("b", TEXT, config()).digest
    assert len(digest) == 64
    others = [
        make_corpus("a", TEXT, config(val_fraction=0.2)).digest,
        make_corpus("a", TEXT[:-1] + "!", config()).digest,
        make_corpus("a", TEXT.replace("z", "{"), config()).digest,  # the same numbers
        make_corpus("a", TEXT, config(vocab_type="word")).digest,
    ]
    assert len({digest, *others}) == 5


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("abcdefghi", {}, "a text has only 8 characters to train on, and seq_length 8 needs at "
         "least 9; take a longer text or lower seq_length or val_fraction"),
        ("", {}, "only 0 characters to train on"),
        (" \n ", {"vocab_type": "word", "word_split": "whitespace"}, "only 1 token to train on"),
        ("abcdefghij" * 2, {"val_fraction": 0.05}, "only 1 character to validate with, and at "
         "least 2 are needed; take a longer text or raise val_fraction"),
    ],
)  # fmt: skip
def test_short_texts_are_refused(text: str, values: dict[str, Value], message: str) -> None:
    """A part that is too short is refused with its length, the need, and what to change."""
    with pytest.raises(DataError) as refused:
        make_corpus("a text", text, config(**values))
    assert message in str(refused.value)
    with pytest.raises(DataError) as beforehand:
        check_long_enough("a text", text, config(**values))
    assert str(beforehand.value) == str(refused.value)


def test_short_validation_texts_are_refused() -> None:
    """A validation file that is too short is named as what to change."""
    with pytest.raises(DataError, match="name a longer val_file") as refused:
        make_corpus("a\ntext", TEXT, config(val_file="v.txt"), val_text="x")
    assert str(refused.value).isprintable()


def test_a_text_of_very_long_words_is_not_refused_beforehand() -> None:
    """Only a part is looked at, and what lies behind it may hold all that is needed."""
    text = ("x" * 1000 + " ") * 30
    check_long_enough("long words", text, config(vocab_type="word", val_fraction=0.5))
    assert len(make_corpus("a", text, config(vocab_type="word", val_fraction=0.5)).train) > 8


def test_just_long_enough() -> None:
    """One sequence with its target, and two tokens to validate with, are enough."""
    check_long_enough("tiny", "abcdefghixy", config(val_fraction=0.2))
    corpus = make_corpus("tiny", "abcdefghixy", config(val_fraction=0.2))
    assert (len(corpus.train), len(corpus.val)) == (9, 2)


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_progress_is_reported(vocab_type: str) -> None:
    """Each part of the work is reported by name, from its start to its end."""
    reports: list[tuple[Phase, str, float | None]] = []
    make_corpus(
        "told",
        TEXT,
        config(vocab_type=vocab_type),
        report=lambda phase, detail, progress: reports.append((phase, detail, progress)),
    )
    assert {phase for phase, _, _ in reports} == {"building_vocabulary"}
    for detail in dict.fromkeys(detail for _, detail, _ in reports):
        shares = [share for _, said, share in reports if said == detail]
        assert shares[0] == 0.0
        assert shares[-1] == 1.0


@pytest.mark.parametrize("asked", range(6))
def test_work_can_be_given_up(asked: int) -> None:
    """A wish to stop ends the work at whatever point it comes."""
    calls = count()
    with pytest.raises(StopRequested):
        make_corpus("left", TEXT, config(), should_stop=lambda: next(calls) >= asked)


def test_nul_characters_are_told() -> None:
    """They are what UTF-16 without a byte-order mark looks like, which each byte is valid of."""
    told = make_corpus("a", "\0".join(TEXT), config()).notices
    assert sum("--encoding utf-16-le" in notice for notice in told) == 1
    assert not any("NUL" in notice for notice in make_corpus("a", TEXT, config()).notices)
