"""A compressor's bits are the difference of two compressed lengths, over the characters."""

import gzip
import lzma
import random

import pytest

from core.control import StopRequested
from core.errors import DataError
from core.insight import compression
from core.insight.compression import Method, compressed_bits_per_char

METHODS: tuple[Method, ...] = ("gzip", "xz")


def prose(seed: int, words: int) -> str:
    """Return a text of words drawn from a few, some of them with more bytes than characters."""
    few = ["Löwe", "tea", "of", "the", "猫", "quick", "jumps", "over", "lazy", "box", "naïve", "\n"]
    return " ".join(random.Random(seed).choices(few, k=words))


def by_definition(seen: bytes, val: str, method: Method) -> float:
    """Return bits per character through the one-call functions of the standard library."""
    both = seen + val.encode()
    if method == "gzip":
        added = len(gzip.compress(both, 9)) - len(gzip.compress(seen, 9))
    else:
        added = len(lzma.compress(both, preset=6)) - len(lzma.compress(seen, preset=6))
    return added * 8 / len(val)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("chunk", [997, 2**20])
def test_bits_are_those_of_the_standard_library(
    method: Method, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compressed in pieces or whole, the lengths are those of gzip at 9 and xz at preset 6."""
    monkeypatch.setattr(compression, "CHUNK_BYTES", chunk)
    train, val = prose(1, 9000), prose(2, 3000)
    found = compressed_bits_per_char(train, val, method)
    assert found == pytest.approx(by_definition(train.encode(), val, method))
    assert 0.4 < found < 3


@pytest.mark.parametrize("method", METHODS)
def test_what_was_seen_costs_little(method: Method) -> None:
    """A text that stood at the end of the training text takes few bits, and more without it."""
    val = prose(3, 2000)
    assert compressed_bits_per_char(prose(4, 2000) + val, val, method) < 0.15
    assert compressed_bits_per_char("", val, method) > 0.7


@pytest.mark.parametrize("method", METHODS)
def test_only_the_end_of_a_long_text_is_seen(
    method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the training text its last bytes count, though the first of them be half a character."""
    monkeypatch.setattr(compression, "LONGEST_SEEN", 5000)
    train, val = "猫" * 99 + prose(5, 2000) + "猫" * 999, prose(6, 500)
    seen = train.encode()[-5000:]
    with pytest.raises(UnicodeDecodeError):
        seen.decode()
    expected = by_definition(seen, val, method)
    assert compressed_bits_per_char(train, val, method) == pytest.approx(expected)
    assert compressed_bits_per_char(train[2000:], val, method) == pytest.approx(expected)


@pytest.mark.parametrize("method", METHODS)
def test_halves_of_surrogate_pairs_are_no_obstacle(method: Method) -> None:
    """A string that no file can hold is measured all the same."""
    assert compressed_bits_per_char("a\ud800", "\udfffb", method) >= 0


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_text_is_refused_and_a_stop_is_obeyed(method: Method) -> None:
    """No characters have no bits each; a wish to stop is heard between the pieces."""
    with pytest.raises(DataError, match="no validation text to compress"):
        compressed_bits_per_char("abc", "", method)
    with pytest.raises(StopRequested):
        compressed_bits_per_char("abc", "abc", method, should_stop=lambda: True)
