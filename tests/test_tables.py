"""Tables of labelled texts: quotes, headers, columns, and what users get wrong."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import make_config
from core.errors import DataError
from core.settings import Value
from core.text.labelled import LabelledTexts, read_labelled
from core.text.tables import Row, check_widths, find_columns, read_rows


def read(path: Path, text: str, **values: Value) -> tuple[LabelledTexts, list[str]]:
    """Write a file, line ends as they are, and read it."""
    path.write_bytes(text.encode())
    return read_labelled(path, make_config(values))


def pairs(path: Path, text: str, **values: Value) -> list[tuple[str, str]]:
    """Return texts and classes of a file about which there is nothing to say."""
    data, notices = read(path, text, **values)
    assert notices == []
    return list(zip(data.texts, data.labels, strict=True))


def refusal(path: Path, text: str, **values: Value) -> str:
    """Return the one line by which a file is refused, from its name on."""
    with pytest.raises(DataError) as refused:
        read(path, text, **values)
    said = str(refused.value)
    assert said.isprintable()
    assert len(said) < 500
    return said.replace(str(path), path.name)


@pytest.fixture
def tsv(tmp_path: Path) -> Path:
    """Return a place for a tab-separated file."""
    return tmp_path / "a.tsv"


@pytest.fixture
def comma(tmp_path: Path) -> Path:
    """Return a place for a comma-separated file."""
    return tmp_path / "a.csv"


GOOD = [("so good", "1"), ("so bad", "0")]


def test_rows_are_texts_and_classes(tsv: Path, comma: Path) -> None:
    """Without a header the first column is the texts, the second one the classes."""
    assert pairs(tsv, "so good\t1\nso bad\t0\n") == GOOD
    assert pairs(tsv, "so good\t 1 \r\n\r\n \t \nso bad\t0") == GOOD
    assert pairs(tsv, "so good\t1\rso bad\t0\r") == GOOD
    assert pairs(comma, "so good,1\nso bad,0\n") == GOOD
    assert pairs(comma, "\ufeffso good,1\nso bad,0\n") == GOOD
    assert read(tsv, "so good\t1\n\nso bad\t0")[0].places == ["row 1", "row 3"]


@pytest.mark.parametrize("header", ["label,id,text", " LABEL ,id,Text", '"label",,"text"'])
def test_a_header_names_the_columns(comma: Path, header: str) -> None:
    """A first row that names both columns is a header, in whatever case and order."""
    assert pairs(comma, f"{header}\n1,x,so good\n0,y,so bad\n") == GOOD


def test_columns_by_name_and_position(comma: Path) -> None:
    """Columns are found by the name or the number that is asked for, or by one of each."""
    named = "id,Review,sentiment\nx,so good,1\ny,so bad,0\n"
    assert pairs(comma, named, text_column="review", label_column="sentiment") == GOOD
    assert pairs(comma, named, text_column="2", label_column="sentiment") == GOOD
    plain = "1,x,so good\n0,y,so bad\n"
    assert pairs(comma, plain, text_column="3", label_column="1") == GOOD
    assert pairs(comma, "so good,x,1\nso bad,y,0\n", label_column="3") == GOOD


def test_positions_mean_that_there_is_no_header(comma: Path) -> None:
    """With both columns by number the first row is data, and that is told if it looks odd."""
    text = "review,sentiment\nso good,1\nso bad,0\nso so,1\n"
    data, notices = read(comma, text, text_column="1", label_column="2")
    assert data.texts[0] == "review"
    assert len(notices) == 1
    assert "row 1 is a header, name its columns with --text_column and" in notices[0]
    assert read(comma, text) == (data, notices)


def test_endings_and_first_lines(tmp_path: Path) -> None:
    """An ending tells what separates the fields; where it does not, the first line tells."""
    assert pairs(tmp_path / "a.TAB", "a, b\t1\nc\t0\n")[0] == ("a, b", "1")
    assert pairs(tmp_path / "a.txt", "\na, b\t1\nc\t0\n")[0] == ("a, b", "1")
    assert pairs(tmp_path / "data", '"a, b",1\n"c\td",0\n') == [("a, b", "1"), ("c\td", "0")]
    assert pairs(tmp_path / "a.csv", "a\tb,1\nc,0\n")[0] == ("a\tb", "1")
    assert pairs(tmp_path / "a.tsv", '{"text": 1}\tx\nc\t0\n')[0] == ('{"text": 1}', "x")


fields = st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip)


@given(st.lists(st.tuples(fields, fields), min_size=1), st.sampled_from(",\t"))
def test_what_csv_writes_is_read(rows: list[tuple[str, str]], separator: str) -> None:
    """Quotes, separators and line ends within fields survive, as Python's csv writes them."""
    file = StringIO(newline="")
    csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    found, notices = read_rows(file.getvalue(), separator, "a file")
    plain = separator == "\t" and bool(notices)
    assert plain or [tuple(row.fields) for row in found] == rows


def test_quoted_line_ends_and_long_fields(comma: Path, tsv: Path) -> None:
    """A quoted text may have several lines, and be longer than csv's own limit."""
    before = csv.field_size_limit(131_072)
    long = 'he said ""no""\r\n\n, ' * 20_000
    assert pairs(comma, f'"{long}",1\nb,0', newlines="keep")[0] == (long.replace('""', '"'), "1")
    assert pairs(tsv, f"{'x' * 300_000}\t1\nb\t0")[0] == ("x" * 300_000, "1")
    # Both a tab and a line end in a quoted field of a tab-separated file.
    assert pairs(tsv, 'text\tlabel\n"a\nb\tc"\t1\n"d"\t0\n') == [("a\nb\tc", "1"), ("d", "0")]
    assert pairs(comma, '"a\tx,y\nc",1\nd,0\n') == [("a\tx,y\nc", "1"), ("d", "0")]
    assert csv.field_size_limit(before) == 131_072


