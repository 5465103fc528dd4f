"""Labelled texts ready to train on: the split, the numbers, and when they cannot be learned."""

from collections import Counter
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
from core.text.labelled import FirstRow, LabelledTexts
from core.text.labelled_corpus import LabelledCorpus, encode_labelled, make_labelled_corpus
from core.text.vocabulary import CharacterVocabulary, WordVocabulary


def config(**values: Value) -> Config:
    """Return settings of a classifier of words."""
    return make_config({"task": "classify", "vocab_type": "word", **values})


def labelled(*labels: str, texts: list[str] | None = None) -> LabelledTexts:
    """Return a text for each of some classes, each another one."""
    texts = texts or [f"text number {index}" for index in range(len(labels))]
    return LabelledTexts(texts, list(labels), [f"row {index + 2}" for index in range(len(labels))])


def corpus(*labels: str, **values: Value) -> LabelledCorpus:
    """Return a corpus of texts of some classes."""
    return make_labelled_corpus("reviews", labelled(*labels), config(**values))


classes = st.lists(st.sampled_from("abc"), min_size=4).filter(
    lambda labels: min(Counter(labels).values()) > 1 and len(set(labels)) > 1
)


@given(classes, st.floats(0.01, 0.9), st.integers(0, 2**63 - 1))
def test_the_split_is_stratified(labels: list[str], val_fraction: float, seed: int) -> None:
    """Each text is in one part, in order; each class is in both, with its share in validation."""
    made = corpus(*labels, val_fraction=val_fraction, seed=seed)
    whole = labelled(*labels)
    pairs = list(zip(whole.texts, whole.labels, strict=True))
    parts = [
        [(text, made.labels[number]) for text, number in zip(part.texts, part.labels, strict=True)]
        for part in (made.train, made.val)
    ]
    assert sorted(parts[0] + parts[1]) == sorted(pairs)
    for part in parts:
        assert part == [pair for pair in pairs if pair in part]
    for label, texts in Counter(labels).items():
        held_out = sum(found == label for _, found in parts[1])
        assert held_out == min(max(1, round(texts * val_fraction)), texts - 1)


def test_the_seed_decides_the_split() -> None:
    """The same seed gives the same split, another one another."""
    first, again, other = (corpus(*"ab" * 20, seed=seed) for seed in (1, 1, 2))
    assert first.val.texts == again.val.texts
    assert first.digest == again.digest
    assert first.val.texts != other.val.texts


nonblank = st.text().filter(str.strip)


@given(
    st.lists(nonblank, min_size=1, max_size=8),
    st.integers(1, 9),
    st.sampled_from(["char", "word"]),
    st.sampled_from(["punctuation", "whitespace"]),
)
def test_every_text_is_numbered_up_to_its_cut(
    texts: list[str], most: int, vocab_type: str, word_split: str
) -> None:
    """Each text's tokens are those of the vocabulary, at least one, and no more than allowed."""
    settings = config(vocab_type=vocab_type, word_split=word_split, max_text_length=most)
    data = labelled(*"ab" * len(texts), texts=texts * 2)
    made = make_labelled_corpus("any", data, settings, val_data=data)
    assert made.train.texts == data.texts
    assert made.train.lengths.min() >= 1
    for index, text in enumerate(data.texts):
        expected = made.vocabulary.text_to_indices(text)[:most]
        assert made.train.text_ids(index).tolist() == expected.tolist()
    assert made.train.ids.dtype == np.int32
    assert made.train.starts.dtype == made.train.labels.dtype == np.int64


@given(nonblank)
def test_unknown_texts_have_tokens(text: str) -> None:
    """A text of which nothing is known is not empty for a model, at either level."""
    for vocabulary in (CharacterVocabulary(), WordVocabulary(), WordVocabulary(9, "whitespace")):
        encoded, _ = encode_labelled("any", labelled("a", texts=[text]), config(), vocabulary, "a")
        assert encoded.lengths.tolist() == [len(encoded.ids)]
        assert len(encoded.ids) >= 1


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["10", "9", "-1", "+2"], ["-1", "+2", "9", "10"]),
        (["1", "01", "00001", "001", "0001", "0"], ["0", "00001", "0001", "001", "01", "1"]),
        (["10", "9", "x"], ["10", "9", "x"]),
        (["b", "B", "a", "²"], ["B", "a", "b", "²"]),
        (["9" * 6000, "10"], ["10", "9" * 6000]),
    ],
)
def test_classes_are_in_order(labels: list[str], order: list[str]) -> None:
    """Whole numbers are in the order of their values, all other classes in that of text."""
    made = corpus(*labels * 2)
    assert made.labels == order
    assert all(notice.isprintable() and len(notice) < 400 for notice in made.notices)


