"""Built-in labelled texts: there without a download, the same each time, as promised."""

import ast
import builtins
import sysconfig
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from core.config import make_config
from core.errors import DataError
from core.presets import PRESETS
from core.text import labelled_corpora
from core.text.labelled_corpora import BUILTIN_LABELLED, TOPICS, BuiltinLabelled
from core.text.labelled_corpus import make_labelled_corpus

every = pytest.mark.parametrize("corpus", BUILTIN_LABELLED.values(), ids=list(BUILTIN_LABELLED))


@every
def test_texts_are_there_and_stable(corpus: BuiltinLabelled) -> None:
    """Every corpus has many texts of some classes, the same ones when asked again."""
    data = corpus.texts()
    assert data == corpus.texts()
    assert len(data.texts) == len(data.labels) == len(data.places) > 500
    counts = Counter(data.labels)
    assert 4 <= len(counts) <= 10
    assert min(counts.values()) > 40
    assert len(set(data.places)) == len(data.places)
    assert all(place.isprintable() for place in data.places)


@every
def test_texts_can_be_trained_on(corpus: BuiltinLabelled) -> None:
    """No text is blank, none occurs twice, and they make a corpus as they are."""
    data = corpus.texts()
    assert len(set(data.texts)) == len(data.texts)
    made = make_labelled_corpus(corpus.name, data, make_config(preset="classifier"))
    assert len(made.train) + len(made.val) == len(data.texts)
    assert made.train.lengths.min() >= 8


@every
def test_corpora_are_described(corpus: BuiltinLabelled) -> None:
    """Every corpus is listed under its name, with one line about it."""
    assert BUILTIN_LABELLED[corpus.name] is corpus
    assert 20 < len(corpus.description) < 100
    assert corpus.description.isprintable()


def test_the_classifier_starts_from_one() -> None:
    """The preset for classification names one of them."""
    assert PRESETS["classifier"]["corpus"] in BUILTIN_LABELLED


def test_topics_are_in_one_chapter() -> None:
    """No topic is in two chapters, and nearly all of the reference is in one."""
    from pydoc_data.topics import topics

    named = [name for names in TOPICS.values() for name in names.split()]
    assert len(set(named)) == len(named)
    assert len(set(topics) - set(named)) < 8
    assert set(BUILTIN_LABELLED["python-topics"].texts().labels) == set(TOPICS)


def test_paragraphs_are_of_their_chapter() -> None:
    """A paragraph that a reader would look for is where they would."""
    data = BUILTIN_LABELLED["python-topics"].texts()
    for words, expected in (
        ('The "with" statement is used to wrap', "compound statements"),
        ("Deletion is recursively defined", "simple statements"),
        ('"break" may only occur syntactically nested', "simple statements"),
    ):
        found = {
            label
            for text, label in zip(data.texts, data.labels, strict=True)
            if text.startswith(words)
        }
        assert found == {expected}
    assert all(text == text.strip() for text in data.texts)


def test_functions_are_code_that_does_not_name_its_module() -> None:
    """Short functions are whole, long ones are cut at a line, and none says its module's name."""
    data = BUILTIN_LABELLED["python-modules"].texts()
    whole = 0
    for text, label in zip(data.texts, data.labels, strict=True):
        assert text.startswith(("def ", "async def "))
        assert not {label, *label.split(".")} & set(text.lower().replace("(", " ").split())
        lines = text.split("\n")
        assert len(lines) <= 40
        if len(lines) < 40:
            ast.parse(text)
            whole += 1
    assert whole > 0.8 * len(data.texts)


def test_places_of_functions_are_lines() -> None:
    """A place leads to the function in the source."""
    data = BUILTIN_LABELLED["python-modules"].texts()
    for text, place in list(zip(data.texts, data.places, strict=True))[::97]:
        module, line = place.split(", line ")
        path = Path(sysconfig.get_path("stdlib"), f"{labelled_corpora.MODULES[module]}.py")
        source = path.read_text(encoding="utf-8").split("\n")
        assert textwrap.dedent(source[int(line) - 1]).split("(")[0] == text.split("(")[0]


def test_lookups_can_be_answered() -> None:
    """The class is the value of the key that is asked for, first in half of the texts."""
    data = BUILTIN_LABELLED["lookup"].texts()
    first = 0
    for text, label in zip(data.texts, data.labels, strict=True):
        words = text.split()
        if words[0] == "?":
            first += 1
            asked, pairs = words[1], words[2:]
        else:
            asked, pairs = words[-1], words[:-2]
            assert words[-2] == "?"
        values = {pair[0]: pair[1] for pair in pairs}
        assert len(values) == len(pairs)
        assert 10 <= len(pairs) <= 12
        assert values[asked] == label
    assert first == len(data.texts) / 2
    assert set(data.labels) == set("0123")


def test_the_lookup_is_the_same_everywhere() -> None:
    """A drawn task is one that others can compare with."""
    data = BUILTIN_LABELLED["lookup"].texts()
    assert data.texts[0] == "? a a3 f3 j2 l1 g0 e3 d0 i3 h0 b3 k1"
    assert data.texts[-1] == "j3 f1 b1 d1 c1 g2 l2 e3 a2 k2 i0 h1 ? i"


def test_a_python_without_its_texts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where Python was built without reference or source, the way out is named."""
    real = builtins.__import__

    def fail(name: str, *args: object) -> object:
        if name.startswith("pydoc_data"):
            raise ImportError(name)
        return real(name, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", fail)
    with pytest.raises(DataError, match="without its language reference; name labelled texts with"):
        BUILTIN_LABELLED["python-topics"].texts()
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(DataError, match="without the source of its argparse"):
        BUILTIN_LABELLED["python-modules"].texts()