@pytest.mark.parametrize(
    "text",
    [
        '"so" good\t1\nso bad\t0\n',
        'so good\t1\n"so bad\t0\n',
        '"so good\t1\nso bad\t0\nthe "end"\t1\n',
        '"so good\t1\nfine\t1\nso bad"\t0\n',
        'x\t"1\n"y\t0\n',
    ],
)
def test_plain_quotes_in_tab_separated_files(tsv: Path, text: str) -> None:
    """Where quotes do not fit, or have swallowed rows, every line is a row with its quotes."""
    data, notices = read(tsv, text)
    assert list(zip(data.texts, data.labels, strict=True)) == [
        tuple(line.split("\t")) for line in text.splitlines()
    ]
    assert len(notices) == 1
    assert "do not pair up, so they are read as they stand" in notices[0]


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("so good,1\n", {"text_column": "review"}, "the first row of a.csv has no column 'review', "
         "it has so good, 1; name the right one with --text_column, or give its number from 1"),
        ("review,label\na,1\n", {}, "has no column 'text', it has review, label; name the right "
         "one with --text_column"),
        ("text,stars\na,1\n", {}, "has no column 'label', it has text, stars; name the right one "
         "with --label_column"),
        ("text,label\na,1\n", {"label_column": "stars"}, "no column 'stars'"),
        ("a,b,c,d,e,f,g,h,i,text\n1", {}, "it has a, b, c, d, e, f, g, h, …; name"),
        ("text," + "x" * 99 + "\n", {}, "it has text, xxxxxxxxxxxxxxxxxxxxxxx…; name"),
        ('text,"a\n\x1b[31m"\n', {}, r"it has text, 'a\n\x1b[31m'; name"),
        ("a,1\n", {"label_column": "0"}, "columns are numbered from 1, so there is no column 0"),
        ("a,1\n", {"label_column": "9" * 5000}, "has no column '99999999999999999999999…'"),
        ("a,1\n", {"label_column": "²"}, "has no column '²'"),
        ("a,1\n", {"text_column": "2"}, "text_column '2' and label_column 'label' are both column "
         "2 of a.csv; give --text_column and --label_column"),
        ("text,label\na,1\n", {"label_column": "text"}, "are both column 1"),
        ("text,label\na,1\nb\n", {}, "row 3 of a.csv has 1 field separated by commas, and column "
         "2 is needed; complete or remove the row"),
        ("a,1\n\n\nb\n", {}, "row 4 of a.csv has 1 field "),
        ("a,1\nb,0\n", {"label_column": "4"}, "the first row of a.csv has 2 fields separated by "
         "commas, and no column 4; name a table"),
        ("First Citizen:\nBefore we\n", {}, "the first row of a.csv has 1 field separated by "
         "commas, and no column 2; name a table of texts and classes, or the right columns"),
        ("a,1\nb, c,1\n", {}, "row 2 of a.csv has 3 fields separated by commas, and the first "
         "row has 2; put double quotes around a field with commas in it"),
        ('a,1\n"b\nc",1\n"d,0\ne,0\n', {}, "a.csv, row 3 (line 4): a quote is never "
         'closed; put double quotes around the whole field and write those inside of it as ""'),
        ('a,1\n"b" c,1\n', {}, "a.csv, row 2: a quote closes inside of a field; put"),
        ('text,label\n"a', {}, "a.csv, row 2: a quote is never closed"),
        ("text,label\n", {}, "a.csv has a header and no row after it; add texts and their"),
        (" , \n\n", {}, "a.csv holds nothing but blank rows; name a file of texts and classes"),
        ("text,label\n ,1\nb,0\n", {}, "row 2 of a.csv has no text; fill in or remove what is"),
        ("a, \nb,0\n,1\n ,2\n", {}, "row 1 of a.csv has no class, and 2 more lack theirs; fill"),
    ],
)  # fmt: skip
def test_what_users_get_wrong(
    comma: Path, text: str, values: dict[str, Value], message: str
) -> None:
    """A table that does not fit is refused in one line: where, what, and the way out."""
    assert message in refusal(comma, text, **values)


def test_tabs_inside_of_texts_are_refused(tsv: Path) -> None:
    """A tab too many would shift the class, so its row is named; empty fields do no harm."""
    said = refusal(tsv, "a\t1\nb\tc\t0\n")
    assert "row 2 of a.tsv has 3 fields separated by tabs, and the first row has 2; remove" in said
    assert pairs(tsv, "a\t1\nb\t0\t \n") == [("a", "1"), ("b", "0")]


def test_blank_rows_count() -> None:
    """Rows are numbered as a spreadsheet numbers them, and only those that say something kept."""
    rows, notices = read_rows('a,1\n\n"b\nc",2\n , \nd,3', ",", "a file")
    assert rows == [Row(1, ["a", "1"]), Row(3, ["b\nc", "2"]), Row(5, ["d", "3"])]
    assert notices == []


@given(
    st.text(st.sampled_from("textlabel,\t\n\r\" '1\x00\x1b\u2028é")),
    st.sampled_from(["1", "text", "label", "²"]),
    st.sampled_from(",\t"),
)
def test_no_table_breaks_a_message(text: str, column: str, separator: str) -> None:
    """Whatever stands in a file, it is read or refused in one printable line."""
    try:
        rows, notices = read_rows(text, separator, "a file")
        columns = find_columns(rows[0], make_config({"text_column": column}), "a file")
        check_widths(rows, columns, separator, "a file")
        assert all(len(row.fields) > max(columns.text, columns.label) for row in rows)
        assert all(notice.isprintable() for notice in notices)
    except DataError as error:
        assert str(error).isprintable()
