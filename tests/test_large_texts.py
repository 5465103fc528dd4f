"""Large texts: the same tokens as those of small ones, kept for the next start."""

import dataclasses
import errno
import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

from core.config import Config, make_config
from core.control import StopRequested
from core.errors import DataError
from core.settings import Value
from core.text.corpus import Corpus, Report
from core.text.large_corpus import LargeText, read_large
from core.text.reading import read_text
from core.text.text_file import TextFile
from core.text.token_file import write_description
from core.text.tokens import FileTokens
from core.text.vocabulary import Ids, Vocabulary
from core.training.tasks import Data
from workspace import large_texts
from workspace.data import load_data
from workspace.paths import Workspace
from workspace.token_cache import TokenCache

LINES = (
    "the “quick” brown fox — jumps; it's 3.5 times\n over the <unk> dog, né? 中文，没有空格。 \n"
)
TEXT = "".join(f"{number} {LINES}" for number in range(400))


def load(
    tmp_path: Path,
    *,
    vocabulary: Vocabulary | None = None,
    report: Report = lambda _phase, _detail, _done: None,
    stop: Callable[[], bool] = lambda: False,
    **values: Any,
) -> Corpus:
    """Load a text as a session does."""
    found: Data = load_data(
        Workspace(tmp_path / "home"),
        config(**values),
        vocabulary=vocabulary,
        report=report,
        should_stop=stop,
    )
    assert isinstance(found, Corpus)
    return found


def config(**values: Value) -> Config:
    """Return settings for a short text."""
    return make_config({"seq_length": 8, **values})


def beside(corpus: Corpus) -> list[str]:
    """Wait for what goes on beside training, and return what it has to say."""
    assert corpus.beside is not None
    assert corpus.beside.end(10)
    return corpus.beside.take()


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every text for a large one, and read it in pieces of odd size."""
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 0)
    monkeypatch.setattr("core.text.text_file.PIECE_BYTES", 101)
    monkeypatch.setattr("core.text.tokens.CHUNK_TOKENS", 97)


def assert_equal(found: Corpus, expected: Corpus) -> None:
    """See that two corpora are the same but for the type of their tokens."""
    for field in dataclasses.fields(Corpus):
        mine, other = getattr(found, field.name), getattr(expected, field.name)
        if field.name in ("train", "val"):
            np.testing.assert_array_equal(mine, other)
        elif field.name == "vocabulary":
            assert mine.to_dict() == other.to_dict()
        elif field.name == "val_spelling_bits":
            # Of a text read in pieces it is estimated from the head.
            assert mine == pytest.approx(other, rel=0.1)
        elif field.name != "beside":
            assert mine == other, field.name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"val_fraction": 0.5},
        {"vocab_type": "word"},
        {"vocab_type": "word", "word_split": "whitespace", "max_vocab_size": 20},
    ],
)
def test_the_same_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, values: dict[str, Any]
) -> None:
    """A text read in pieces has the tokens, vocabulary, hash and notices of one read at once."""
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode(encoding))
    values = {"data_file": str(path), "encoding": encoding, **values}
    expected = load(tmp_path, **values)
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 0)
    monkeypatch.setattr("core.text.text_file.PIECE_BYTES", 101)
    monkeypatch.setattr("core.text.tokens.CHUNK_TOKENS", 97)
    read = load(tmp_path, **values)
    assert beside(read) == []
    kept = load(tmp_path, **values)
    assert beside(kept) == []
    for found in (read, kept):
        assert_equal(found, expected)


@pytest.fixture
def path(tmp_path: Path, pieces: None) -> Path:
    """Return a text that is taken for a large one."""
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def kept_files(tmp_path: Path) -> list[Path]:
    """Return what is in the folder of tokens."""
    return sorted((tmp_path / "home" / "tokens").iterdir())


def replace(path: Path, data: bytes) -> None:
    """Write another file of the same name: the old one may be mapped into memory."""
    path.unlink()
    path.write_bytes(data)


def read_again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that fills with the names of the files that are read, not found."""
    read: list[str] = []
    original = read_large

    def noted(files: list[TextFile], *args: Any, **named: Any) -> LargeText:
        read.append(files[0].name)
        return original(files, *args, **named)

    monkeypatch.setattr(large_texts, "read_large", noted)
    return read


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_a_validation_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path, vocab_type: str
) -> None:
    """Two files are one text each, and a given vocabulary is used."""
    val = tmp_path / "val.txt"
    path.write_text(TEXT + "no line end", encoding="utf-8")
    val.write_text("new words § in here\n" * 30 + TEXT[:500], encoding="utf-8")
    values: dict[str, Any] = {"data_file": str(path), "val_file": str(val)}
    found = load(tmp_path, vocab_type=vocab_type, **values)
    given = load(tmp_path, vocab_type=vocab_type, vocabulary=found.vocabulary, **values)
    other = load(tmp_path, data_file=str(val), vocab_type=vocab_type)
    strange = load(tmp_path, vocab_type=vocab_type, vocabulary=other.vocabulary, **values)
    monkeypatch.setattr(large_texts, "LARGE_BYTES", 2**40)
    assert_equal(found, load(tmp_path, vocab_type=vocab_type, **values))
    assert_equal(given, found)
    assert_equal(
        strange, load(tmp_path, vocab_type=vocab_type, vocabulary=other.vocabulary, **values)
    )


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_without_the_compiled_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path, vocab_type: str
) -> None:
    """What numbers texts in Python gives the same tokens."""
    expected = load(tmp_path, data_file=str(path), vocab_type=vocab_type)
    monkeypatch.setattr("core.text.word_numbers.compiled", lambda: None)
    monkeypatch.setattr("core.text.characters.compiled", lambda: None)
    beside(expected)
    for kept in kept_files(tmp_path):
        kept.unlink()
    assert_equal(load(tmp_path, data_file=str(path), vocab_type=vocab_type), expected)


