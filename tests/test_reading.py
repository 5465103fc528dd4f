"""Reading text files: exactly, or with one line that says why not."""

import codecs
import os
import socket
from pathlib import Path

import pytest

from core.control import StopRequested
from core.errors import DataError
from core.text import reading
from core.text.reading import read_text

EXACT = "\ufeffa\r\nb\rc\n\u2028 é漢😀\x00\x1b[2J"


def refusal(path: str | Path, encoding: str = "utf-8") -> str:
    """Return the one line by which a file is refused."""
    with pytest.raises(DataError) as refused:
        read_text(path, encoding)
    assert str(refused.value).isprintable()
    return str(refused.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a place for a file."""
    return tmp_path / "text.txt"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("named", ["utf-8", "latin-1"])
def test_a_byte_order_mark_decides(path: Path, encoding: str, named: str) -> None:
    """A leading mark tells the encoding whatever was named, and is not part of the text."""
    path.write_bytes(EXACT.encode(encoding))
    assert read_text(path, named) == EXACT[1:]


def test_text_is_exact(path: Path) -> None:
    """Line ends and controls stay as they are, in any encoding that Python knows."""
    path.write_bytes(EXACT[1:].encode())
    assert read_text(path) == EXACT[1:]
    assert read_text(str(path)) == EXACT[1:]
    path.write_bytes("naïve\r\n".encode("cp1252"))
    assert read_text(path, "cp1252") == "naïve\r\n"


def test_long_files_are_read_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that two chunks share is not torn."""
    monkeypatch.setattr(reading, "CHUNK_BYTES", 5)
    path.write_text("aéb漢c😀" * 9, encoding="utf-8")
    assert read_text(path) == "aéb漢c😀" * 9


def test_reading_can_be_given_up(path: Path) -> None:
    """A wish to stop ends the reading."""
    path.write_text("text")
    with pytest.raises(StopRequested):
        read_text(path, should_stop=lambda: True)


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path may begin with `~`, as typed into a form that no shell sees."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "text.txt").write_text("home")
    assert read_text("~/text.txt") == "home"


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (b"PNG\x00\xff", "utf-8", "at byte 4 (0xff) and seems to be no text; name a text file"),
        (b"abc\xff", "utf-8", "is not valid utf-8 at byte 3 (0xff); name its encoding with "
         "--encoding, such as cp1252"),
        ("é漢".encode() + b"\xe6\xbc", "utf-8", "at byte 5 (0xe6)"),
        (b"\xff", "utf-8", "at byte 0 (0xff)"),
        (codecs.BOM_UTF8 + b"ab\x80", "latin-1", "utf-8 at byte 5 (0x80), though its byte-order"),
        (codecs.BOM_UTF16_LE + b"a\0\0\xd8", "utf-8", "utf-16-le at byte 4 (0x00), though"),
        ("é".encode(), "ascii", "ascii at byte 0 (0xc3); name its encoding with --encoding, "
         "such as utf-8"),
        (b"\xff", "utf-8\n", "is not valid 'utf-8\\n' at byte 0"),
        (b"\x80", "punycode", "is not valid punycode"),
        (b"a-!!!", "punycode", "is not valid punycode; name"),
    ],
)  # fmt: skip
def test_undecodable_bytes_are_located(
    path: Path, data: bytes, encoding: str, message: str
) -> None:
    """A byte that does not fit is named with its place in the file, counted from 0."""
    path.write_bytes(data)
    said = refusal(path, encoding)
    assert said.startswith(str(path))
    assert message in said


@pytest.mark.parametrize(
    "encoding", ["klingon", "hex", "rot13", "idna", "", "a\0b", "undefined", "\udcff"]
)
def test_unknown_encodings_are_refused(path: Path, encoding: str) -> None:
    """A name that is no text encoding is refused, even before the file is looked for."""
    assert "unknown encoding" in refusal(path, encoding)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder, a pipe, a device and impossible names are refused at once."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with socket.socket(socket.AF_UNIX) as unix_socket:
        unix_socket.bind(os.path.relpath(tmp_path / "socket"))
    assert "does not exist" in refusal(tmp_path / "missing")
    assert "does not exist" in refusal(tmp_path / "two\nlines\x1b")
    assert "is a folder" in refusal(tmp_path)
    assert "is a folder" in refusal("")
    for name in ("pipe", "socket", "/dev/zero"):
        assert "is a pipe or device" in refusal(tmp_path / name)
    for name in ("loop", "nul\0", "x" * 5000):
        assert "cannot be read" in refusal(tmp_path / name)
    assert "does not exist" in refusal("~nobody-has-this-name/text.txt")


def test_empty_files_are_refused(path: Path) -> None:
    """A file without text, even if it has a byte-order mark, is refused."""
    path.touch()
    assert "is empty" in refusal(path)
    path.write_bytes(codecs.BOM_UTF8)
    assert "only a byte-order mark" in refusal(path)


def test_unreadable_files_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is refused, also where tests run as a superuser who may."""
    path.write_text("secret")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    assert "may not be read" in refusal(path)