def test_validation_is_not_looked_at() -> None:
    """Words that only validation has are not in the vocabulary, and the user is told."""
    val_data = labelled("b", texts=["text unheard of"])
    made = make_labelled_corpus("a", labelled("a", "b"), config(), val_data=val_data)
    assert made.train.texts == labelled("a", "b").texts
    assert made.val.texts == val_data.texts
    assert made.val.labels.tolist() == [1]
    assert made.vocabulary.unknown_tokens("text unheard of") == ["unheard", "of"]
    assert made.notices[1:] == [
        "2 of 3 validation tokens (66.67%) are not among the 5 of the vocabulary and count as <unk>"
    ]


def test_resuming_keeps_vocabulary_and_classes() -> None:
    """What a checkpoint knows is used as it is, and the split is the same."""
    made = corpus(*"ab" * 9)
    again = make_labelled_corpus(
        "b", labelled(*"ab" * 9), config(), vocabulary=made.vocabulary, labels=made.labels
    )
    assert again.vocabulary is made.vocabulary
    assert again.digest == made.digest
    turned = make_labelled_corpus("b", labelled(*"ab" * 9), config(), labels=["b", "a", "c"])
    assert turned.labels == ["b", "a", "c"]
    assert turned.train.labels[0] == 1


def test_the_digest_tells_corpora_apart() -> None:
    """Another text, class, class name, split or vocabulary gives another digest."""
    data = labelled(*"aabb", texts=["u v", "w", "x y", "z"])
    moved = labelled(*"aabb", texts=["u", "v w", "x y", "z"])
    swapped = labelled(*"abab", texts=data.texts)
    renamed = labelled(*"aacc", texts=data.texts)
    known = WordVocabulary()
    known.build_vocabulary("z y x w v u")
    digests = {
        make_labelled_corpus("a", each, settings, val_data=val, vocabulary=vocabulary).digest
        for each, settings, val, vocabulary in (
            (data, config(), data, None),
            (moved, config(), data, None),
            (swapped, config(), data, None),
            (renamed, config(), renamed, None),
            (data, config(), moved, None),
            (data, config(), data, known),
            (data, config(vocab_type="char"), data, None),
            (data, config(), None, None),
        )
    }
    assert len(digests) == 8
    assert all(len(digest) == 64 for digest in digests)


