"""Labelled texts from folders and files: what is read, and what is refused and how."""

import os
import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import Config, make_config
from core.control import StopRequested
from core.errors import DataError
from core.text.labelled import read_labelled


def refusal(path: str | Path, config: Config | None = None) -> str:
    """Return the one line by which a file or folder is refused."""
    with pytest.raises(DataError) as refused:
        read_labelled(path, config or Config())
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 500
    return str(refused.value)


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Return a folder of two classes."""
    folder = tmp_path / "reviews"
    for name, text in (
        ("pos/b.txt", "  so\r\ngood \n"),
        ("pos/a.txt", "fine"),
        ("neg/1", "so bad"),
        ("neg/.hidden", "\xff"),
        (".git/config", "x"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode("latin-1"))
    return folder


def test_a_folder_is_a_class(reviews: Path) -> None:
    """Texts are files by name, stripped at the end only; what is hidden is passed over."""
    config = make_config({"newlines": "keep"})
    data, notices = read_labelled(reviews, config)
    assert data.texts == ["so bad", "fine", "  so\r\ngood"]
    assert data.labels == ["neg", "pos", "pos"]
    assert data.places == ["neg/1", "pos/a.txt", "pos/b.txt"]
    assert notices == []
    assert read_labelled(f"{reviews}/", config) == (data, notices)


def test_what_is_left_out_of_a_folder_is_told(reviews: Path) -> None:
    """Links, pipes, deeper folders and files beside the classes are not followed, but named."""
    (reviews / "README\n").write_text("about")
    (reviews / "pos" / "deeper").mkdir()
    (reviews / "pos" / "deeper" / "text").write_text("unseen")
    (reviews / "pos" / "link").symlink_to(reviews / "pos" / "a.txt")
    (reviews / "again").symlink_to(reviews)
    os.mkfifo(reviews / "neg" / "pipe")
    data, notices = read_labelled(reviews, make_config({"newlines": "keep"}))
    assert len(data.texts) == 3
    assert len(notices) == 1
    assert notices[0].endswith("are left out: 'README\\n', again, neg/pipe, pos/deeper, pos/link")
    assert notices[0].startswith("5 in ")


def test_files_without_text_are_counted(reviews: Path) -> None:
    """Empty and blank files are refused together: the first one by name, the others by number."""
    (reviews / "neg" / "0").touch()
    (reviews / "pos" / "c").write_text(" \n ")
    said = refusal(reviews)
    assert said.startswith("neg/0 of ")
    assert "has no text, and 1 more lack theirs; fill in or remove" in said


def test_files_are_decoded_as_any_other(reviews: Path) -> None:
    """A file's byte-order mark counts, and one that does not fit is named with the way out."""
    (reviews / "neg" / "2").write_bytes("漢".encode("utf-16"))
    (reviews / "pos" / "c").write_bytes(b"caf\xe9")
    assert "pos/c is not valid utf-8 at byte 3" in refusal(reviews)
    data, _ = read_labelled(reviews, make_config({"encoding": "latin-1"}))
    assert data.texts[1] == "漢"
    assert data.texts[-1] == "café"
    assert "unknown encoding" in refusal(reviews, make_config({"encoding": "klingon"}))


def test_folders_without_classes_are_refused(tmp_path: Path) -> None:
    """A folder of files, of empty folders or of folders of classes shows what is expected."""
    (tmp_path / "data" / "train" / "pos").mkdir(parents=True)
    for folder in (tmp_path / "data" / "train" / "pos", tmp_path / "data" / "train"):
        said = refusal(folder)
        assert "is a folder without a folder for each class and text files in that" in said
        assert f"such as {folder.name}/positive/1.txt; name such a folder, or a file" in said
    (tmp_path / "data" / "train" / "pos" / "1").write_text("deep")
    assert "is a folder without" in refusal(tmp_path / "data")
    assert read_labelled(tmp_path / "data" / "train", Config())[0].labels == ["pos"]


def test_unreadable_folders_are_refused(reviews: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be read is named, also where tests run as a superuser who may."""

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert "reviews cannot be read: Permission denied; check its permissions" in refusal(reviews)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Missing files, pipes and impossible names are refused at once, as for any other text."""
    os.mkfifo(tmp_path / "pipe.tsv")
    assert "does not exist; check the path" in refusal(tmp_path / "missing.tsv")
    assert "is a pipe or device" in refusal(tmp_path / "pipe.tsv")
    assert "cannot be read" in refusal("nul\0.csv")
    assert "does not exist" in refusal("~nobody-has-this-name/text.tsv")
    (tmp_path / "empty.tsv").touch()
    assert "is empty" in refusal(tmp_path / "empty.tsv")


def test_a_tilde_is_the_home(reviews: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder may be named as in a form that no shell sees."""
    monkeypatch.setenv("HOME", str(reviews.parent))
    assert len(read_labelled("~/reviews", Config())[0].texts) == 3


def test_half_characters_are_refused(tmp_path: Path) -> None:
    """What a wrong encoding makes of bytes, and names that are no text, cannot be trained on."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"good,1\nb\\ud83d,0\n")
    said = refusal(path, make_config({"encoding": "unicode_escape"}))
    assert said.startswith("row 2 of ")
    assert "half a surrogate pair, which is no character; correct it or name the" in said
    folder = tmp_path / "data" / os.fsdecode(b"\xff")
    folder.mkdir(parents=True)
    (folder / "1").write_text("good")
    assert r"'\udcff/1' of " in refusal(tmp_path / "data")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "folder"])
@pytest.mark.parametrize("asked", range(2))
def test_reading_can_be_given_up(tmp_path: Path, name: str, asked: int) -> None:
    """A wish to stop ends the reading at whatever point it comes."""
    path = tmp_path / name
    if name == "folder":
        for file in ("neg/1", "pos/1"):
            (path / file).parent.mkdir(parents=True)
            (path / file).write_text("text")
    else:
        path.write_text('{"text": "a", "label": 1}\n' if name == "a.jsonl" else "a\t,1\t\n")
    calls = count()
    with pytest.raises(StopRequested):
        read_labelled(path, Config(), lambda: next(calls) >= asked)


@given(
    st.text(st.sampled_from("{}[]:,\"\t\n\r\\\x1b '1\x00\ufeff\u2028étextlabelnull")) | st.text(),
    st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a"]),
    st.sampled_from(["utf-8", "utf-7", "latin-1", "utf-16"]),
)
def test_whatever_is_read_can_be_trained_on(text: str, name: str, encoding: str) -> None:
    """Any file is refused in one line, or gives texts and classes that are not blank."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            data, notices = read_labelled(path, make_config({"encoding": encoding}))
        except DataError as error:
            assert str(error).isprintable()
            return
    assert len(data.texts) == len(data.labels) == len(data.places) > 0
    assert all(text.strip() for text in data.texts)
    assert all(label and label == label.strip() for label in data.labels)
    assert all(line.isprintable() for line in data.places + notices)
    "".join(data.texts + data.labels).encode()
