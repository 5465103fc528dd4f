"""Labelled texts from JSON Lines: what is read, and what is refused and how."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import Config, make_config
from core.control import StopRequested
from core.errors import DataError
from core.settings import Value
from core.text.json_lines import read_json_lines
from core.text.labelled import LabelledTexts, read_labelled


def read(path: Path, text: str, **values: Value) -> LabelledTexts:
    """Write a file, line ends as they are, and read it."""
    path.write_bytes(text.encode())
    data, notices = read_labelled(path, make_config(values))
    assert notices == []
    return data


def refusal(path: Path, text: str, **values: Value) -> str:
    """Return the one line by which a file is refused."""
    with pytest.raises(DataError) as refused:
        read(path, text, **values)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 500
    return str(refused.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a place for a file of JSON Lines."""
    return tmp_path / "a.jsonl"


def test_fields_are_read_by_name(path: Path) -> None:
    """A text is a string; a class is a string, a whole number or a boolean, written as in JSON."""
    lines = [
        '{"text": "so\\ngood\u2028", "label": " pos "}',
        '{"id": [], "label": -1, "text": " b "}\r',
        " \t",
        '{"Text": "c", "LABEL ": true}',
        '{"text": "d", "label": false, "text ": 1}',
    ]
    data = read(path, "\ufeff" + "\n".join(lines) + "\n")
    assert data.texts == ["so\ngood\u2028", " b ", "c", "d"]
    assert data.labels == ["pos", "-1", "true", "false"]
    assert data.places == ["line 1", "line 2", "line 4", "line 5"]


def test_fields_of_other_names(path: Path) -> None:
    """The settings name the fields, and a number is a name like others."""
    data = read(path, '{"review": "a", "2": "x"}', text_column="review", label_column="2")
    assert (data.texts, data.labels) == (["a"], ["x"])


@pytest.mark.parametrize("name", ["a.ndjson", "a.JSONL", "a.json", "a.txt", "a"])
def test_which_files_are_json_lines(tmp_path: Path, name: str) -> None:
    """The ending tells it, or else a brace at the start."""
    assert read(tmp_path / name, '\n {"text": "a", "label": 0}\n').labels == ["0"]


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1), st.booleans())
def test_what_json_writes_is_read(rows: list[tuple[str, str]], ascii_only: bool) -> None:
    """All texts survive, whatever stands in them."""
    lines = [
        json.dumps({"text": text, "label": label}, ensure_ascii=ascii_only) for text, label in rows
    ]
    try:
        found = read_json_lines("\n".join(lines), "a file", Config())
    except DataError:
        # Only half a surrogate pair is none of JSON's characters.
        assert any("\ud800" <= character <= "\udfff" for character in str(rows))
    else:
        assert [(record.text, record.label) for record in found] == rows


OK = '{"text": "a", "label": 1}\n'


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        (OK + "a\t1\n", {}, 'line 2 of a.jsonl is not a JSON object; write one a line, such as '
         '{"text": "so good", "label": "positive"}'),
        ('[{"text": "a", "label": 1}]', {}, "line 1 of a.jsonl is not a JSON object"),
        ('{\n"text": "a"}', {}, "line 1 of a.jsonl is not a JSON object"),
        (OK + '{"text": "a", "label": NaN}', {}, "line 2 of a.jsonl is not a JSON object"),
        ("[" * 100_000, {}, "is not a JSON object"),
        ('{"text": "a", "label": ' + "[" * 9000 + "]" * 9000 + "}", {}, "line 1 of a.jsonl"),
        ('{"text": "\\ud83d", "label": 1}', {}, "line 1 of a.jsonl"),
        (OK + '{"body": "a", "stars\\n": 1}', {}, "line 2 of a.jsonl has no field 'text', it has "
         r"body, 'stars\n'; name the right one with --text_column"),
        (OK + "{}", {}, "has no field 'text', it has none"),
        (OK, {"label_column": "stars"}, "has no field 'stars', it has text, label; name the right "
         "one with --label_column"),
        ('{"text": 5, "label": 1}', {}, "line 1 of a.jsonl: the field 'text' is a number, not a "
         "string; correct it or name another one with --text_column"),
        ('{"text": true, "label": 1}', {}, "'text' is a boolean, not"),
        ('{"text": ["a"], "label": 1}', {}, "'text' is a list, not"),
        ('{"text": "a", "label": 1.5}', {}, "the field 'label' is a fraction, not a string, a "
         "whole number or a boolean; correct it or name another one with --label_column"),
        ('{"text": "a", "label": {"b": 1}}', {}, "'label' is an object, not"),
        (OK + '{"text": "a", "label": null}\n{"text": null, "label": 1}\n{"text": " ", "label": 1}',
         {}, "line 2 of a.jsonl has no class, and 2 more lack theirs; fill in or remove what"),
        ('{"text": "a", "label": " "}', {}, "line 1 of a.jsonl has no class; fill in"),
        (" \n\n", {}, "a.jsonl holds nothing but blank lines; name a file of texts and classes"),
        ('{"text": "a", "label": 1' + "0" * 6000 + "}", {}, "a.jsonl"),
    ],
)  # fmt: skip
def test_what_users_get_wrong(
    path: Path, text: str, values: dict[str, Value], message: str
) -> None:
    """A line that does not fit is refused in one line: where, what, and the way out."""
    said = refusal(path, text, **values)
    assert message in said.replace(str(path), path.name)


def test_reading_can_be_given_up() -> None:
    """A wish to stop ends the reading."""
    with pytest.raises(StopRequested):
        read_json_lines(OK, "a file", Config(), lambda: True)