@pytest.mark.parametrize(
    ("train", "val", "message"),
    [
        ([], None, "reviews has no texts to train on; name labelled texts with --data_file"),
        (["a"] * 5, None, "every text of reviews has the class 'a', and a classifier needs at "
         "least two; add texts of other classes, or name another --label_column"),
        (["a"] * 5, ["a"], "every text of reviews has the class 'a'"),
        ([str(n // 2) for n in range(2002)], None, "reviews has 1,001 classes, and more than "
         "1,000 cannot be told apart; name the column of the classes with --label_column"),
        (["a", "a", "b"], None, "reviews has a single text of the class 'b' (row 4), and training "
         "and validation need one each; add texts of it, or name validation texts with --val_file"),
        (["a", "b", "b", "c"], None, "of the class 'a' (row 2) and of 1 more classes, and"),
        ([*"abcdefghijk"], None, "of the class 'a' (row 2) and of 10 more classes, and training "
         "and validation need one each; add texts of it, or name validation texts with --val_file; "
         "if these are no classes, name their column with --label_column"),
        (["a", "b\n" * 99, "a"], None, r"of the class 'b\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb…'"),
        (["a", "b"], ["a", "c", "d"], "row 3 of v.tsv has a class that training has not, as have "
         "1 more: 'c' is none of 'a', 'b'; correct or remove it"),
        (["a", "b"], ["B"], "row 2 of v.tsv has a class that training has not: 'B' is "
         "none of 'a', 'b'; "),
        ([*"abcdefghij"], ["x"], "'f', 'g', 'h', …; correct"),
    ],
)  # fmt: skip
def test_what_cannot_be_learned_is_refused(
    train: list[str], val: list[str] | None, message: str
) -> None:
    """Data that are not fit for training are refused in one line: what, where, the way out."""
    val_data = None if val is None else labelled(*val)
    settings = config(val_file="/data/v.tsv")
    with pytest.raises(DataError) as refused:
        make_labelled_corpus("reviews", labelled(*train), settings, val_data=val_data)
    assert message in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_header_that_was_read_as_data_is_suspected() -> None:
    """Where the class of the first row is the odd one, it may be the name of a column."""
    odd = LabelledTexts(
        ["review", "a", "b"], ["stars", "1", "1"], [FirstRow("row 1"), "row 2", "row 3"]
    )
    hint = "; if row 1 is a header, name its columns with --text_column and --label_column"
    with pytest.raises(DataError, match="'stars'") as refused:
        make_labelled_corpus("reviews", odd, config())
    assert str(refused.value).endswith(hint)
    with pytest.raises(
        DataError, match="the validation data has a class that training has not: 'stars'"
    ) as refused:
        make_labelled_corpus("reviews", labelled("1", "2"), config(), val_data=odd)
    assert str(refused.value).endswith(hint)


def test_what_a_user_should_know() -> None:
    """The classes come first, then what is cut of each part, then what is not known."""
    data = labelled(*"aab", texts=["a b c d", "a", "a b c"])
    val = labelled("a", texts=["a x c"])
    made = make_labelled_corpus("a", data, config(max_text_length=2), val_data=val)
    assert made.notices == [
        "2 classes: a 2 · b 1 texts",
        "2 of 3 training texts (66.67%) are cut to max_text_length 2 tokens",
        "1 of 1 validation texts (100.00%) are cut to max_text_length 2 tokens",
        "1 of 2 validation tokens (50.00%) are not among the 5 of the vocabulary and count as "
        "<unk>",
    ]
    made = make_labelled_corpus("a", data, config(max_text_length=4), val_data=data)
    assert made.notices == [
        "2 classes: a 2 · b 1 texts",
        "3 of 3 validation texts (100.0%) also stand among the training texts, so the validation "
        "loss is too good",
    ]
    _, notices = encode_labelled("x\n", val, config(max_text_length=1), WordVocabulary(), "a")
    assert notices == [
        r"1 of 1 'x\n' texts (100.00%) are cut to max_text_length 1 tokens",
        r"1 of 1 'x\n' tokens (100.00%) are not among the 1 of the vocabulary and count as <unk>",
    ]


def test_blank_texts_are_refused() -> None:
    """A text without a token would have no last state, so its place is named."""
    with pytest.raises(DataError, match="row 3 has no text; fill it in or remove it"):
        encode_labelled(
            "a", labelled("a", "a", texts=["x", " \n"]), config(), WordVocabulary(), ["a"]
        )


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_progress_is_reported(vocab_type: str) -> None:
    """Each part of the work is reported by name, from its start to its end."""
    reports: list[tuple[Phase, str, float | None]] = []
    make_labelled_corpus(
        "told",
        labelled(*"ab" * 500),
        config(vocab_type=vocab_type),
        report=lambda phase, detail, progress: reports.append((phase, detail, progress)),
    )
    assert {phase for phase, _, _ in reports} == {"building_vocabulary"}
    details = dict.fromkeys(detail for _, detail, _ in reports)
    assert len(details) == 3
    for detail in details:
        shares = [share for _, said, share in reports if said == detail]
        assert shares[0] == 0.0
        assert shares[-1] == 1.0


@pytest.mark.parametrize("asked", range(8))
def test_work_can_be_given_up(asked: int) -> None:
    """A wish to stop ends the work at whatever point it comes."""
    calls = count()
    with pytest.raises(StopRequested):
        make_labelled_corpus(
            "left", labelled(*"abab"), config(), should_stop=lambda: next(calls) >= asked
        )
