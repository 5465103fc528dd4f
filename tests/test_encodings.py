"""The encoding that is named to a user whose file does not fit the one it was read as."""

from pathlib import Path

import pytest

from core.config import make_config
from core.errors import DataError
from core.text.corpus import make_corpus
from core.text.reading import Reading, read_text
from core.text.text_file import TextFile

TEXTS = {
    "gb18030": "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。\n",
    "shift-jis": "吾輩は猫である。名前はまだ無い。\n",
    "cp1252": "He said “it’s café time” – and left.\n",
    "cp1251": "Привет, это просто русский текст для проверки.\n",
    "utf-16-le": "Plain text with one “quoted” café.\n",
    "utf-16-be": "Plain text with one “quoted” café.\n",
}
"""A line in each encoding."""


def refusals(path: Path) -> list[str]:
    """Return what is said of a file that is not UTF-8, read at once and in pieces."""
    with pytest.raises(DataError) as whole:
        read_text(path)
    with TextFile(str(path), Reading()) as file, pytest.raises(DataError) as pieces:
        list(file.pieces())
    return [str(whole.value), str(pieces.value)]


@pytest.mark.parametrize("encoding", TEXTS)
def test_the_hint_is_worked_out_from_the_bytes(tmp_path: Path, encoding: str) -> None:
    """A file is read with the encoding that the message about it names."""
    path = tmp_path / "text.txt"
    path.write_bytes((TEXTS[encoding] * 30).encode(encoding))
    for said in refusals(path):
        assert said.endswith(f"such as {encoding}")
    assert read_text(path, encoding) == TEXTS[encoding] * 30


@pytest.mark.parametrize("data", [b"caf\xe9\n", b"plain words\n" * 2000 + b"caf\xe9\n"])
def test_little_evidence_is_taken_for_the_most_usual(tmp_path: Path, data: bytes) -> None:
    """One accent in a text is read as Windows does in the West, not as another script."""
    path = tmp_path / "text.txt"
    path.write_bytes(data)
    assert refusals(path)[0].endswith("such as cp1252")


def test_a_place_far_into_a_large_file_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit is looked at where it stands, not only at the beginning of the file."""
    monkeypatch.setattr("core.text.text_file.PIECE_BYTES", 8192)
    path = tmp_path / "text.txt"
    path.write_bytes(b"plain words\n" * 2000 + (TEXTS["gb18030"] * 30).encode("gb18030"))
    assert refusals(path)[1].endswith("such as gb18030")


def test_a_mixture_is_called_one(tmp_path: Path) -> None:
    """Of a file that is UTF-8 but for a few bytes no other encoding is named."""
    path = tmp_path / "text.txt"
    path.write_bytes("“café”\n".encode() * 20 + b"it\x92s\n")
    assert all("though most of it is" in said for said in refusals(path))


@pytest.mark.parametrize("level", ["char", "word"])
def test_control_codes_of_a_wrong_choice_are_told(level: str) -> None:
    """A text of Windows that was read as latin-1 is trained on, and the right name is told."""
    config = make_config({"vocab_type": level, "seq_length": 4})
    for encoding, times in (("latin-1", 1), ("cp1252", 0)):
        text = (TEXTS["cp1252"] * 30).encode("cp1252").decode(encoding)
        told = make_corpus("a", text, config).notices
        assert sum("--encoding cp1252" in notice for notice in told) == times
