"""Batches of about the same length: every text once, unchanged, and little padding."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.text.labelled_corpus import EncodedTexts
from core.text.length_buckets import BATCHES_A_POOL, BucketedBatches, TextBatch, batches_in_order


def texts_of(lengths: list[int]) -> EncodedTexts:
    """Return texts whose tokens count on from 1, so that none is like another; class by place."""
    starts = np.cumsum([0, *lengths], dtype=np.int64)
    return EncodedTexts(
        ids=np.arange(1, starts[-1] + 1, dtype=np.int32),
        starts=starts,
        labels=np.arange(len(lengths), dtype=np.int64),
        texts=[""] * len(lengths),
    )


def epoch_of(batches: BucketedBatches, epoch: int = 0) -> list[TextBatch]:
    """Return all batches of an epoch."""
    return [batches.batch(epoch, index) for index in range(len(batches))]


def check_rows(encoded: EncodedTexts, batch: TextBatch) -> list[int]:
    """Check that each row is the whole text that its class tells, and return the texts' places."""
    x, lengths, y = batch
    assert x.dtype == lengths.dtype == y.dtype == torch.int64
    assert x.shape == (len(lengths), int(lengths.max()))
    assert x.is_contiguous()
    places: list[int] = y.tolist()
    for row, length, place in zip(x, lengths.tolist(), places, strict=True):
        assert row[:length].tolist() == encoded.text_ids(place).tolist()
        assert not row[length:].any()
    return places


some_lengths = st.lists(st.integers(1, 12), min_size=1, max_size=60)


@given(some_lengths, st.integers(1, 9), st.integers(0, 2**63 - 1), st.integers(0, 10))
def test_every_text_once_an_epoch(
    lengths: list[int], batch_size: int, seed: int, epoch: int
) -> None:
    """An epoch has every text once, whole, in full batches but for one."""
    encoded = texts_of(lengths)
    batches = BucketedBatches(encoded, batch_size=batch_size, seed=seed)
    found = epoch_of(batches, epoch)
    places = [place for batch in found for place in check_rows(encoded, batch)]
    assert sorted(places) == list(range(len(lengths)))
    assert batches.batch_size == min(batch_size, len(lengths))
    assert len(batches) == -(-len(lengths) // batches.batch_size)
    assert sum(len(batch.y) < batches.batch_size for batch in found) <= 1


@given(some_lengths, st.integers(1, 9))
def test_in_order_every_text_once(lengths: list[int], batch_size: int) -> None:
    """In order comes every text once, by its length, with its place."""
    encoded = texts_of(lengths)
    places: list[int] = []
    for indices, batch in batches_in_order(encoded, batch_size):
        assert check_rows(encoded, batch) == indices.tolist()
        assert indices.dtype == np.int64
        places += indices.tolist()
    assert sorted(places) == list(range(len(lengths)))
    assert places == sorted(places, key=lambda place: lengths[place])


MANY = np.random.default_rng(0).integers(1, 80, size=3000).tolist()


def test_order_depends_on_seed_and_epoch_alone() -> None:
    """A batch can be had again by its number, in any order, which is what resuming needs."""
    encoded = texts_of(MANY)

    def make(seed: int) -> BucketedBatches:
        return BucketedBatches(encoded, batch_size=8, seed=seed)

    first, again = make(3), make(3)
    expected = [epoch_of(first, epoch) for epoch in (1, 2)]
    for epoch, index in ((2, 5), (1, 0), (2, 100), (1, 99)):
        for one, other in zip(again.batch(epoch, index), expected[epoch - 1][index], strict=True):
            assert torch.equal(one, other)
    for others in (expected[1], epoch_of(make(4), 1)):
        texts = {tuple(batch.y.tolist()) for batch in others}
        assert not texts & {tuple(batch.y.tolist()) for batch in expected[0]}


def test_batches_come_in_no_order_of_length() -> None:
    """Long and short batches alternate by chance, so that no stretch sees one kind alone."""
    widths = [batch.x.shape[1] for batch in epoch_of(BucketedBatches(texts_of(MANY), **SIZED))]
    steps = np.diff(widths)
    assert (steps > 0).mean() > 0.3
    assert (steps < 0).mean() > 0.3


SIZED = {"batch_size": 8, "seed": 5}


def test_texts_meet_others_in_each_epoch() -> None:
    """Which texts share a batch changes, even where no two are of the same length."""
    batches = BucketedBatches(texts_of(list(range(1, 801))), batch_size=2, seed=0)
    first, second = (
        {frozenset(batch.y.tolist()) for batch in epoch_of(batches, epoch)} for epoch in (0, 1)
    )
    assert len(first & second) < 100


def test_little_is_padding() -> None:
    """Of bucketed batches a few percent are padding, of random ones a large part."""
    encoded = texts_of(MANY)
    order = np.random.default_rng(1).permutation(len(MANY)).reshape(-1, 8)
    at_random = sum(8 * encoded.lengths[rows].max() for rows in order)
    bucketed = sum(batch.x.numel() for batch in epoch_of(BucketedBatches(encoded, **SIZED)))
    tokens = len(encoded.ids)
    assert len(MANY) > 5 * 8 * BATCHES_A_POOL
    assert at_random / tokens > 1.5
    assert bucketed / tokens < 1.05


def test_every_text_starts_afresh() -> None:
    """No state is carried from batch to batch."""
    batches = BucketedBatches(texts_of([1, 2, 3]), batch_size=1, seed=0)
    assert all(batches.resets(index) for index in range(3))


def test_batches_can_be_written_to() -> None:
    """A batch is a copy, even of texts that are read-only."""
    encoded = texts_of([3, 3])
    for values in (encoded.ids, encoded.starts, encoded.labels):
        values.flags.writeable = False
    batches = BucketedBatches(encoded, batch_size=2, seed=0)
    for tensor in batches.batch(0, 0):
        tensor.zero_()
    check_rows(encoded, batches.batch(0, 0))
    assert batches.batch(0, 0).x.all()


def test_batches_outside_of_an_epoch() -> None:
    """There is no batch before the first or after the last."""
    batches = BucketedBatches(texts_of([1, 2, 3]), batch_size=2, seed=0)
    for index in (-1, 2):
        with pytest.raises(IndexError, match="outside of an epoch of 2"):
            batches.batch(0, index)


def test_no_texts_are_refused() -> None:
    """Nothing makes no batches: refused for training, none in order."""
    with pytest.raises(DataError, match="there are no texts"):
        BucketedBatches(texts_of([]), batch_size=2, seed=0)
    assert list(batches_in_order(texts_of([]), 2)) == []
