"""Batches: every token once, in order, targets one ahead."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from core.errors import DataError
from core.text import CharacterVocabulary, WordVocabulary, create_data_loaders
from core.text.loaders import Batches, StreamBatches, WindowBatches

sizes = {
    "tokens": st.integers(2, 300),
    "batch_size": st.integers(1, 12),
    "seq_length": st.integers(1, 20),
}


def ids_of(tokens: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the stream 0, 1, 2, …, where a token tells its place."""
    return np.arange(tokens, dtype=np.int32)


def epoch_of(batches: Batches, epoch: int = 0) -> list[tuple[Tensor, Tensor]]:
    """Return all batches of an epoch."""
    return [batches.batch(epoch, index) for index in range(len(batches))]


@given(**sizes)
def test_streams_cover_the_text_in_order(tokens: int, batch_size: int, seq_length: int) -> None:
    """Side by side, the streams are the text once and in order, but for fewer than B tokens."""
    batches = StreamBatches(ids_of(tokens), batch_size=batch_size, seq_length=seq_length)
    pairs = epoch_of(batches)
    inputs = torch.cat([x for x, _ in pairs], dim=1)
    targets = torch.cat([y for _, y in pairs], dim=1)
    assert inputs.flatten().tolist() == list(range(batches.tokens_per_epoch))
    assert torch.equal(targets, inputs + 1)
    assert inputs.shape[0] == batches.batch_size <= batch_size
    assert 0 <= tokens - 1 - batches.tokens_per_epoch < batches.batch_size
    assert all(x.shape[1] == seq_length for x, _ in pairs[:-1])
    assert 1 <= pairs[-1][0].shape[1] <= seq_length
    assert batches.batch_size == batch_size or tokens - 1 < batch_size * seq_length
    assert inputs.shape[1] >= min(seq_length, tokens - 1)


@given(**sizes, seed=st.integers(0, 2**63 - 1), epoch=st.integers(0, 10))
def test_windows_cover_the_text_once(
    tokens: int, batch_size: int, seq_length: int, seed: int, epoch: int
) -> None:
    """Every window at a multiple of T occurs once an epoch, whole."""
    tokens += seq_length
    batches = WindowBatches(ids_of(tokens), batch_size=batch_size, seq_length=seq_length, seed=seed)
    pairs = epoch_of(batches, epoch)
    inputs = torch.cat([x for x, _ in pairs])
    targets = torch.cat([y for _, y in pairs])
    assert torch.equal(targets, inputs + 1)
    assert sorted(inputs.flatten().tolist()) == list(range(batches.tokens_per_epoch))
    assert sorted(inputs[:, 0].tolist()) == list(range(0, tokens - seq_length, seq_length))
    assert all(len(x) == batches.batch_size for x, _ in pairs[:-1])


def test_batches_are_int64_copies() -> None:
    """Batches are contiguous int64 that can be written to, even from a read-only stream."""
    ids = ids_of(50)
    ids.flags.writeable = False
    for batches in both(ids):
        for x, y in epoch_of(batches):
            assert x.dtype == y.dtype == torch.int64
            assert x.is_contiguous()
            assert y.is_contiguous()
            x.zero_()
        assert batches.batch(0, 1)[0].sum() > 0


def both(ids: np.ndarray[tuple[int], np.dtype[np.int32]]) -> tuple[Batches, Batches]:
    """Return a stream's batches of both kinds, four sequences of five tokens."""
    return (
        StreamBatches(ids, batch_size=4, seq_length=5),
        WindowBatches(ids, batch_size=4, seq_length=5, seed=7),
    )


def test_when_the_state_is_zero() -> None:
    """Streams carry the state through an epoch, windows never."""
    streams, windows = both(ids_of(50))
    assert [streams.resets(index) for index in range(3)] == [True, False, False]
    assert all(windows.resets(index) for index in range(3))