def test_tokens_are_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    """The same text with the same settings is not read again; with others it is."""
    read = read_again(monkeypatch)
    first = load(tmp_path, data_file=str(path))
    beside(first)
    load(tmp_path, data_file=str(path), batch_size=3, seq_length=9)
    load(tmp_path, data_file=str(path), vocabulary=first.vocabulary)
    assert len(read) == 1
    load(tmp_path, data_file=str(path), val_fraction=0.2)
    load(tmp_path, data_file=str(path), vocab_type="word")
    load(tmp_path, data_file=str(path), encoding="latin-1")
    os.utime(path, ns=(1, 1))
    load(tmp_path, data_file=str(path))
    assert len(read) == 5


def test_cached_tokens_are_mapped(tmp_path: Path, path: Path) -> None:
    """Tokens come from the file, as narrow as they can be, and cannot be written."""
    beside(load(tmp_path, data_file=str(path)))
    found = load(tmp_path, data_file=str(path))
    assert found.train.dtype == np.uint8
    assert not found.train.flags.writeable
    assert isinstance(found.train.base, np.memmap | np.ndarray)


@pytest.mark.parametrize("damage", ["cut", "emptied", "trailer", "key"])
def test_unfit_files_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path, damage: str
) -> None:
    """A file that was not written to its end, or is of another text, is replaced."""
    expected = load(tmp_path, data_file=str(path))
    beside(expected)
    (kept,) = kept_files(tmp_path)
    whole = kept.read_bytes()
    spoiled = {
        "cut": whole[:-20],
        "emptied": b"",
        "trailer": whole[:-16] + b"\xff" * 8 + whole[-8:],
        "key": whole.replace(b"utf-8", b"utf-9"),
    }[damage]
    replace(kept, spoiled)
    read = read_again(monkeypatch)
    again = load(tmp_path, data_file=str(path))
    beside(again)
    assert_equal(again, expected)
    assert len(read) == 1
    assert kept.read_bytes() == whole


