"""Line ends: a list is the same text whichever system wrote it, unless they are kept."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli_cases import SMALL_MODEL, Shell
from core.config import make_config, stored_values
from core.text.corpus import Corpus
from core.text.labelled import read_labelled
from core.text.newlines import NewlineDecoder, normalized
from core.text.reading import Reading
from core.text.text_file import TextFile
from core.training.checkpoint import Checkpoint, config_of, read_checkpoint, write_checkpoint
from training_cases import TEXT
from workspace import large_texts
from workspace.data import load_data
from workspace.paths import Workspace
from workspace.token_cache import token_key

LINES = "anna\nbéa\n\n中文\ncora"
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("level", ["char", "word"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_the_same_list_is_the_same_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, level: str, large: bool
) -> None:
    """Files that differ in their line ends alone have one hash; what was changed is said once."""
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 0 if large else 2**30)
    monkeypatch.setattr("core.text.text_file.PIECE_BYTES", 7)
    digests, told = set(), {}
    for name, end in ENDS.items():
        path = tmp_path / f"{name}.txt"
        path.write_bytes((LINES * 9).replace("\n", end).encode(encoding))
        config = make_config({
            "data_file": str(path), "encoding": encoding, "vocab_type": level, "seq_length": 4,
        })  # fmt: skip
        for _ in range(2):  # The second time a large text's tokens are there already.
            data = load_data(
                Workspace(tmp_path / "home"),
                config,
                report=lambda _phase, _detail, _done: None,
                should_stop=lambda: False,
            )
            if isinstance(data, Corpus) and data.beside is not None:
                assert data.beside.end(10)
            digests.add(data.digest)
            told[name] = [notice for notice in data.notices if "--newlines keep" in notice]
    assert len(digests) == 1
    assert told["LF"] == []
    assert [told[name][0].split(",")[0] for name in ("CRLF", "CR")] == [
        "lines of CRLF.txt end with CRLF", "lines of CR.txt end with CR",
    ]  # fmt: skip
    assert len(told["CRLF"]) == len(told["CR"]) == 1


@given(st.text(alphabet="a\r\né", max_size=40), st.integers(1, 5))
def test_pieces_make_the_whole(text: str, size: int) -> None:
    """However a text is cut, its line ends are read as those of the whole."""
    decoder = NewlineDecoder()
    pieces = [decoder.decode(text[at : at + size]) for at in range(0, len(text), size)]
    whole = "".join([*pieces, decoder.decode("", final=True)])
    assert (whole, decoder.line_ends) == normalized(text)
    assert whole == text.replace("\r\n", "\n").replace("\r", "\n")


@given(data=st.text(alphabet="a\r\né", min_size=1, max_size=60).map(str.encode))
def test_a_large_file_is_measured_as_it_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """The characters that are counted by bytes are as many as the pieces hold."""
    path = tmp_path_factory.mktemp("measure") / "text.txt"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.text.text_file.PIECE_BYTES", 3)
        for newlines in ("normalize", "keep"):
            with TextFile(str(path), Reading(newlines=newlines)) as file:
                chars, _ = file.measure(lambda _done: None)
                assert chars == sum(len(text) for text, _ in file.pieces())


def test_texts_of_tables_and_json_lines(tmp_path: Path) -> None:
    """Line ends in a text are read as LF and told; those between rows are the table's affair."""
    table, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    table.write_bytes(b'text,label\r\n"one\r\ntwo",x\r\nthree,y\r\n')
    lines.write_bytes(b'{"text": "one\\r\\ntwo", "label": "x"}\r\n{"text": "t", "label": "y"}\r\n')
    for path in (table, lines):
        data, notices = read_labelled(path, make_config({"task": "classify"}))
        assert data.texts[0] == "one\ntwo"
        assert sum("CRLF" in notice for notice in notices) == 1
        kept = make_config({"task": "classify", "newlines": "keep"})
        assert read_labelled(path, kept)[0].texts[0] == "one\r\ntwo"
    table.write_bytes(b"text,label\r\none,x\r\nthree,y\r\n")
    assert read_labelled(table, make_config({"task": "classify"}))[1] == []


def test_tokens_kept_before_the_setting_are_found() -> None:
    """What names kept tokens is the same text as ever where line ends are kept, else another."""
    names = [
        token_key([], make_config({"data_file": "a", "newlines": newlines}), None).text
        for newlines in ("keep", "normalize")
    ]
    assert "newlines" not in json.loads(names[0])
    assert json.loads(names[1])["newlines"] == "normalize"


def test_a_run_from_before_the_setting_goes_on_as_it_began(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its text is read with the line ends that it has learned; new runs read them as LF."""
    shell = Shell(tmp_path, capsys)
    (tmp_path / "crlf.txt").write_bytes(TEXT.replace("\n", "\r\n").encode())
    words = [
        *SMALL_MODEL,
        "--data_file",
        str(tmp_path / "crlf.txt"),
        "--newlines",
        "keep",
        "--epochs",
        "1",
    ]
    assert shell.run("train", *words).code == 0
    (path, *_) = sorted(tmp_path.rglob("*.safetensors"))
    checkpoint = read_checkpoint(path)
    config = {name: v for name, v in checkpoint.header.config.items() if name != "newlines"}
    old = msgspec.structs.replace(checkpoint.header, config=config)
    write_checkpoint(tmp_path / "old.safetensors", Checkpoint(old, checkpoint.tensors))
    assert config_of(old).newlines == "keep"
    assert stored_values({"newlines": "normalize"}) == {"newlines": "normalize"}
    known = shell.run("evaluate", str(path), "--json")
    found = shell.run("evaluate", str(tmp_path / "old.safetensors"), "--json")
    assert found.out == known.out != ""


def test_a_file_to_measure_is_read_as_the_text_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model of line feeds is measured alike on a text with LF and on the same with CRLF."""
    shell = Shell(tmp_path, capsys)
    (tmp_path / "lf.txt").write_bytes(TEXT.encode())
    (tmp_path / "crlf.txt").write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert (
        shell.run(
            "train", *SMALL_MODEL, "--data_file", str(tmp_path / "crlf.txt"), "--epochs", "1"
        ).code
        == 0
    )
    lf, crlf = (
        shell.run("evaluate", "--data_file", str(tmp_path / name), "--json")
        for name in ("lf.txt", "crlf.txt")
    )
    assert lf.out == crlf.out != ""
    assert "end with CRLF" in crlf.err
    assert lf.err == ""