def test_order_depends_on_seed_and_epoch_alone() -> None:
    """A batch can be had again by its number, in any order, which is what resuming needs."""

    def make(seed: int) -> WindowBatches:
        return WindowBatches(ids_of(500), batch_size=4, seq_length=5, seed=seed)

    first, again = make(3), make(3)
    expected = [epoch_of(first, epoch) for epoch in (1, 2)]
    assert torch.equal(again.batch(2, 5)[0], expected[1][5][0])
    assert torch.equal(again.batch(1, 0)[0], expected[0][0][0])
    assert not torch.equal(expected[0][0][0], expected[1][0][0])
    assert not torch.equal(make(4).batch(1, 0)[0], expected[0][0][0])


def test_batches_outside_of_an_epoch() -> None:
    """There is no batch before the first or after the last."""
    for batches in both(ids_of(50)):
        for index in (-1, len(batches)):
            with pytest.raises(IndexError, match="outside of an epoch"):
                batches.batch(0, index)


def test_too_short_streams_are_refused() -> None:
    """A text without a pair of input and target makes no batches."""
    for tokens in (0, 1):
        with pytest.raises(DataError, match=f"a text of {tokens} tokens"):
            StreamBatches(ids_of(tokens), batch_size=4, seq_length=5)
    with pytest.raises(DataError, match="it needs at least 6"):
        WindowBatches(ids_of(5), batch_size=4, seq_length=5, seed=0)


TRAIN = ["a first text, ", "a second one. " * 9]
VAL = ["some text to ", "validate with " * 3]


def test_loaders_join_the_texts() -> None:
    """Training and validation read the texts of their list as one stream of (x, y)."""
    vocabulary = CharacterVocabulary()
    vocabulary.build_vocabulary(TRAIN + VAL)
    train, val = create_data_loaders(TRAIN, VAL, vocabulary, seq_length=8, batch_size=4)
    written = "".join(vocabulary.indices_to_text(row) for x, _ in val for row in x)
    assert written == "".join(VAL)[:-1]
    windows = {vocabulary.indices_to_text(row) for x, _ in train for row in x}
    joined = "".join(TRAIN)
    assert windows == {joined[at : at + 8] for at in range(0, len(joined) - 8, 8)}
    for loader in (train, val):
        for x, y in loader:
            assert x.dtype == y.dtype == torch.int64
            assert x.shape == y.shape
            assert torch.equal(x[:, 1:], y[:, :-1])


def test_validation_is_whole_and_in_order() -> None:
    """Validation predicts every token but the first, the rest in a batch of its own."""
    vocabulary = WordVocabulary()
    vocabulary.build_vocabulary(VAL)
    ids = np.concatenate([vocabulary.text_to_indices(text) for text in VAL]).tolist()
    for seq_length in range(1, len(ids) + 2):
        _, val = create_data_loaders(VAL * 9, VAL, vocabulary, seq_length, batch_size=2)
        targets = [token for _, y in val for token in y.flatten().tolist()]
        assert targets == ids[1:]
        assert len(val) == len(list(val))


def test_training_is_shuffled_by_its_seed() -> None:
    """Each epoch has an order of its own, the seed repeats them, torch's generator is untouched."""
    vocabulary = CharacterVocabulary()
    vocabulary.build_vocabulary(TRAIN)
    state = torch.get_rng_state()

    def orders(seed: int) -> list[list[int]]:
        train, val = create_data_loaders(TRAIN, VAL, vocabulary, 4, 4, seed=seed)
        list(val)
        return [[token for x, _ in train for token in x.flatten().tolist()] for _ in range(2)]

    first, second = orders(0)
    assert sorted(first) == sorted(second)
    assert first != second
    assert orders(0) == [first, second]
    assert orders(1) != [first, second]
    assert torch.equal(torch.get_rng_state(), state)


def test_loaders_refuse_short_texts() -> None:
    """Lists with too few tokens are refused by name."""
    vocabulary = CharacterVocabulary()
    vocabulary.build_vocabulary(TRAIN)
    with pytest.raises(DataError, match="train_texts has 8 tokens and needs at least 9"):
        create_data_loaders(["12345678"], VAL, vocabulary, seq_length=8)
    with pytest.raises(DataError, match="val_texts has 0 tokens and needs at least 2"):
        create_data_loaders(TRAIN, [], vocabulary, seq_length=8)
    with pytest.raises(DataError, match="val_texts has 1 tokens"):
        create_data_loaders(TRAIN, "x", vocabulary, seq_length=8)