def test_damaged_tokens_are_told_and_removed(tmp_path: Path, path: Path) -> None:
    """A changed token is found beside training, said, and its file removed."""
    beside(load(tmp_path, data_file=str(path)))
    (kept,) = kept_files(tmp_path)
    data = bytearray(kept.read_bytes())
    data[1000] ^= 1
    replace(kept, bytes(data))
    (said,) = beside(load(tmp_path, data_file=str(path)))
    assert said.startswith("the kept tokens of text.txt were damaged and are removed")
    assert kept_files(tmp_path) == []


def test_other_content_under_the_same_time_is_told(tmp_path: Path, path: Path) -> None:
    """A text that changed without its size or time is found by its hash."""
    beside(load(tmp_path, data_file=str(path)))
    before = path.stat()
    path.write_text(TEXT.replace("fox", "cat"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    (said,) = beside(load(tmp_path, data_file=str(path)))
    assert said.startswith("text.txt has other content than its kept tokens")
    assert kept_files(tmp_path) == []


def asked_enough(calls: Iterator[int]) -> bool:
    """Want to stop from the call on that gets the number 0."""
    return next(calls) >= 0


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_it_can_be_given_up(tmp_path: Path, path: Path, vocab_type: str) -> None:
    """A wish to stop is looked at before every piece, and leaves no file."""
    calls = count()
    load(tmp_path, data_file=str(path), vocab_type=vocab_type, stop=lambda: next(calls) < 0)
    asked = next(calls)
    assert asked > 2 * len(TEXT.encode()) / 101
    for kept in kept_files(tmp_path):
        kept.unlink(missing_ok=True)
    for last in (0, 5, asked // 2, asked * 2 // 3):
        calls = count(-last)
        with pytest.raises(StopRequested):
            load(
                tmp_path,
                data_file=str(path),
                vocab_type=vocab_type,
                val_fraction=0.3,
                stop=partial(asked_enough, calls),
            )
        assert [name for name in kept_files(tmp_path) if name.suffix == ".partial"] == []


@pytest.mark.parametrize("vocab_type", ["char", "word"])
@pytest.mark.parametrize("after", [0, 3])
def test_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path, vocab_type: str, after: int
) -> None:
    """Without room the tokens are held in memory, which is said; nothing stays on the disk."""
    expected = load(tmp_path, data_file=str(path), vocab_type=vocab_type)
    beside(expected)
    for kept in kept_files(tmp_path):
        kept.unlink()
    calls = count()

    def append(_self: FileTokens, _tokens: Ids) -> None:
        if next(calls) >= after:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileTokens, "append", append)
    found = load(tmp_path, data_file=str(path), vocab_type=vocab_type)
    assert found.beside is None
    assert found.notices.pop(0).endswith("be kept in the workspace: No space left on device")
    assert_equal(found, expected)
    assert kept_files(tmp_path) == []


def test_two_readers_do_not_harm_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    """Who reads a text while another does so gets the same tokens, and one file stays."""
    inner: list[Corpus] = []
    original = write_description

    def meanwhile(file: BinaryIO, text: LargeText, key: str) -> None:
        monkeypatch.setattr(large_texts, "write_description", original)
        inner.append(load(tmp_path, data_file=str(path)))
        original(file, text, key)

    monkeypatch.setattr(large_texts, "write_description", meanwhile)
    outer = load(tmp_path, data_file=str(path))
    assert beside(outer) == beside(inner[0]) == []
    assert_equal(outer, inner[0])
    assert len(kept_files(tmp_path)) == 1
    assert beside(load(tmp_path, data_file=str(path))) == []


def test_the_least_recently_used_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    """All files together stay below a bound, and what others left half done goes too."""
    for place, fraction in enumerate((0.1, 0.2, 0.3)):
        beside(load(tmp_path, data_file=str(path), val_fraction=fraction))
        for kept in kept_files(tmp_path):
            if kept.stat().st_mtime > 1000:
                os.utime(kept, (place, place))
    beside(load(tmp_path, data_file=str(path), val_fraction=0.1))
    left = tmp_path / "home" / "tokens" / ".dead.partial"
    left.touch()
    os.utime(left, (0, 0))
    oldest = min(kept_files(tmp_path), key=lambda kept: kept.stat().st_mtime + 9 * (kept == left))
    bound = sum(kept.stat().st_size for kept in kept_files(tmp_path)) + 10
    monkeypatch.setattr("workspace.token_cache.MOST_BYTES", bound)
    beside(load(tmp_path, data_file=str(path), val_fraction=0.4))
    assert len(kept_files(tmp_path)) == 3
    assert oldest not in kept_files(tmp_path)
    assert left not in kept_files(tmp_path)


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_what_is_being_read_is_not_taken_for_dead(
    tmp_path: Path, path: Path, vocab_type: str
) -> None:
    """However long a text takes to be counted, nobody removes what its tokens go to."""
    folder = tmp_path / "home" / "tokens"

    def long_after(_phase: str, _detail: str, done: float | None) -> None:
        TokenCache(folder).make_room(0)  # as another process does
        for part in folder.glob(".*.partial"):
            if done != 1:
                os.utime(part, (0, 0))

    found = load(tmp_path, data_file=str(path), vocab_type=vocab_type, report=long_after)
    assert not [notice for notice in found.notices if "cannot be kept" in notice]
    assert beside(found) == []
    assert len(kept_files(tmp_path)) == 1


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("empty", {}, "0 characters to validate with"),
        ("mark", {"vocab_type": "word"}, "0 tokens to validate with"),
        ("train", {}, "0 characters to train on"),
        ("fraction", {"val_fraction": 1e-6}, "0 characters to validate with"),
    ],
)
def test_a_part_without_a_token_is_refused(
    tmp_path: Path, path: Path, kind: str, values: dict[str, Any], said: str
) -> None:
    """It is refused in a sentence, like one that is too short, and no file is left."""
    other = tmp_path / "other.txt"
    other.write_bytes(b"" if kind == "empty" else b"\xef\xbb\xbf")
    files: dict[str, Any] = {"data_file": str(path), "val_file": str(other)}
    if kind == "train":
        files = {"data_file": str(other), "val_file": str(path)}
    elif kind == "fraction":
        del files["val_file"]
    with pytest.raises(DataError, match=said):
        load(tmp_path, **files, **values)
    assert not list((tmp_path / "home" / "tokens").iterdir())


