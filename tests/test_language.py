"""The program speaks the user's language, and its catalogues are in step with the sources."""

import gettext
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from catalogue import (
    TRANSLATED,
    forms,
    read_catalogue,
    texts_of_the_sources,
)
from core import language as spoken
from core.config import make_config
from core.errors import DataError
from core.language import asked_language, known_language, locale_language, tr, trn
from core.text.encoded_texts import class_numbers
from core.text.labelled import read_labelled

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["train", "--language", "zh"], "zh"),
        (["--language=zh_CN", "train"], "zh_CN"),
        (["train", "--language", "en", "--language", "zh"], "zh"),
        (["train", "--language"], ""),
        (["classify", "--", "--language", "zh"], None),
        (["train"], None),
        ([], None),
    ],
)
def test_the_option_is_found_before_anything_is_parsed(words: list[str], asked: str | None) -> None:
    """Wherever it stands, the last one counts, and none behind `--`."""
    assert asked_language(words) == asked


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("zh", "zh_CN"),
        ("ZH-cn", "zh_CN"),
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh-Hans", "zh_CN"),
        ("en_GB.UTF-8@euro", "en"),
        ("zh_TW", None),
        ("C", None),
        ("", None),
        ("../../zh_CN", None),
    ],
)
def test_languages_are_known_as_people_spell_them(name: str, code: str | None) -> None:
    """Case, dashes, encodings and regions do not matter; what is not there is not guessed."""
    assert known_language(name) == code


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:zh_CN:en"}, "zh_CN"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_locale_chooses_as_gettext_does(environ: dict[str, str], code: str) -> None:
    """LANGUAGE before LC_ALL before LANG; English where we have no catalogue."""
    assert locale_language(environ) == code


def rnnstudio(*words: str, language: str = "en") -> "subprocess.CompletedProcess[str]":
    """Run the program in a locale of some language."""
    return subprocess.run(
        [sys.executable, "-X", "utf8", str(ROOT / "rnnstudio.py"), *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"LANGUAGE": language, "PATH": "", "HOME": "/"},
        check=False,
    )


def test_option_and_locale_choose_what_is_spoken() -> None:
    """The locale decides, and the option goes before it."""
    assert "显示本帮助并退出" in rnnstudio("train", "--help", language="zh_CN").stdout
    assert "显示本帮助并退出" in rnnstudio("train", "--help", "--language", "zh").stdout
    said = rnnstudio("train", "--help", "--language", "en", language="zh_CN").stdout
    assert "Show this help and exit" in said


@pytest.mark.parametrize("words", [("--language", "xx"), ("train", "--language")])
def test_an_unknown_language_is_refused_in_one_line(words: tuple[str, ...]) -> None:
    """It names those that there are."""
    done = rnnstudio(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "zh_CN (简体中文)" in done.stderr


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """`python tests/catalogue.py` has been run, and nobody forgot to write what it left open."""
    texts = {message.id for message in texts_of_the_sources() if message.id}
    words = {message.id: message for message in read_catalogue(language) if message.id}
    assert texts == set(words)
    assert not [text for text in texts if not all(forms(words[text]))]
    assert not [text for text in texts if words[text].fuzzy]


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_in_step(language: str) -> None:
    """The program looks up what was written by hand, whichever Babel compiled it."""
    compiled = gettext.translation(spoken.DOMAIN, spoken.CATALOGUES, [language])
    for message in read_catalogue(language):
        if isinstance(message.id, str):
            looked_up = [compiled.gettext(message.id)] if message.id else []
        else:
            one, many = message.id
            looked_up = [compiled.ngettext(one, many, n) for n in (1, 2)]
        assert set(looked_up) <= set(forms(message))


def fields(template: str) -> set[str]:
    """Return the names of a template's fields."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_fields_of_their_texts(language: str) -> None:
    """No translation loses a value or asks for one that is not given."""
    for message in read_catalogue(language):
        if "python-brace-format" not in message.flags:
            continue
        one, *many = [message.id] if isinstance(message.id, str) else message.id
        known = fields(one) | {field for text in many for field in fields(text)}
        for form in forms(message):
            assert fields(form) == known, form


class Numbers(gettext.NullTranslations):
    """Stand for a language that says no more of a place than its number."""

    def gettext(self, message: str) -> str:
        """Translate the places of labelled texts alone."""
        return "{number}" if message in ("line {number}", "row {number}") else message


def test_fields_may_have_any_name() -> None:
    """Whatever the texts themselves are called in the code, a template may name it so."""
    assert tr("{text} {values}", text=1, values=2) == "1 2"
    assert trn("{one} run", "{n} {many}", 2, one=1, many="runs") == "2 runs"


@pytest.mark.parametrize(
    ("file", "content", "is_hinted"),
    [
        ("a.csv", "so good,p\nbad,n\n", True),
        ("a.jsonl", '{"text": "so good", "label": "p"}\n', False),
    ],
)
def test_no_language_changes_what_is_taken_for_a_header(
    file: str, content: str, is_hinted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a place is told from another by its words, a language may have one for both."""
    monkeypatch.setattr(spoken, "_catalogue", Numbers())
    (tmp_path / file).write_text(content, encoding="utf-8")
    data, _ = read_labelled(tmp_path / file, make_config({"task": "classify"}))
    with pytest.raises(DataError) as refused:
        class_numbers(file, data, ["n"])
    assert str(refused.value).startswith(f"1 of {file} has a class that training has not")
    assert ("is a header" in str(refused.value)) == is_hinted


MIXED = (
    r"[\u4e00-\u9fff] ?[,;:]( |$)",
    r"[,;:] [\u4e00-\u9fff]",
    r"[\u4e00-\u9fff}] \(",
    r"(?<!\()\) [\u4e00-\u9fff]",
    r"\bnats\b",
)
"""What no Chinese sentence holds: punctuation of Latin text, or a unit left in English."""


def test_chinese_sentences_have_chinese_punctuation() -> None:
    """Full width beside characters, in what is translated and in what joins words to a list."""
    catalogue = read_catalogue("zh_CN")
    texts = [text for message in catalogue if message.id for text in forms(message)]
    chinese = [text for text in texts if re.search("[\u4e00-\u9fff]", text)]
    assert len(chinese) > 1000
    mixed = [text for text in chinese for pattern in MIXED if re.search(pattern, text)]
    assert [text for text in mixed if "exp(" not in text] == []
    assert {catalogue[", "].string, catalogue["; "].string} == {"\uff0c", "\uff1b"}


def test_no_sentence_is_joined_by_an_english_colon() -> None:
    """What stands before and behind a colon is joined by the catalogue, which knows which colon."""
    joined = re.compile(r'\bf"[^"]*\}: \{')
    sources = [path for path in (ROOT / "tui").rglob("*.py") if path.name != "engine.py"]
    assert [path.name for path in sources if joined.search(path.read_text("utf-8"))] == []
