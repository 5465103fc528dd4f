"""What separates the fields of a table: found in the file, said by it, or by the user."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import make_config
from core.errors import DataError
from core.settings import Value
from core.text.labelled import read_labelled
from core.text.separators import guessed_separator, split_separator_line


def pairs(path: Path, data: bytes, **values: Value) -> list[tuple[str, str]]:
    """Write a file and return its texts and classes, about which there is nothing to say."""
    path.write_bytes(data)
    found, notices = read_labelled(path, make_config(values))
    assert notices == []
    return list(zip(found.texts, found.labels, strict=True))


GOOD = [("so good; or, well", "1"), ("so | bad", "0")]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt", ""])
@pytest.mark.parametrize(
    "data",
    [
        b'\xef\xbb\xbftext;label\r\n"so good; or, well";1\r\nso | bad;0\r\n',
        b'sep=;\r\ntext;label\r\n"so good; or, well";1\r\nso | bad;0\r\n',
        b'\xef\xbb\xbf"sep=^"\n"so good; or, well"^1\nso | bad^0\n',
        "text\tlabel\r\nso good; or, well\t1\r\nso | bad\t0\r\n".encode("utf-16"),
        "\ufeffso good; or, well\t1\r\nso | bad\t0\r\n".encode("utf-16-le"),
        b'label|text\n1|so good; or, well\n0|"so | bad"\n',
        b'text,label\n"so good; or, well",1\nso | bad,0\n',
    ],
    ids=["semicolons", "sep line", "quoted sep line", "utf-16", "no header", "bars", "commas"],
)
def test_a_spreadsheets_file_is_read_as_it_was_meant(
    tmp_path: Path, data: bytes, ending: str
) -> None:
    """The file's rows tell what separates their fields, whatever its name ends in."""
    assert pairs(tmp_path / f"a{ending}", data) == GOOD


def test_what_is_asked_for_holds(tmp_path: Path) -> None:
    """`delimiter` goes before what the file says, and takes a tab by its name or escape."""
    for named in ("\t", r"\t", "tab", "TAB"):
        assert pairs(tmp_path / "a.csv", b"sep=,\na,b\t1\nc,d\t0\n", delimiter=named) == [
            ("a,b", "1"),
            ("c,d", "0"),
        ]
    for wrong in (";;", '"', "\n"):
        with pytest.raises(DataError, match="--delimiter must be one character"):
            pairs(tmp_path / "a.csv", b"a,1\nb,0\n", delimiter=wrong)


def test_rows_of_other_separators_are_refused_by_their_name(tmp_path: Path) -> None:
    """A field too many is told in the words of the separator that was found."""
    with pytest.raises(DataError) as refused:
        pairs(tmp_path / "a.csv", b"a;1\nb;0\nc;d;1\n")
    assert "row 3 of" in str(refused.value)
    assert "3 fields separated by semicolons, and the first row has 2; put double" in str(
        refused.value
    )


def test_where_several_fit_the_ending_decides() -> None:
    """A table that its ending's separator reads is read so, as it always was."""
    text = "a; b,1\nc; d,0\n"
    assert guessed_separator(text, ".csv") == ","
    assert guessed_separator("a, b\t1\nc, d\t0\n", ".tsv") == "\t"
    assert guessed_separator("a, b\t1\nc, d\t0\n", ".csv") == ","
    assert guessed_separator("a, b\t1\nc, d\t0\n", ".txt") == "\t"
    assert guessed_separator('"a" b\t1\nc, d\t0\n', ".txt") == "\t"
    assert guessed_separator("nothing to split\n", ".tsv") == "\t"
    assert guessed_separator("nothing to split\n", ".csv") == ","


def test_a_cut_row_of_a_long_table_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only whole rows at the beginning of a long table are counted."""
    monkeypatch.setattr("core.text.separators.LOOKED_AT_CHARS", 30)
    assert guessed_separator('"a, b; c";1\n"d, e; f";0\n"g, h; i";1\n', ".csv") == ";"


@given(st.text(st.sampled_from('ab,;|\t\n\r"=sep')), st.sampled_from([".csv", ".tsv", ".txt"]))
def test_any_text_has_a_separator(text: str, ending: str) -> None:
    """Whatever stands in a file, one of the candidates is found, and nothing is lost of it."""
    said, line, rest = split_separator_line(text)
    assert line + rest == text
    assert bool(said) == bool(line)
    assert guessed_separator(rest, ending) in {",", ";", "|", "\t"}