def test_bytes_that_do_not_fit_are_named(tmp_path: Path, path: Path) -> None:
    """The message names the same byte as for a small text."""
    data = TEXT.encode()
    for at, byte in ((5000, b"\xff"), (len(data), b"\xe4\xb8")):
        path.write_bytes(data[:at] + byte + data[at:])
        with pytest.raises(DataError) as refused:
            load(tmp_path, data_file=str(path))
        with pytest.raises(DataError) as expected:
            read_text(path)
        assert str(refused.value) == str(expected.value)


def test_an_endless_word_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    """What cannot be cut anywhere is refused by words, and read by characters."""
    monkeypatch.setattr("core.text.large_files.LONGEST_WORD", 1000)
    path.write_text("a" * 5000, encoding="utf-8")
    with pytest.raises(DataError, match="has a word of more than 1,000 characters"):
        load(tmp_path, data_file=str(path), vocab_type="word")
    assert len(load(tmp_path, data_file=str(path)).train) == 4500


def test_a_text_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    """It is refused, since nobody knows what was read."""

    def report(_phase: str, detail: str, _done: float | None) -> None:
        if "encoding" in detail:
            path.write_text(TEXT + "more", encoding="utf-8")

    with pytest.raises(DataError, match="was changed while it was read"):
        load(tmp_path, data_file=str(path), report=report)


def test_progress_says_how_much_and_how_fast(tmp_path: Path, path: Path) -> None:
    """Megabytes done, of how many, and a second; never more often than wanted."""
    told: list[tuple[str, str, float | None]] = []
    load(tmp_path, data_file=str(path), report=lambda *said: told.append(said))
    details = [detail for _, detail, _ in told[1:]]
    assert details[0].startswith("reading, 0 of 0 MB, ")
    assert {phase for phase, _, _ in told} == {"reading_text", "building_vocabulary"}
    assert len(told) < 40
