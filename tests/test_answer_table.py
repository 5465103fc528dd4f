"""`classify --data_file`: a table is answered in a column more, every row in its place."""

from pathlib import Path

import pytest

from cli_cases import CONTROLS, SMALL_CLASSIFIER_MODEL, Shell, is_one_line
from core.config import make_config
from core.errors import DataError
from core.settings import Value
from core.text.answer_table import read_answer_table


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a classifier of reviews whose columns have names of their own."""
    folder = tmp_path_factory.mktemp("answers")
    table = "nr;said;mood\n" + "".join(
        f"{row};fine {row};good\n{row};dull {row};bad\n" for row in range(20)
    )
    (folder / "trained.csv").write_text(table)
    return folder


@pytest.fixture
def shell(root: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in the folder with the run."""
    shell = Shell(root, capsys)
    if not shell.workspace.exists():
        trained = ["train", *SMALL_CLASSIFIER_MODEL, "--data_file", str(root / "trained.csv")]
        columns = ["--text_column", "said", "--label_column", "mood", "--epochs", "30"]
        assert shell.run(*trained, *columns).code == 0
    return shell


def answered(path: Path, data: bytes, trained: dict[str, Value], **given: Value) -> bytes:
    """Answer each text of a table with itself in capitals."""
    path.write_bytes(data)
    table = read_answer_table(path, make_config(trained), given)
    return table.answered([text.upper() for text in table.texts])


def test_a_table_is_answered_row_by_row(shell: Shell) -> None:
    """A column is added in the table's own shape; blank rows and texts stay in their places."""
    table, out = shell.root / "new.csv", shell.root / "out.csv"
    table.write_bytes(
        b'\xef\xbb\xbfsep=;\r\nid;Said;x\r\n1;"fine; so fine"\r\n\r\n2; \r\n3;dull 1;x\r\n'
    )
    done = shell.run("classify", "--data_file", str(table), "-o", str(out))
    assert (done.code, done.out) == (0, f"{out}\n")
    assert out.read_bytes() == (
        b"\xef\xbb\xbfsep=;\r\nid;Said;x;predicted\r\n"
        b'1;"fine; so fine";;good\r\n\r\n2; ;;\r\n3;dull 1;x;bad\r\n'
    )
    lines = shell.run("classify", "--data_file", str(table), "--json").objects
    assert [line["label"] for line in lines] == ["good", None, None, "bad"]


def test_the_column_that_is_named_is_read(shell: Shell) -> None:
    """By name or position, also where the model was trained on another; else it is refused."""
    table = shell.root / "named.tsv"
    table.write_text("said\tcomment\ndull 1\tfine 2\n")
    words = ["classify", "--data_file", str(table)]
    assert shell.run(*words).out == "said\tcomment\tpredicted\ndull 1\tfine 2\tbad\n"
    for column in ("comment", "Comment "):
        done = shell.run(*words, "--text_column", column)
        assert done.out == "said\tcomment\tpredicted\ndull 1\tfine 2\tgood\n"
    done = shell.run(*words, "--text_column", "2")
    assert done.out.splitlines()[1] == "dull 1\tfine 2\tgood"
    done = shell.run(*words, "--text_column", "review")
    assert (done.code, done.out) == (2, "")
    assert "has no column 'review', it has said, comment; name the right one with" in done.err


@pytest.mark.parametrize(
    ("data", "trained", "given", "expected"),
    [
        (b"a\nb, c\n", {}, {"delimiter": ";"}, b"a;A\nb, c;B, C\n"),
        (b"a\n\nb\n", {}, {}, b"a,A\n\nb,B\n"),
        (b"text,predicted\na,1\n", {}, {}, b"text,predicted,predicted_2\na,1,A\n"),
        (b"1^a\n2^b\n", {"text_column": "2", "delimiter": "^"}, {}, b"1^a^A\n2^b^B\n"),
        (b"1,a\n2,b\n", {"text_column": "2", "delimiter": "^"}, {}, b"1,a,A\n2,b,B\n"),
        (b"id|text\n1|a\n", {"text_column": "9"}, {}, b"id|text|predicted\n1|a|A\n"),
        (b"label,x\n1,a\n", {}, {"text_column": "2"}, b"label,x,predicted\n1,a,A\n"),
    ],
)
def test_how_the_training_data_were_read_is_tried_first(
    tmp_path: Path,
    data: bytes,
    trained: dict[str, Value],
    given: dict[str, Value],
    expected: bytes,
) -> None:
    """A table like those of the training needs no words; another is read by what it has."""
    assert answered(tmp_path / "a.csv", data, trained, **given) == expected


def test_a_first_column_that_nobody_named_is_told(tmp_path: Path) -> None:
    """Without a name that fits, the first column is read, and that is said if there are more."""
    path = tmp_path / "a.csv"
    path.write_text("b,1\nc,2\n")
    table = read_answer_table(path, make_config({}), {})
    assert table.texts == ["b", "c"]
    assert len(table.notices) == 1
    assert "the first column of" in table.notices[0]
    path.write_text("b\nc\n")
    assert read_answer_table(path, make_config({}), {}).notices == []
    path.write_text("b\nc, d\n")
    with pytest.raises(DataError, match=r"row 2 of .* has 2 fields"):
        read_answer_table(path, make_config({}), {})
    with pytest.raises(DataError, match="is not a table"):
        read_answer_table(tmp_path / "a.jsonl", make_config({}), {})


def test_what_does_not_go_together_is_refused(shell: Shell) -> None:
    """A line each, and neither the table nor what is there is touched."""
    table = shell.root / "kept.csv"
    table.write_text("said,x\n ,y\n")
    file = ["--data_file", str(table)]
    for words, said in (
        (["x", "-o", "out.csv"], "-o is for the table of --data_file"),
        (["x", "--text_column", "y"], "name it with --data_file"),
        ([*file, "1", "a text"], "give one of them"),
        ([*file, "-o", str(table)], "would replace the table that is read"),
        ([*file, "-o", f"{shell.root}/../{shell.root.name}/kept.csv"], "would replace the table"),
        ([*file, "-o", str(shell.root)], "is a folder"),
        ([*file, "-o", "out.csv", "--json"], "give one of them"),
        (file, "has no text in column 1"),
        (["--data_file", str(shell.root)], "is a folder"),
        (["--data_file", ""], "must name a file"),
        ([*file, "-o", str(table / "x")], "has no text in column 1"),
    ):
        done = shell.run("classify", *words)
        assert (done.code, done.out) == (2, ""), words
        assert is_one_line(done.err)
        assert said in done.err
        assert not CONTROLS & set(done.err)
    assert table.read_text() == "said,x\n ,y\n"
